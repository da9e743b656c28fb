// SPDX-License-Identifier: Apache-2.0
package import Basics

/// One alert from its beginning to its end, as shared by all gateways on a store.
package struct AlertRecord: Sendable, Hashable {
    package let key: AlertKey
    /// Counts the changes, so that of two concurrent writers only one succeeds; 0 is not stored yet.
    package var version: Int64 = 0
    package var since: Timestamp
    package var endedAt: Timestamp?
    /// What is wrong; see ``ActiveAlert/title``.
    package var title: String
    package var severity: AlertSeverity
    /// When the last notification was sent or due.
    package var alertedAt: Timestamp
    /// The kind of the last notification.
    package var saying: NotificationKind
    /// The gateway that sends the notification, and when it was last seen working on it.
    package var claimedBy: String
    package var claimedAt: Timestamp
    /// False until the notification was delivered, or there is no receiver for it.
    package var isTold: Bool
    /// The gateways that see the alert, and when each last reported it.
    package var sightings: [String: Timestamp]
    /// When alerts of this key ended, in the last hour.
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

/// Stores alert records, so that they outlive a gateway and are sent once.
package protocol AlertStore: Sendable {
    /// All stored records.
    func episodes() async throws(StoreError) -> [AlertRecord]

    /// Replaces the record with the same key and version, and increments the version.
    ///
    /// Version 0 means that there is none yet.
    /// - Returns: False when another gateway was faster; nothing was changed.
    func put(_ episode: AlertRecord) async throws(StoreError) -> Bool

    /// Deletes records that ended before the given time.
    func forget(endedBefore: Timestamp) async throws(StoreError)
}
