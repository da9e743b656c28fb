// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import Mail

/// What acceptance and the API need of the dispatcher.
public protocol Dispatching: Sendable {
    /// Asks for room in memory for `count` messages of a routing key that are due now.
    ///
    /// - Returns: The holder to lease them to when they are stored, or nil when they shall be left in the store. Room that was
    ///   given must be used by ``accepted(_:)`` or given back by ``unreserve(_:priority:count:)``.
    func reserve(_ routingKey: RoutingKey, priority: Priority, count: Int) -> LeaseHolder?

    /// Gives back room for messages that were not stored after all.
    func unreserve(_ routingKey: RoutingKey, priority: Priority, count: Int)

    /// Says that the store did not answer whether it took these messages: those that it took are not to be forgotten.
    func doubt(_ ids: [String])

    /// Hands over messages that are stored and leased to the holder that ``reserve(_:priority:count:)`` named.
    func accepted(_ messages: [QueuedMessage])

    /// Says that messages of a routing key were left in the store, the first of them due at `due`.
    func stored(_ routingKey: RoutingKey, priority: Priority, due: Timestamp)

    /// Watches for the first outcome of a message; call it before the message is stored.
    func watch(_ id: String) -> OutcomeWatch

    /// The state of every provider, in the order of the configuration.
    func statuses() -> [ProviderStatus]

    /// Takes a provider out of or back into use; the caller has stored the decision.
    func setPaused(_ paused: Bool, provider: String)

    /// Looks at once at what operators have decided; the caller has stored it.
    func storeChanged()

    /// Why a message waits or how it will go, from the state of this moment.
    func explain(_ record: MessageRecord) -> Explanation
}

extension Dispatching {
    public func doubt(_ ids: [String]) {}
    public func storeChanged() {}
}

/// What `explain` says of a message.
public struct Explanation: Sendable, Hashable {
    /// How the providers were chosen, such as `route 2: brand westside` or `pinned by the sender`.
    public var rule: String
    /// The providers in the order of failover.
    public var via: [String]
    /// The provider that carried it, or would carry it now; nil when none can.
    public var provider: String?
    /// Why it waits or why it ended, one sentence.
    public var why: String
    /// What happens next, one sentence; nil when nothing will.
    public var next: String?
    /// When that happens, as far as it is known.
    public var nextAt: Timestamp?

    public init(rule: String, via: [String], provider: String?, why: String, next: String?, nextAt: Timestamp?) {
        self.rule = rule
        self.via = via
        self.provider = provider
        self.why = why
        self.next = next
        self.nextAt = nextAt
    }
}

/// Mail that should leave by one provider left, or was to leave, by another.
public struct Failover: Sendable, Hashable {
    public let from: String
    public let to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// Makes the message that a provider gets from what is stored: binds late values, renders, loads attachments.
public protocol MessageBuilding: Sendable {
    /// Builds the message for the recipients in `envelope`.
    func build(_ message: QueuedMessage, envelope: [EmailAddress]) async throws(BuildFailure) -> OutgoingMessage
}

/// Why a message could not be built.
public enum BuildFailure: Error, Sendable, Hashable {
    /// It cannot be built now or ever.
    case unbuildable(MessageFailure)
    /// Its sender withdrew it.
    case discarded(String)
    /// Values that are bound late cannot be had now.
    case unbound(DeliveryError)
    /// The store did not answer.
    case unavailable(String)
}

extension BuildFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unbuildable(let failure): failure.detail
        case .discarded(let reason), .unavailable(let reason): reason
        case .unbound(let error): error.description
        }
    }
}

/// Is told what the dispatcher does, for metrics and logs; must return at once.
public protocol DispatchObserver: Sendable {
    /// One provider call has ended. `waited` is the time from due to the start, `outcome` is `accepted` or an error kind.
    func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration)
    /// A settlement is on disk.
    func settled(_ settlement: Settlement)
}
