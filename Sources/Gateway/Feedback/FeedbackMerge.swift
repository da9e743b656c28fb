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
        /// False when the recipient had this state, or a higher one, before.
        package let isNews: Bool
    }

    /// Applies one report.
    ///
    /// An outcome that is not known any better than by the report is settled by it: an `uncertain` message was handed
    /// over when a service knows it. A message that failed or was withdrawn keeps its state.
    package mutating func apply(_ event: FeedbackEvent) -> Effect {
        let position = position(of: event.recipient)
        guard state == .uncertain || state.wasTaken else { return Effect(recipient: position, isNews: true) }
        if state == .uncertain { settle() }
        guard let outcome = event.kind.outcome else { return Effect(recipient: position, isNews: true) }
        guard let all = recipients else {
            // Without addresses only what one recipient decides is known.
            let isNews = outcome != .delivered && (state.feedbackRank ?? 0) < (outcome.rank ?? 0)
            if isNews { state = outcome.messageState }
            return Effect(recipient: nil, isNews: true)
        }
        guard let position, let rank = all[position].state.rank, rank < outcome.rank ?? 0 else {
            return Effect(recipient: position, isNews: false)
        }
        recipients?[position].state = outcome
        recipients?[position].detail = event.detail
        state = Self.state(of: recipients ?? [])
        return Effect(recipient: position, isNews: true)
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
    private func position(of address: EmailAddress?) -> Int? {
        guard let recipients else { return nil }
        if let address {
            let canonical = address.canonical
            if let exact = recipients.firstIndex(where: { $0.address.canonical == canonical }) { return exact }
            // Services write the local part as they like, in lower case for example.
            let folded = canonical.lowercased()
            if let similar = recipients.firstIndex(where: { $0.address.canonical.lowercased() == folded }) {
                return similar
            }
        }
        return recipients.count == 1 ? 0 : nil
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
