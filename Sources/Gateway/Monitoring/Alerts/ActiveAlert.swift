// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import OAuth
package import Queue

/// Trouble as one gateway sees it at one moment.
package struct Symptom: Sendable, Hashable {
    package var key: EpisodeKey
    package var severity: Alert.Severity
    package var since: Timestamp
    /// What is the matter, a few words without an end mark, such as `Provider gmail is down`; without secrets and addresses.
    package var title: String
    /// Why, in the service's own words, as far as it is known; for operators only.
    package var reason: String?
    /// What would mend it, one sentence without an end mark.
    package var remedy: String
    package var details: JSONObject

    package init(
        _ key: EpisodeKey,
        _ severity: Alert.Severity,
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

/// Whether one gateway sees a trouble.
package enum Presence: Sendable, Hashable {
    case present(Symptom)
    /// It cannot tell, as after a start: what is open stays open, and nothing is repeated.
    case unclear
    case absent
}

/// All that a gateway knows of its ability to send, at one moment.
package struct Observation: Sendable {
    package var providers: [ProviderStatus]
    /// How often mail failed over since the start.
    package var failovers: [Failover: Int]
    package var tokens: [TokenStatus]
    /// What waits; nil when that was not read yet, or cannot be.
    package var depths: [QueueDepth]?
    /// Nil when nobody asked yet.
    package var isStoreReachable: Bool?
    /// What other programs did to the store; nil when nothing is known.
    package var storeFault: String?
    /// How much mail was sent and has failed here since the start.
    package var tally: MailTally
    /// By provider.
    package var canaries: [String: CanarySchedule]
    /// What features on top of the gateway see.
    package var reported: [Symptom]

    package init(
        providers: [ProviderStatus] = [],
        failovers: [Failover: Int] = [:],
        tokens: [TokenStatus] = [],
        depths: [QueueDepth]? = nil,
        isStoreReachable: Bool? = nil,
        storeFault: String? = nil,
        tally: MailTally = MailTally(),
        canaries: [String: CanarySchedule] = [:],
        reported: [Symptom] = []
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
