// SPDX-License-Identifier: Apache-2.0

/// The durable queue as the dispatcher sees it.
///
/// A store reads no clock: every moment is handed in. Calls that come in while a commit is under way share the next one, and
/// each returns when what it asked for is on disk.
public protocol Outbox: Sendable {
    /// Stores new messages, all of them or none, together with what they need.
    func insert(_ insertion: Insertion) async throws(OutboxError) -> InsertionResult

    /// Leases up to `claim.limit` messages that are due, oldest due first, each to this holder alone.
    ///
    /// Throws ``OutboxError/corrupt(_:)`` when one of them cannot be read: that one has failed then, and none is leased.
    func claim(_ claim: Claim) async throws(OutboxError) -> [QueuedMessage]

    /// Marks a leased message as being sent by `provider`.
    ///
    /// - Returns: False when the lease is no longer ours: the message was cancelled or taken over, and must not be sent.
    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(OutboxError) -> Bool

    /// Writes what came of a message and ends its lease, unless ``Settlement/keepsLease``.
    ///
    /// - Returns: False when the lease was no longer ours; nothing is written then.
    @discardableResult
    func settle(_ settlement: Settlement) async throws(OutboxError) -> Bool
}

/// A gateway process, by the number it got when it registered; never used twice.
public struct LeaseHolder: Sendable, Hashable {
    public let number: Int64

    public init(number: Int64) {
        self.number = number
    }
}

/// A process that has registered, and what it took over from dead ones.
public struct Registration: Sendable, Hashable {
    public let holder: LeaseHolder
    /// The messages that were being sent; each has an event that says so.
    public let takenOver: [String]

    public init(holder: LeaseHolder, takenOver: [String] = []) {
        self.holder = holder
        self.takenOver = takenOver
    }
}

/// Decides, in the transaction that stores a message, whether it is stored; what it writes stays either way.
///
/// It may be run more than once, and must touch nothing but its connection and what it decided last.
public typealias Admission = @Sendable (any DatabaseConnection) throws(DatabaseError) -> Bool

/// What is stored in one go.
public struct Insertion: Sendable {
    public var messages: [NewMessage]
    /// Template versions by content hash; those that are there already are left alone.
    public var templateVersions: [ContentHash: [UInt8]]
    /// Attachments by content hash; those that are there already are left alone.
    public var attachments: [ContentHash: [UInt8]]
    public var idempotency: IdempotencyEntry?
    /// Nil where nobody has to be asked.
    public var admission: Admission?

    public init(
        messages: [NewMessage],
        templateVersions: [ContentHash: [UInt8]] = [:],
        attachments: [ContentHash: [UInt8]] = [:],
        idempotency: IdempotencyEntry? = nil,
        admission: Admission? = nil
    ) {
        self.messages = messages
        self.templateVersions = templateVersions
        self.attachments = attachments
        self.idempotency = idempotency
        self.admission = admission
    }
}

public enum InsertionResult: Sendable, Hashable {
    case stored
    /// The same request was answered before; nothing was stored.
    case replayed(StoredResponse)
    /// The key was used for another request; nothing was stored.
    case conflict
    /// ``Insertion/admission`` said no; nothing was stored but what it wrote itself.
    case refused
}

/// An answer kept under an idempotency key.
public struct StoredResponse: Sendable, Hashable {
    public let status: Int
    public let body: [UInt8]

    public init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}

public struct IdempotencyEntry: Sendable, Hashable {
    /// The API key whose name space it is.
    public let keyID: String
    public let key: String
    /// SHA-256 of path and body.
    public let digest: ContentHash
    public let expiresAt: Timestamp
    public let response: StoredResponse

    public init(keyID: String, key: String, digest: ContentHash, expiresAt: Timestamp, response: StoredResponse) {
        self.keyID = keyID
        self.key = key
        self.digest = digest
        self.expiresAt = expiresAt
        self.response = response
    }
}

/// The SHA-256 of some content, in lower-case hexadecimal.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(hexadecimal: String) {
        description = hexadecimal
    }
}

/// A message on its way into the store.
public struct NewMessage: Sendable {
    public var id: String
    /// `queued` or `scheduled`.
    public var state: MessageState
    public var lane: Lane
    public var stream: Stream
    /// When it may be sent.
    public var due: Timestamp
    /// Set when the message is handed to the dispatcher through memory; nil leaves it to be claimed.
    public var holder: LeaseHolder?
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    /// The API key it came with; nil for the command line.
    public var keyID: String?
    public var request: StoredRequest
    /// Values of secret variables, sealed.
    public var sealedSecrets: [UInt8]?

    public init(
        id: String,
        state: MessageState,
        lane: Lane,
        stream: Stream,
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
        self.lane = lane
        self.stream = stream
        self.due = due
        self.holder = holder
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.keyID = keyID
        self.request = request
        self.sealedSecrets = sealedSecrets
    }
}

/// Which messages to lease.
public struct Claim: Sendable, Hashable {
    public let stream: Stream
    public let lane: Lane
    public let limit: Int
    public let holder: LeaseHolder
    public let now: Timestamp

    public init(stream: Stream, lane: Lane, limit: Int, holder: LeaseHolder, now: Timestamp) {
        self.stream = stream
        self.lane = lane
        self.limit = limit
        self.holder = holder
        self.now = now
    }
}

/// A message that is leased to this gateway, with all that the dispatcher needs to decide and to send.
public struct QueuedMessage: Sendable {
    public var id: String
    public var lane: Lane
    public var stream: Stream
    public var due: Timestamp
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?
    /// From when the age is counted for `give_up_after`; moved on by the time in which no provider was up.
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
        lane: Lane,
        stream: Stream,
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
        self.lane = lane
        self.stream = stream
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

/// What becomes of a leased message; computed by the dispatcher, written as it is.
public struct Settlement: Sendable, Hashable {
    public var id: String
    public var holder: LeaseHolder
    public var at: Timestamp
    public var state: MessageState
    /// When it may be claimed again; for `queued` only.
    public var due: Timestamp?
    /// The attempt goes on with another provider: state and lease stay, only the tries and events are written.
    public var keepsLease = false
    /// Nil leaves what is stored.
    public var provider: String?
    public var providerMessageID: String?
    public var failure: MessageFailure?
    /// The new values.
    public var attempts: Int
    public var passes: Int
    /// One for each of the request's recipients, in its order; nil leaves what is stored.
    public var recipients: [RecipientStatus]?
    public var events: [MessageEvent]
    /// The provider and UTC day (`2026-11-20`) whose count of sent mail goes up by one.
    public var usage: UsageDay?
    /// Takes the place of the stored request; nil leaves that.
    package var request: StoredRequest?

    public init(
        id: String,
        holder: LeaseHolder,
        at: Timestamp,
        state: MessageState,
        due: Timestamp? = nil,
        attempts: Int,
        passes: Int,
        events: [MessageEvent]
    ) {
        self.id = id
        self.holder = holder
        self.at = at
        self.state = state
        self.due = due
        self.attempts = attempts
        self.passes = passes
        self.events = events
    }
}

public struct UsageDay: Sendable, Hashable {
    public let provider: String
    /// RFC 3339 full-date in UTC.
    public let day: String

    public init(provider: String, day: String) {
        self.provider = provider
        self.day = day
    }
}
