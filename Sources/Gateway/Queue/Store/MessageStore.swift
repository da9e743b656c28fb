// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The queue as people and programs see it: find, list, cancel, retry.
public protocol MessageStore: Sendable {
    /// One message with its events, oldest first; nil when there is none.
    func find(_ id: String) async throws(StoreError) -> MessageRecord?

    /// Messages that pass `filter`, newest first, without their events.
    ///
    /// The work of one call is bounded, whatever the filter asks for; see ``MessagePage/next``.
    func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage

    /// Withdraws a message from `scheduled`, `queued`, `parked` or `uncertain`.
    ///
    /// Adds an event that names `who`, on whose behalf the call is made; nil when that is not known.
    ///
    /// - Returns: False when its state does not allow it (or there is no such message).
    func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool

    /// Puts a `failed`, `cancelled`, `uncertain` or `parked` message back into the queue; its age restarts.
    ///
    /// Adds an event ``MessageEvent/Kind/released`` that names `who`, on whose behalf the call is made; nil when that
    /// is not known.
    ///
    /// - Returns: False when its state does not allow it (or there is no such message).
    func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool
}

extension MessageStore {
    /// The messages of one page.
    public func list(_ filter: MessageFilter) async throws(StoreError) -> [MessageRecord] {
        try await page(filter).records
    }
}

/// A message as it is stored.
public struct MessageRecord: Sendable {
    public var id: String
    public var state: MessageState
    public var priority: Priority
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
    /// When it is next tried; nil when no try is planned.
    public var due: Timestamp?
    public var agedFrom: Timestamp
    public var parkedAt: Timestamp?
    public var keyID: String?
    public var provider: String?
    public var providerMessageID: String?
    public var attempts: Int
    public var passes: Int
    public var failure: MessageFailure?
    /// Nil once the content was dropped by `retention.content`.
    public var request: StoredRequest?
    public var sealedSecrets: [UInt8]?
    public var recipients: [RecipientStatus]
    public var brand: String
    public var category: String?
    public var events: [MessageEvent]

    public init(
        id: String,
        state: MessageState,
        priority: Priority,
        createdAt: Timestamp,
        updatedAt: Timestamp,
        due: Timestamp?,
        agedFrom: Timestamp,
        parkedAt: Timestamp?,
        keyID: String?,
        provider: String?,
        providerMessageID: String?,
        attempts: Int,
        passes: Int,
        failure: MessageFailure?,
        request: StoredRequest?,
        sealedSecrets: [UInt8]?,
        recipients: [RecipientStatus],
        brand: String,
        category: String?,
        events: [MessageEvent]
    ) {
        self.id = id
        self.state = state
        self.priority = priority
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.due = due
        self.agedFrom = agedFrom
        self.parkedAt = parkedAt
        self.keyID = keyID
        self.provider = provider
        self.providerMessageID = providerMessageID
        self.attempts = attempts
        self.passes = passes
        self.failure = failure
        self.request = request
        self.sealedSecrets = sealedSecrets
        self.recipients = recipients
        self.brand = brand
        self.category = category
        self.events = events
    }
}
