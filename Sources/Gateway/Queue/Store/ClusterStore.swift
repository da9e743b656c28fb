// SPDX-License-Identifier: Apache-2.0
public import Basics

/// Exchanges state between gateways that share a store, so that limits and provider health apply to all of them.
public protocol ClusterStore: Sendable {
    /// The number of live gateways, and the rank of this one.
    func share(of holder: LeaseHolder, timeout: Duration, now: Timestamp) async throws(StoreError) -> ClusterShare

    /// Signs this gateway off: its leases and its share of the limits are free for others.
    func leave(_ holder: LeaseHolder, now: Timestamp) async throws(StoreError)

    /// Waiting messages leased to this gateway and last touched within a span; at most a few hundred.
    func leased(to holder: LeaseHolder, touched span: ClosedRange<Timestamp>) async throws(StoreError) -> [String]

    /// Releases leases unknown to this gateway, so that any gateway may claim the messages.
    func free(_ ids: [String], of holder: LeaseHolder, now: Timestamp) async throws(StoreError)

    /// Those of the messages that have an outcome from any gateway; a takeover from a dead gateway is not an outcome.
    func settled(_ ids: [String]) async throws(StoreError) -> [String]

    /// The last finding on each provider.
    func verdicts() async throws(StoreError) -> [SharedHealth]

    /// Publishes a finding of this gateway; replaces the previous one.
    func tell(_ finding: ProviderFinding, of provider: String, by holder: LeaseHolder) async throws(StoreError)

    /// Reserves `count` attempts of a UTC day, or what is left of `limit`.
    func reserve(_ count: Int, of usage: UsageDay, limit: Int) async throws(StoreError) -> UsageGrant

    /// Returns reserved attempts that were not used.
    func releaseReservation(_ count: Int, of usage: UsageDay) async throws(StoreError)
}

/// One gateway's share of the common limits.
public struct ClusterShare: Sendable, Hashable {
    /// The number of live gateways, this one included; 1 or more.
    public let gateways: Int
    /// This gateway's index among them, from 0.
    public let rank: Int

    public init(gateways: Int, rank: Int) {
        self.gateways = max(1, gateways)
        self.rank = rank
    }

    static let alone = ClusterShare(gateways: 1, rank: 0)

    /// This gateway's share of `count` slots; the shares of all gateways add up to `count`.
    func part(of count: Int) -> Int { count / gateways + (rank < count % gateways ? 1 : 0) }
}

/// What a gateway found out about a provider and shares with others.
public struct ProviderFinding: Sendable, Hashable {
    public enum Circuit: String, Sendable, Hashable {
        case closed
        case open
        case down
    }

    public var circuit: Circuit
    /// The end of the wait that the service asked for.
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

/// A finding as stored.
public struct SharedHealth: Sendable, Hashable {
    public let provider: String
    /// Increases with each change.
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
    /// The number of granted attempts; fewer than requested means that nothing is left.
    public let count: Int
    /// The number reserved by all gateways now.
    public let total: Int

    public init(count: Int, total: Int) {
        self.count = count
        self.total = total
    }
}

/// Decisions of operators at run time that every gateway follows.
public protocol ControlStore: Sendable {
    func pausedProviders() async throws(StoreError) -> Set<String>
    func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(StoreError)
    /// The number of probe requests of operators for each provider.
    func probeRequests() async throws(StoreError) -> [String: Int64]
    /// Requests all gateways to probe a provider now.
    func askForProbe(of provider: String, now: Timestamp) async throws(StoreError)
}
