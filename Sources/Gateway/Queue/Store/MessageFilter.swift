// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// Which messages a list shows.
public struct MessageFilter: Sendable, Hashable {
    public var states: Set<MessageState>?
    /// A recipient's address, compared in canonical form.
    public var to: EmailAddress?
    public var brand: String?
    public var category: String?
    public var provider: String?
    /// A tag that the message has, compared exactly.
    public var tag: String?
    /// Words of the subject, without regard to case.
    ///
    /// The subject of a template is known when it is rendered only: a ``MessageStore`` lets such messages through, and
    /// ``MessageSearch`` looks at the rendered subject.
    public var subject: String?
    /// Messages that were accepted at this moment or later.
    public var since: Timestamp?
    /// Messages that were accepted before this moment.
    public var until: Timestamp?
    /// Brands that the asker may see; nil for all.
    public var visibleBrands: Set<String>?
    /// The id after which (older than which) the page begins.
    public var after: String?
    public var limit: Int

    public init(limit: Int = 50) {
        self.limit = limit
    }
}

extension MessageFilter {
    /// True when the filter asks for what no index tells, so that messages are looked through one by one.
    package var looksThrough: Bool {
        brand != nil || category != nil || provider != nil || visibleBrands != nil || looksIntoContent
            || (to != nil && states != nil)
    }

    /// True when the request of each message is looked at.
    package var looksIntoContent: Bool { tag != nil || subject != nil }

    /// Judges the parts of a request that are kept with the message.
    ///
    /// A template's subject passes, whatever it is.
    package func admits(_ request: StoredRequest?) -> Bool {
        guard looksIntoContent else { return true }
        guard let request else { return false }
        if let tag, !request.tags.contains(tag) { return false }
        if case .literal(let subject, _, _) = request.content { return admits(subject: subject) }
        return true
    }

    /// Judges a subject as the recipient reads it.
    package func admits(subject text: String) -> Bool {
        guard let subject else { return true }
        return text.lowercased().contains(subject.lowercased())
    }
}

/// A part of a list, newest first.
public struct MessagePage: Sendable {
    public var records: [MessageRecord]
    /// Where the next page begins, for ``MessageFilter/after``; nil when there is no more.
    ///
    /// A page may hold fewer messages than the limit and still have a next one: a page ends when enough messages were looked through.
    public var next: String?

    public init(_ records: [MessageRecord], next: String?) {
        self.records = records
        self.next = next
    }

    /// A page of a list that looks at every message: a short page is the last one.
    public init(_ records: [MessageRecord], limit: Int) {
        self.init(records, next: records.count < limit ? nil : records.last?.id)
    }
}
