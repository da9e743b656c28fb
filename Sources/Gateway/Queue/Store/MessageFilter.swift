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
    /// Text in the subject, compared without regard to case.
    ///
    /// The subject of a template is known only once it is rendered: a ``MessageStore`` lets such messages through,
    /// and ``MessageSearch`` checks the rendered subject.
    public var subject: String?
    /// Messages accepted at this time or later.
    public var since: Timestamp?
    /// Messages accepted before this time.
    public var until: Timestamp?
    /// Brands that the caller may see; nil for all.
    public var visibleBrands: Set<String>?
    /// The page begins with the first message older than this id.
    public var after: String?
    public var limit: Int

    public init(limit: Int = 50) {
        self.limit = limit
    }
}

extension MessageFilter {
    /// True when no index covers the filter, so that messages are scanned one by one.
    package var looksThrough: Bool {
        brand != nil || category != nil || provider != nil || visibleBrands != nil || looksIntoContent
            || (to != nil && states != nil)
    }

    /// True when the filter reads the request of each message.
    package var looksIntoContent: Bool { tag != nil || subject != nil }

    /// Checks the parts of a request that are stored with the message.
    ///
    /// The subject of a template always passes.
    package func admits(_ request: StoredRequest?) -> Bool {
        guard looksIntoContent else { return true }
        guard let request else { return false }
        if let tag, !request.tags.contains(tag) { return false }
        if let subject = request.content.subject { return admits(subject: subject) }
        return true
    }

    /// Checks a subject as the recipient reads it.
    package func admits(subject text: String) -> Bool {
        guard let subject else { return true }
        return text.lowercased().contains(subject.lowercased())
    }
}

/// A page of a list, newest first.
public struct MessagePage: Sendable {
    public var records: [MessageRecord]
    /// The start of the next page, for ``MessageFilter/after``; nil when there is no more.
    ///
    /// A page may hold fewer messages than the limit and still have a next one: a page ends when enough messages were
    /// scanned.
    public var next: String?

    public init(_ records: [MessageRecord], next: String?) {
        self.records = records
        self.next = next
    }

    /// A page of a list without a scan limit: a short page is the last one.
    public init(_ records: [MessageRecord], limit: Int) {
        self.init(records, next: records.count < limit ? nil : records.last?.id)
    }
}
