// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The reports of gateways on their providers, for processes that do not send.
public protocol ReportStore: Sendable {
    /// Replaces the previous reports of this gateway.
    func put(_ reports: [ProviderReport], of gateway: LeaseHolder) async throws(StoreError)

    /// The reports of gateways heard of within `timeout`; empty when none is alive.
    func reports(timeout: Duration, now: Timestamp) async throws(StoreError) -> [ProviderReport]
}

/// One provider as one gateway sees it.
public struct ProviderReport: Sendable, Hashable {
    public var gateway: LeaseHolder
    public var provider: String
    public var state: ProviderStatus.State
    public var since: Timestamp
    public var until: Timestamp?
    public var reason: String?
    public var remedy: String?
    public var running: Int
    public var waiting: Int
    public var lastSent: Timestamp?
    public var probe: ProviderStatus.Probe?

    public init(
        gateway: LeaseHolder,
        provider: String,
        state: ProviderStatus.State,
        since: Timestamp,
        until: Timestamp? = nil,
        reason: String? = nil,
        remedy: String? = nil,
        running: Int = 0,
        waiting: Int = 0,
        lastSent: Timestamp? = nil,
        probe: ProviderStatus.Probe? = nil
    ) {
        (self.gateway, self.provider, self.state, self.since) = (gateway, provider, state, since)
        (self.until, self.reason, self.remedy) = (until, reason, remedy)
        (self.running, self.waiting, self.lastSent, self.probe) = (running, waiting, lastSent, probe)
    }

    init(_ status: ProviderStatus, by gateway: LeaseHolder) {
        self.init(
            gateway: gateway,
            provider: status.name,
            state: status.state,
            since: status.since,
            until: status.until,
            reason: status.reason,
            remedy: status.remedy,
            running: status.running,
            waiting: status.waiting,
            lastSent: status.lastSent,
            probe: status.probe
        )
    }

    /// The report without the values that change with every message.
    var news: ProviderReport {
        var report = self
        (report.running, report.waiting, report.lastSent, report.until) = (0, 0, nil, nil)
        return report
    }
}

extension ProviderStatus {
    /// A sign-in without mail that was made to test a provider.
    public struct Probe: Sendable, Hashable {
        public var at: Timestamp
        /// What went wrong, in the service's own words; nil when it worked.
        public var failure: String?

        public init(at: Timestamp, failure: String?) {
            self.at = at
            self.failure = failure
        }
    }
}
