// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import OAuth
package import Queue

/// An alert that fires, as one gateway sees it at one moment.
package struct ActiveAlert: Sendable, Hashable {
    package var key: AlertKey
    package var severity: AlertSeverity
    package var since: Timestamp
    /// What is wrong, a few words without an end mark, such as `Provider gmail is down`; without secrets and
    /// addresses.
    package var title: String
    /// Why, in the service's own words if known; for operators only.
    package var reason: String?
    /// How to fix it, one sentence without an end mark.
    package var remedy: String
    package var details: JSONObject

    package init(
        _ key: AlertKey,
        _ severity: AlertSeverity,
        since: Timestamp,
        title: String,
        reason: String? = nil,
        remedy: String,
        details: JSONObject = JSONObject()
    ) {
        self.key = key
        self.severity = severity
        self.since = since
        self.title = title
        self.reason = reason
        self.remedy = remedy
        self.details = details
    }
}

/// Whether an alert fires for one gateway.
package enum AlertCondition: Sendable, Hashable {
    case firing(ActiveAlert)
    /// The state is not known, as after a start: open alerts stay open, and no reminder is sent.
    case unknown
    case inactive
}

/// What one gateway knows about its ability to send, at one moment.
package struct Observation: Sendable {
    package var providers: [ProviderStatus]
    /// The number of failovers since the start.
    package var failovers: [Failover: Int]
    package var tokens: [TokenStatus]
    /// The queue depths; nil when they were not read yet, or cannot be.
    package var depths: [QueueDepth]?
    /// Nil before the first read.
    package var isStoreReachable: Bool?
    /// Damage that other programs did to the store; nil when none is known.
    package var storeFault: String?
    /// How many messages were sent and how many failed here since the start.
    package var tally: MailCounts
    /// By provider.
    package var canaries: [String: Canary]
    /// Alerts reported by features on top of the gateway.
    package var reported: [ActiveAlert]

    package init(
        providers: [ProviderStatus] = [],
        failovers: [Failover: Int] = [:],
        tokens: [TokenStatus] = [],
        depths: [QueueDepth]? = nil,
        isStoreReachable: Bool? = nil,
        storeFault: String? = nil,
        tally: MailCounts = MailCounts(),
        canaries: [String: Canary] = [:],
        reported: [ActiveAlert] = []
    ) {
        self.providers = providers
        self.failovers = failovers
        self.tokens = tokens
        self.depths = depths
        self.isStoreReachable = isStoreReachable
        self.storeFault = storeFault
        self.tally = tally
        self.canaries = canaries
        self.reported = reported
    }
}
