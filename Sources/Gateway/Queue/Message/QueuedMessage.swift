// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A message leased to this gateway, with everything the dispatcher needs to decide and to send.
public struct QueuedMessage: Sendable {
    public var id: String
    public var priority: Priority
    public var routingKey: RoutingKey
    public var due: Timestamp
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    /// The start of the age for `give_up_after`; moved on by the time in which no provider was up.
    public var agedFrom: Timestamp
    /// Counted tries.
    public var attempts: Int
    /// Passes over the route that ended in a retry; the exponent of the backoff.
    public var passes: Int
    public var request: StoredRequest
    public var sealedSecrets: [UInt8]?
    public var recipients: [RecipientStatus]

    public init(
        id: String,
        priority: Priority,
        routingKey: RoutingKey,
        due: Timestamp,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        agedFrom: Timestamp,
        attempts: Int,
        passes: Int,
        request: StoredRequest,
        sealedSecrets: [UInt8]?,
        recipients: [RecipientStatus]
    ) {
        self.id = id
        self.priority = priority
        self.routingKey = routingKey
        self.due = due
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.agedFrom = agedFrom
        self.attempts = attempts
        self.passes = passes
        self.request = request
        self.sealedSecrets = sealedSecrets
        self.recipients = recipients
    }
}

/// A gateway process, by its registration number; never reused.
public struct LeaseHolder: Sendable, Hashable {
    public let number: Int64

    public init(number: Int64) {
        self.number = number
    }
}

/// A message on its way into the store.
public struct NewMessage: Sendable {
    public var id: String
    /// `queued` or `scheduled`.
    public var state: MessageState
    public var priority: Priority
    public var routingKey: RoutingKey
    /// When it may be sent.
    public var due: Timestamp
    /// Set when the message reaches the dispatcher through memory; nil leaves it to be claimed.
    public var holder: LeaseHolder?
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    /// The API key of the request; nil for the command line.
    public var keyID: String?
    public var request: StoredRequest
    /// Values of secret variables, sealed.
    public var sealedSecrets: [UInt8]?

    public init(
        id: String,
        state: MessageState,
        priority: Priority,
        routingKey: RoutingKey,
        due: Timestamp,
        holder: LeaseHolder?,
        createdAt: Timestamp,
        expiresAt: Timestamp?,
        keyID: String?,
        request: StoredRequest,
        sealedSecrets: [UInt8]? = nil
    ) {
        self.id = id
        self.state = state
        self.priority = priority
        self.routingKey = routingKey
        self.due = due
        self.holder = holder
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.keyID = keyID
        self.request = request
        self.sealedSecrets = sealedSecrets
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
