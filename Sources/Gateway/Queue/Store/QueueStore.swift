// SPDX-License-Identifier: Apache-2.0
public import Basics
public import SQL

/// The durable queue as the dispatcher sees it.
///
/// A store reads no clock: every moment is handed in. Calls that come in while a commit is under way share the next one, and
/// each returns when what it asked for is on disk.
public protocol QueueStore: Sendable {
    /// Stores new messages, all of them or none, together with what they need.
    func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult

    /// Leases up to `claim.limit` messages that are due, oldest due first, each to this holder alone.
    ///
    /// Throws ``StoreError/corrupt(_:)`` when one of them cannot be read: that one has failed then, and none is leased.
    func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage]

    /// Marks a leased message as being sent by `provider`.
    ///
    /// - Returns: False when the lease is no longer ours: the message was cancelled or taken over, and must not be sent.
    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool

    /// Writes what came of a message and ends its lease, unless ``Settlement/keepsLease``.
    ///
    /// - Returns: False when the lease was no longer ours; nothing is written then.
    @discardableResult
    func settle(_ settlement: Settlement) async throws(StoreError) -> Bool
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

/// Which messages to lease.
public struct Claim: Sendable, Hashable {
    public let routingKey: RoutingKey
    public let priority: Priority
    public let limit: Int
    public let holder: LeaseHolder
    public let now: Timestamp

    public init(routingKey: RoutingKey, priority: Priority, limit: Int, holder: LeaseHolder, now: Timestamp) {
        self.routingKey = routingKey
        self.priority = priority
        self.limit = limit
        self.holder = holder
        self.now = now
    }
}

/// Contents kept once by their hash: template versions and attachments.
public protocol ContentStore: Sendable {
    func templateVersion(_ hash: ContentHash) async throws(StoreError) -> [UInt8]?
    func attachment(_ hash: ContentHash) async throws(StoreError) -> [UInt8]?
}
