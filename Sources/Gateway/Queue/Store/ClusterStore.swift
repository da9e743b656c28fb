// SPDX-License-Identifier: Apache-2.0
public import Basics

/// What gateways that share a store tell each other, so that limits and the health of providers hold over all of them.
public protocol ClusterStore: Sendable {
    /// How many gateways live, and which of them this one is.
    func share(of holder: LeaseHolder, timeout: Duration, now: Timestamp) async throws(StoreError) -> ClusterShare

    /// Says that this gateway ends: what it still holds is free for others, and its part of the limits too.
    func leave(_ holder: LeaseHolder, now: Timestamp) async throws(StoreError)

    /// Messages that wait, leased to this gateway and touched last within a span; a few hundred at the most.
    func leased(to holder: LeaseHolder, touched span: ClosedRange<Timestamp>) async throws(StoreError) -> [String]

    /// Gives up the leases on messages of which this gateway does not know, so that any gateway may claim them.
    func free(_ ids: [String], of holder: LeaseHolder, now: Timestamp) async throws(StoreError)

    /// Those of the messages that have had an outcome, whichever gateway tried; that a gateway died while it tried is none.
    func settled(_ ids: [String]) async throws(StoreError) -> [String]

    /// What was last found of each provider.
    func verdicts() async throws(StoreError) -> [SharedHealth]

    /// Says what this gateway has found; replaces what was said before.
    func tell(_ finding: ProviderFinding, of provider: String, by holder: LeaseHolder) async throws(StoreError)

    /// Takes the right to `count` attempts of a UTC day, or to what is left of `limit`.
    func reserve(_ count: Int, of usage: UsageDay, limit: Int) async throws(StoreError) -> UsageGrant

    /// Gives back what was reserved and not used.
    func releaseReservation(_ count: Int, of usage: UsageDay) async throws(StoreError)
}

/// One gateway's part of what all may do together.
public struct ClusterShare: Sendable, Hashable {
    /// How many gateways live, this one included; 1 or more.
    public let gateways: Int
    /// This one's place among them, from 0.
    public let rank: Int

    public init(gateways: Int, rank: Int) {
        self.gateways = max(1, gateways)
        self.rank = rank
    }

    static let alone = ClusterShare(gateways: 1, rank: 0)

    /// How many of `count` slots are this gateway's; those of all gateways make up `count`.
    func part(of count: Int) -> Int { count / gateways + (rank < count % gateways ? 1 : 0) }
}

/// What a gateway knows of a provider and others should.
public struct ProviderFinding: Sendable, Hashable {
    public enum Circuit: String, Sendable, Hashable {
        case closed
        case open
        case down
    }

    public var circuit: Circuit
    /// The service asked for patience until then.
    public var heldUntil: Timestamp?
    public var reason: String?
    public var remedy: String?

    public init(circuit: Circuit, heldUntil: Timestamp? = nil, reason: String? = nil, remedy: String? = nil) {
        self.circuit = circuit
        self.heldUntil = heldUntil
        self.reason = reason
        self.remedy = remedy
    }

    static let fine = ProviderFinding(circuit: .closed)
}

/// A finding as it is stored.
public struct SharedHealth: Sendable, Hashable {
    public let provider: String
    /// Goes up with each change.
    public let version: Int64
    public let gateway: LeaseHolder
    public let finding: ProviderFinding

    public init(provider: String, version: Int64, gateway: LeaseHolder, finding: ProviderFinding) {
        self.provider = provider
        self.version = version
        self.gateway = gateway
        self.finding = finding
    }
}

/// The answer to a reservation.
public struct UsageGrant: Sendable, Hashable {
    /// How many attempts were granted; fewer than asked for means that nothing is left.
    public let count: Int
    /// How many are reserved by all gateways now.
    public let total: Int

    public init(count: Int, total: Int) {
        self.count = count
        self.total = total
    }
}

/// What operators decided at run time and every gateway follows.
public protocol ControlStore: Sendable {
    func pausedProviders() async throws(StoreError) -> Set<String>
    func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(StoreError)
    /// How often operators have asked for a probe of each provider.
    func probeRequests() async throws(StoreError) -> [String: Int64]
    /// Asks all gateways to probe a provider now.
    func askForProbe(of provider: String, now: Timestamp) async throws(StoreError)
}
