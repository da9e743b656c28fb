// SPDX-License-Identifier: Apache-2.0

/// The state of a message.
public enum MessageState: String, Sendable, Hashable, CaseIterable {
    /// Waits for its `send_at`.
    case scheduled
    /// Waits for its turn, for a retry or for a limit.
    case queued
    /// An attempt is under way, or its outcome is not stored yet.
    case sending
    /// A provider took it.
    case sent
    case delivered
    case bounced
    case complained
    /// Every provider it may use is down or paused; neither attempts nor age are counted.
    case parked
    /// Handed over with an unknown outcome, and held.
    case uncertain
    /// Refused, or given up.
    case failed
    case cancelled
    case expired
    /// All of its recipients are on the suppression list.
    case suppressed
    /// Its sender withdrew it at hand-over.
    case discarded
}

extension MessageState {
    public var isCancellable: Bool { [.scheduled, .queued, .parked, .uncertain].contains(self) }
    public var isRetryable: Bool { [.failed, .cancelled, .uncertain, .parked].contains(self) }

    /// True when a provider took the message.
    public var wasTaken: Bool { [.sent, .delivered, .bounced, .complained].contains(self) }

    /// True when the gateway will do nothing more without a request.
    public var isFinal: Bool {
        switch self {
        case .scheduled, .queued, .sending, .parked, .uncertain: false
        default: true
        }
    }
}
