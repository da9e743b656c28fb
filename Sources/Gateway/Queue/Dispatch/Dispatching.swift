// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import Mail

/// The dispatcher as acceptance and the API use it.
public protocol Dispatching: Sendable {
    /// Reserves room in memory for `count` messages of a routing key that are due now.
    ///
    /// - Returns: The holder to lease the messages to when they are stored, or nil when they must stay in the store.
    ///   The caller uses the room by ``accepted(_:)`` or gives it back by ``unreserve(_:priority:count:)``.
    func reserve(_ routingKey: RoutingKey, priority: Priority, count: Int) -> LeaseHolder?

    /// Gives back room for messages that were not stored after all.
    func unreserve(_ routingKey: RoutingKey, priority: Priority, count: Int)

    /// Reports that the store did not confirm these messages: any that it has stored must still be sent.
    func noteUnconfirmed(_ ids: [String])

    /// Hands over messages that are stored and leased to the holder that ``reserve(_:priority:count:)`` returned.
    func accepted(_ messages: [QueuedMessage])

    /// Reports that messages of a routing key were left in the store, the first of them due at `due`.
    func stored(_ routingKey: RoutingKey, priority: Priority, due: Timestamp)

    /// Watches for the first outcome of a message; the caller calls it before the message is stored.
    func watch(_ id: String) -> OutcomeWatch

    /// The state of every provider, in the order of the configuration.
    func statuses() -> [ProviderStatus]

    /// Takes a provider out of or back into use; the caller has stored the decision.
    func setPaused(_ paused: Bool, provider: String)

    /// Reads at once what operators have decided; the caller has stored it.
    func storeChanged()

    /// Why a message waits or which way it will take, from the current state.
    func explain(_ record: MessageRecord) -> Explanation
}

extension Dispatching {
    public func noteUnconfirmed(_ ids: [String]) {}
    public func storeChanged() {}
}

/// The result of `explain` for a message.
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
    /// When that happens, if known.
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

/// A pair of providers: mail that should leave by `from` left, or was to leave, by `to`.
public struct Failover: Sendable, Hashable {
    public let from: String
    public let to: String

    public init(from: String, to: String) {
        self.from = from
        self.to = to
    }
}

/// Builds the message for a provider from the stored one: binds late values, renders, loads attachments.
public protocol MessageBuilding: Sendable {
    /// Builds the message for the recipients in `envelope`.
    func build(_ message: QueuedMessage, envelope: [EmailAddress]) async throws(BuildError) -> OutgoingMessage
}

/// Why a message could not be built.
public enum BuildError: Error, Sendable, Hashable {
    /// It cannot be built now or ever.
    case unbuildable(MessageFailure)
    /// Its sender withdrew it.
    case discarded(String)
    /// Values that are bound late are not available now.
    case unbound(DeliveryError)
    /// The store did not answer.
    case unavailable(String)
}

extension BuildError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unbuildable(let failure): failure.detail
        case .discarded(let reason), .unavailable(let reason): reason
        case .unbound(let error): error.description
        }
    }
}

/// Receives the dispatcher's events, for metrics and logs; must return at once.
public protocol DispatchObserver: Sendable {
    /// One provider call has ended. `waited` is the time from due to the start, `outcome` is `accepted` or an error kind.
    func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration)
    /// A settlement is on disk.
    func settled(_ settlement: Settlement)
}
