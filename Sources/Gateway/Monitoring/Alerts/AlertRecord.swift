// SPDX-License-Identifier: Apache-2.0
package import Basics

/// One trouble from its beginning to its end, as all gateways that share a store know it.
package struct AlertRecord: Sendable, Hashable {
    package let key: AlertKey
    /// Counts the changes, so that of two gateways that see the same one alone goes on; 0 is not stored yet.
    package var version: Int64 = 0
    package var since: Timestamp
    package var endedAt: Timestamp?
    /// What is the matter; see ``ActiveAlert/title``.
    package var title: String
    package var severity: AlertSeverity
    /// When somebody was last told, or was to be told.
    package var alertedAt: Timestamp
    /// What was last said.
    package var saying: NotificationKind
    /// The gateway that says it, and when it was last known to be at it.
    package var claimedBy: String
    package var claimedAt: Timestamp
    /// False until it has arrived somewhere, or nobody is there to be told.
    package var isTold: Bool
    /// Which gateways see it, and when they last said so.
    package var sightings: [String: Timestamp]
    /// When episodes of this key ended, in the last hour.
    package var ends: [Timestamp]

    package init(
        key: AlertKey,
        since: Timestamp,
        title: String,
        severity: AlertSeverity,
        alertedAt: Timestamp,
        claimedBy: String,
        sightings: [String: Timestamp] = [:],
        ends: [Timestamp] = []
    ) {
        self.key = key
        self.since = since
        self.title = title
        self.severity = severity
        self.alertedAt = alertedAt
        self.saying = .firing
        self.claimedBy = claimedBy
        self.claimedAt = alertedAt
        self.isTold = false
        self.sightings = sightings
        self.ends = ends
    }

    package var isOpen: Bool { endedAt == nil }
}

/// Keeps episodes, so that they outlive a gateway and are told once.
package protocol AlertStore: Sendable {
    /// All that are kept.
    func episodes() async throws(StoreError) -> [AlertRecord]

    /// Puts an episode in place of the one with the same key and version, and counts the version up.
    ///
    /// Version 0 stands for none.
    /// - Returns: False when another gateway was faster; nothing was changed.
    func put(_ episode: AlertRecord) async throws(StoreError) -> Bool

    /// Drops what ended before.
    func forget(endedBefore: Timestamp) async throws(StoreError)
}
