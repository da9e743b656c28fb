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

/// The lists of states that the gateway uses; the store derives its SQL from them.
extension MessageState {
    /// A gateway may claim the message when it is due.
    public static let claimable: Set<MessageState> = [.scheduled, .queued]
    /// No attempt is under way, and the gateway will make one without a request.
    public static let waiting: Set<MessageState> = claimable.union([.parked])
    /// The message has a next step: a gateway makes it, or an operator.
    public static let open: Set<MessageState> = waiting.union([.sending, .uncertain])
    /// The gateway will do nothing more without a request.
    public static let final: Set<MessageState> = Set(allCases).subtracting(open)
    /// Due, and without an outcome.
    public static let overdue: Set<MessageState> = [.queued, .parked, .sending]
    /// A person may withdraw the message.
    public static let cancellable: Set<MessageState> = Set(allCases.filter { $0.canBecome(.cancelled) })
    /// A person may put the message back into the queue.
    public static let retryable: Set<MessageState> = [.failed, .cancelled, .uncertain, .parked]
    /// A provider took the message.
    public static let taken: Set<MessageState> = [.sent, .delivered, .bounced, .complained]
    /// The message has an outcome, and no recipient is known to have got it.
    public static let lost: Set<MessageState> = [.failed, .uncertain, .expired, .cancelled, .suppressed, .bounced]

    public var isCancellable: Bool { Self.cancellable.contains(self) }
    public var isRetryable: Bool { Self.retryable.contains(self) }

    /// True when a provider took the message.
    public var wasTaken: Bool { Self.taken.contains(self) }

    /// True when the gateway will do nothing more without a request and the outcome is known.
    public var isFinal: Bool { !Self.open.contains(self) }

    /// True when the gateway will do nothing more without a request.
    public var hasOutcome: Bool { isFinal || self == .uncertain }

    /// True when a message may go from this state to another one.
    ///
    /// What a provider reports late never moves a message backwards: a mailbox that complains has got the message
    /// before.
    public func canBecome(_ next: MessageState) -> Bool {
        switch self {
        case .scheduled, .queued:
            switch next {
            case .queued: self == .scheduled
            case .sending, .parked, .failed, .expired, .suppressed, .discarded, .cancelled: true
            default: false
            }
        case .sending:
            switch next {
            case .queued, .parked, .uncertain, .sent, .failed, .expired, .suppressed, .discarded: true
            default: false
            }
        case .parked: [.queued, .expired, .cancelled].contains(next)
        case .uncertain: [.queued, .cancelled, .failed].contains(next) || next.wasTaken
        case .sent: next.wasTaken && next != .sent
        case .delivered: next == .bounced || next == .complained
        case .bounced: next == .complained
        case .failed, .cancelled: next == .queued
        case .complained, .expired, .suppressed, .discarded: false
        }
    }
}

extension Set<MessageState> {
    /// In the order in which the states are declared.
    package var inOrder: [MessageState] { MessageState.allCases.filter(contains) }

    /// Such as `scheduled, queued and parked`, for messages to people.
    package var words: String {
        let words = inOrder.map(\.rawValue)
        guard words.count > 1, let last = words.last else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }
}
