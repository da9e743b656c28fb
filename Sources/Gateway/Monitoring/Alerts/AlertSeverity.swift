// SPDX-License-Identifier: Apache-2.0

/// How urgent an alert is.
package enum AlertSeverity: String, Sendable, Hashable {
    case info
    case warning
    case critical
}

/// What a notification says about its alert; the raw values are stored and sent to receivers.
package enum NotificationKind: String, Sendable, Hashable {
    case firing = "began"
    /// The alert still fires after `repeat_after`.
    case reminder = "lasts"
    case resolved = "over"
}
