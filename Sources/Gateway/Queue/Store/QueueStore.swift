// SPDX-License-Identifier: Apache-2.0
public import Basics
public import SQL

/// The durable queue as the dispatcher uses it.
///
/// A store reads no clock: callers pass in the time. Calls that arrive while a commit is under way share the next
/// one, and each returns when its change is on disk.
public protocol QueueStore: Sendable {
    /// Stores new messages with their contents, all of them or none.
    func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult

    /// Leases up to `claim.limit` due messages, oldest due first, to this holder only.
    ///
    /// Throws ``StoreError/corrupt(_:)`` when one of them cannot be read: that one is then failed, and none is
    /// leased.
    func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage]

    /// Marks a leased message as being sent by `provider`.
    ///
    /// - Returns: False when the lease is lost: the message was cancelled or taken over, and must not be sent.
    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool

    /// Writes a settlement and ends the lease, unless ``Settlement/keepsLease``.
    ///
    /// - Returns: False when the lease was lost; nothing is written then.
    @discardableResult
    func settle(_ settlement: Settlement) async throws(StoreError) -> Bool
}

/// A registered process, and what it took over from dead ones.
public struct Registration: Sendable, Hashable {
    public let holder: LeaseHolder
    /// The messages that were being sent; each has an event for it.
    public let takenOver: [String]

    public init(holder: LeaseHolder, takenOver: [String] = []) {
        self.holder = holder
        self.takenOver = takenOver
    }
}

/// Decides, in the transaction that stores a message, whether to store it; its own writes stay either way.
///
/// The store may call it more than once; it must have no effects outside its connection and its last decision.
public typealias Admission = @Sendable (any DatabaseConnection) throws(DatabaseError) -> Bool

/// What one transaction stores.
public struct Insertion: Sendable {
    public var messages: [NewMessage]
    /// Template versions by content hash; existing ones are kept.
    public var templateVersions: [ContentHash: [UInt8]]
    /// Attachments by content hash; existing ones are kept.
    public var attachments: [ContentHash: [UInt8]]
    public var idempotency: IdempotencyEntry?
    /// Nil when no decision is needed.
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
    /// ``Insertion/admission`` refused; only its own writes were stored.
    case refused
}

/// The messages to lease.
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

/// Contents stored once by their hash: template versions and attachments.
public protocol ContentStore: Sendable {
    func templateVersion(_ hash: ContentHash) async throws(StoreError) -> [UInt8]?
    func attachment(_ hash: ContentHash) async throws(StoreError) -> [UInt8]?
}
