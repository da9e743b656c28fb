// SPDX-License-Identifier: Apache-2.0
package import Delivery
package import Mail
package import Queue

/// The state of a message and of its recipients while reports are applied.
///
/// The same reports in any order end in the same states: a state only ever gives way to one of a higher rank, which are
/// sent, delivered, bounced and complained.
package struct FeedbackMerge: Sendable, Hashable {
    package private(set) var state: MessageState
    /// Nil once the content of the message, and its addresses with it, was dropped.
    package private(set) var recipients: [RecipientStatus]?

    package init(state: MessageState, recipients: [RecipientStatus]?) {
        (self.state, self.recipients) = (state, recipients)
    }

    /// What one report changed.
    package struct Effect: Sendable, Hashable {
        /// The position of the recipient that the report is about; nil when the message does not have it.
        package let recipient: Int?
        /// False when the report names an address that the message does not have, such as one that mail was forwarded to.
        package let isNamed: Bool
        /// False when the recipient had this state, or a higher one, before.
        package let isNews: Bool
    }

    /// Applies one report.
    ///
    /// An outcome that is not known any better than by the report is settled by it: an `uncertain` message was handed
    /// over when a service knows it. A message that failed or was withdrawn keeps its state.
    package mutating func apply(_ event: FeedbackEvent) -> Effect {
        let (position, isNamed) = position(of: event.recipient)
        return Effect(recipient: position, isNamed: isNamed, isNews: isNews(event, position))
    }

    private mutating func isNews(_ event: FeedbackEvent, _ position: Int?) -> Bool {
        guard state == .uncertain || state.wasTaken else { return true }
        if state == .uncertain { settle() }
        guard let outcome = event.kind.outcome else { return true }
        guard let all = recipients else {
            // Without addresses only what one recipient decides is known.
            guard (state.feedbackRank ?? 0) < (outcome.rank ?? 0) else { return false }
            if outcome != .delivered { state = outcome.messageState }
            return true
        }
        guard let position, let rank = all[position].state.rank, rank < outcome.rank ?? 0 else { return false }
        recipients?[position].state = outcome
        recipients?[position].detail = event.detail
        state = Self.state(of: recipients ?? [])
        return true
    }

    /// The message was handed over, as was every recipient without an outcome.
    private mutating func settle() {
        state = .sent
        guard let all = recipients else { return }
        recipients = all.map { status in
            var status = status
            if status.state == .pending { (status.state, status.detail) = (.sent, nil) }
            return status
        }
    }

    private static func state(of recipients: [RecipientStatus]) -> MessageState {
        let states = Set(recipients.map(\.state)).subtracting([.refused, .suppressed])
        if states.contains(.complained) { return .complained }
        if states.contains(.bounced) { return .bounced }
        return states == [.delivered] ? .delivered : .sent
    }

    /// A report that names no recipient, or one that the message does not have, is about its only one.
    private func position(of address: EmailAddress?) -> (position: Int?, isNamed: Bool) {
        guard let recipients else { return (nil, true) }
        let only = recipients.count == 1 ? 0 : nil
        guard let address else { return (only, true) }
        let canonical = address.canonical
        if let exact = recipients.firstIndex(where: { $0.address.canonical == canonical }) { return (exact, true) }
        // Services write the local part as they like, in lower case for example.
        let folded = canonical.lowercased()
        let similar = recipients.firstIndex { $0.address.canonical.lowercased() == folded }
        return similar.map { ($0, true) } ?? (only, false)
    }
}

extension FeedbackEvent.Kind {
    /// The state that it gives a recipient; nil when it gives none.
    package var outcome: RecipientStatus.State? {
        switch self {
        case .delivered: .delivered
        case .bounced: .bounced
        case .complained: .complained
        case .delayed, .opened, .clicked, .unsubscribed: nil
        }
    }

    /// The kind of the message's event.
    package var messageEvent: MessageEvent.Kind {
        switch self {
        case .delayed: .delayed
        case .delivered: .delivered
        case .bounced: .bounced
        case .complained: .complained
        case .opened: .opened
        case .clicked: .clicked
        case .unsubscribed: .unsubscribed
        }
    }

    package var bounceClass: BounceClass? { if case .bounced(let value) = self { value } else { nil } }
}

extension RecipientStatus.State {
    /// Nil for recipients that no provider took.
    fileprivate var rank: Int? {
        switch self {
        case .pending, .sent: 0
        case .delivered: 1
        case .bounced: 2
        case .complained: 3
        case .refused, .suppressed: nil
        }
    }

    fileprivate var messageState: MessageState {
        switch self {
        case .delivered: .delivered
        case .bounced: .bounced
        case .complained: .complained
        case .pending, .sent, .refused, .suppressed: .sent
        }
    }
}

extension MessageState {
    fileprivate var feedbackRank: Int? {
        switch self {
        case .sent: 0
        case .delivered: 1
        case .bounced: 2
        case .complained: 3
        default: nil
        }
    }
}
