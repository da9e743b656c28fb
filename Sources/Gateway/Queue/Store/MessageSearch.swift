// SPDX-License-Identifier: Apache-2.0
package import Basics

/// Lists messages by every field of a filter, including the rendered subject.
package struct MessageSearch: Sendable {
    /// The displayed subject, secrets masked; nil when it can no longer be rendered.
    package typealias Subject = @Sendable (MessageRecord) async -> String?

    /// The most pages of the message store that one call reads.
    package static let pagesPerCall = 4

    private let archive: any MessageStore
    private let subject: Subject

    package init(archive: any MessageStore, subject: @escaping Subject) {
        self.archive = archive
        self.subject = subject
    }

    /// Messages that pass the filter, newest first.
    ///
    /// After `pages` pages of the message store the search ends, with a ``MessagePage/next`` that continues from
    /// there.
    package func page(
        _ filter: MessageFilter,
        pages: Int = pagesPerCall
    ) async throws(StoreError) -> MessagePage {
        var filter = filter
        var found = MessagePage([], next: nil)
        for _ in 0..<pages {
            let page = try await archive.page(filter)
            for record in page.records where await admits(record, filter) { found.records.append(record) }
            (found.next, filter.after) = (page.next, page.next)
            if page.next == nil || found.records.count >= filter.limit { break }
        }
        if found.records.count > filter.limit {
            found.records.removeSubrange(filter.limit...)
            found.next = found.records.last?.id
        }
        return found
    }

    private func admits(_ record: MessageRecord, _ filter: MessageFilter) async -> Bool {
        guard filter.subject != nil, case .template? = record.request?.content else { return true }
        guard let text = await subject(record) else { return false }
        return filter.admits(subject: text)
    }
}
