// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// Computes what is written of a message; changes no state.
struct SettlementRules: Sendable {
    /// A failed attempt, as it is written.
    struct FailedAttempt {
        let error: DeliveryError
        /// Nil when no provider was asked.
        let provider: String?
        /// False when the failure says nothing about the message.
        let isCounted: Bool
        var events: [MessageEvent]
        let usage: UsageDay?
    }

    /// The start of the detail of a failover after a failed attempt.
    static let afterFailure = "after "

    private let holder: LeaseHolder
    private let retry: RetryPolicy
    private let now: Timestamp

    init(holder: LeaseHolder, retry: RetryPolicy, now: Timestamp) {
        self.holder = holder
        self.retry = retry
        self.now = now
    }

    func settlement(
        _ item: DispatchItem,
        _ state: MessageState,
        due: Timestamp? = nil,
        _ event: MessageEvent.Kind? = nil,
        _ detail: String? = nil
    ) -> Settlement {
        Settlement(
            id: item.message.id,
            holder: holder,
            at: now,
            state: state,
            due: due,
            attempts: item.message.attempts,
            passes: item.message.passes,
            events: event.map { [MessageEvent(at: now, kind: $0, detail: detail)] } ?? []
        )
    }

    // Before an attempt

    func expired(_ item: DispatchItem) -> Settlement {
        settlement(item, .expired, .expired, "its expires_at has passed")
    }

    /// The message waits in the store until a rate limit allows it.
    func limited(_ item: DispatchItem, until free: Timestamp) -> Settlement {
        settlement(item, .queued, due: free, .deferred, Self.limitText(free))
    }

    func parked(_ item: DispatchItem, because outage: String) -> Settlement {
        settlement(item, .parked, due: item.message.due, .parked, outage)
    }

    /// No provider of the route can carry the message.
    func incapable(_ item: DispatchItem, _ via: [String]) -> Settlement {
        let detail = "none of \(via.joined(separator: ", ")) can carry this message"
        var settlement = settlement(item, .failed, .failed, detail)
        settlement.failure = MessageFailure(kind: "rejected", code: "gateway.incapable", detail: detail)
        return settlement
    }

    func suppressed(_ item: DispatchItem, _ recipients: [RecipientStatus]) -> Settlement {
        var settlement = settlement(item, .suppressed, .suppressed)
        settlement.recipients = recipients
        return settlement
    }

    func unbuildable(_ item: DispatchItem, _ failure: MessageFailure) -> Settlement {
        var settlement = settlement(item, .failed, .failed, "\(failure.code): \(failure.detail)")
        settlement.failure = failure
        return settlement
    }

    // An attempt that was accepted

    /// `usage` is the count to raise, and `chance` a random number in 0..<1 for the jitter of a retry.
    func accepted(
        _ item: DispatchItem,
        _ receipt: Receipt,
        by provider: String,
        usage: UsageDay?,
        chance: Double
    ) -> Settlement {
        let refused = Dictionary(receipt.refusals.map { ($0.address, $0.error) }) { first, _ in first }
        var recipients = item.message.recipients
        var events = attemptEvents(item, at: provider, "accepted")
        for index in recipients.indices where recipients[index].state == .pending {
            guard let error = refused[recipients[index].address] else {
                (recipients[index].state, recipients[index].detail) = (.sent, nil)
                continue
            }
            recipients[index].detail = error.debugDescription
            if error.kind == .rejected {
                recipients[index].state = .refused
                events.append(refusal(of: recipients[index], by: provider, error))
            }
        }
        events += receipt.refusalNote.map { [refusal($0, by: provider)] } ?? []
        var settlement = settlement(item, .sent)
        settlement.attempts += 1
        settlement.provider = provider
        settlement.providerMessageID = receipt.id
        settlement.usage = usage
        if recipients.contains(where: { $0.state == .pending }) {
            settle(remaining: &recipients, of: item, &settlement, &events, provider, chance)
        } else {
            let words = [receipt.id, receipt.detail].compactMap(\.self)
            let detail = words.isEmpty ? nil : words.joined(separator: "; ")
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: detail))
        }
        settlement.recipients = recipients
        settlement.events = events
        return settlement
    }

    /// Settles a message with deferred recipients: only those are retried, until the message is too old.
    private func settle(
        remaining recipients: inout [RecipientStatus],
        of item: DispatchItem,
        _ settlement: inout Settlement,
        _ events: inout [MessageEvent],
        _ provider: String,
        _ chance: Double
    ) {
        if isTooOld(item) {
            for index in recipients.indices where recipients[index].state == .pending {
                recipients[index].state = .refused
            }
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: "some recipients given up"))
            return
        }
        settlement.state = .queued
        settlement.passes += 1
        settlement.due = now + retry.delay(afterPass: settlement.passes, chance: chance)
        let left = recipients.count { $0.state == .pending }
        events.append(
            MessageEvent(at: now, kind: .deferred, provider: provider, detail: "\(left) recipients are tried again")
        )
    }

    // An attempt that failed

    /// The next provider of the route takes over in the same pass.
    func handedOn(_ item: DispatchItem, _ attempt: FailedAttempt, to successor: String) -> Settlement {
        let detail = "\(Self.afterFailure)\(attempt.error)"
        var settlement = settlement(
            item,
            .queued,
            after: attempt,
            MessageEvent(at: now, kind: .failedOver, provider: successor, detail: detail)
        )
        settlement.keepsLease = true
        return settlement
    }

    /// The message waits in the store until a rate limit allows it.
    func deferred(_ item: DispatchItem, _ attempt: FailedAttempt, until free: Timestamp) -> Settlement {
        settlement(
            item,
            .queued,
            due: free,
            after: attempt,
            MessageEvent(at: now, kind: .deferred, provider: attempt.provider, detail: Self.limitText(free))
        )
    }

    func parked(_ item: DispatchItem, _ attempt: FailedAttempt, because outage: String) -> Settlement {
        settlement(
            item,
            .parked,
            due: item.message.due,
            after: attempt,
            MessageEvent(at: now, kind: .parked, detail: outage)
        )
    }

    /// Ends a pass: the message is retried after a delay, or fails when it is too old.
    func retried(_ item: DispatchItem, _ attempt: FailedAttempt, chance: Double) -> Settlement {
        let passes = item.message.passes + 1
        let due = now + retry.delay(afterPass: passes, chance: chance)
        var settlement =
            isTooOld(item)
            ? givenUp(item, attempt)
            : settlement(
                item,
                .queued,
                due: due,
                after: attempt,
                MessageEvent(at: now, kind: .deferred, provider: attempt.provider, detail: "tried again at \(due)")
            )
        settlement.passes = passes
        return settlement
    }

    private func givenUp(_ item: DispatchItem, _ attempt: FailedAttempt) -> Settlement {
        let error = attempt.error.debugDescription
        let detail = "given up after \(retry.giveUpAfter.milliseconds / 1000) s: \(error)"
        var settlement = settlement(
            item,
            item.hasRecipientWithMail ? .sent : .failed,
            after: attempt,
            MessageEvent(at: now, kind: .failed, provider: attempt.provider, detail: detail)
        )
        settlement.recipients = item.message.recipients.map { recipient in
            var recipient = recipient
            if recipient.state == .pending { (recipient.state, recipient.detail) = (.refused, error) }
            return recipient
        }
        return settlement
    }

    /// The provider refuses the message for good; the attempt counts always.
    func rejected(_ item: DispatchItem, _ attempt: FailedAttempt, by provider: String) -> Settlement {
        var recipients = item.message.recipients
        var attempt = attempt
        for index in recipients.indices where recipients[index].state == .pending {
            recipients[index].state = .refused
            recipients[index].detail = attempt.error.debugDescription
            attempt.events.append(refusal(of: recipients[index], by: provider, attempt.error))
        }
        let kind: MessageEvent.Kind = item.hasRecipientWithMail ? .sent : .failed
        var settlement = settlement(
            item,
            item.hasRecipientWithMail ? .sent : .failed,
            after: attempt,
            MessageEvent(at: now, kind: kind, provider: provider, detail: attempt.error.code)
        )
        settlement.attempts = item.message.attempts + (attempt.error.scope == .capability ? 0 : 1)
        settlement.recipients = recipients
        return settlement
    }

    /// It is not known whether the provider took the message; an operator decides.
    func uncertain(_ item: DispatchItem, _ attempt: FailedAttempt) -> Settlement {
        settlement(item, .uncertain, after: attempt, uncertainty(attempt))
    }

    func uncertainty(_ attempt: FailedAttempt) -> MessageEvent {
        MessageEvent(at: now, kind: .uncertain, provider: attempt.provider, detail: attempt.error.debugDescription)
    }

    /// The event of an attempt, preceded by why mail that was not tried elsewhere did not go to an earlier provider.
    func attemptEvents(_ item: DispatchItem, at provider: String, _ detail: String) -> [MessageEvent] {
        let failover = item.passedOver.map { reason in
            MessageEvent(at: item.startedAt, kind: .failedOver, provider: provider, detail: reason)
        }
        let attempt = MessageEvent(at: item.startedAt, kind: .attempted, provider: provider, detail: detail)
        return [failover, attempt].compactMap(\.self)
    }

    private func settlement(
        _ item: DispatchItem,
        _ state: MessageState,
        due: Timestamp? = nil,
        after attempt: FailedAttempt,
        _ event: MessageEvent
    ) -> Settlement {
        var settlement = settlement(item, state, due: due)
        settlement.attempts += attempt.isCounted ? 1 : 0
        settlement.failure = MessageFailure(attempt.error)
        settlement.provider = attempt.provider
        settlement.usage = attempt.usage
        settlement.events = attempt.events + [event]
        return settlement
    }

    private func refusal(of recipient: RecipientStatus, by provider: String, _ error: DeliveryError) -> MessageEvent {
        refusal("\(recipient.address): \(error.debugDescription)", by: provider)
    }

    private func refusal(_ detail: String, by provider: String) -> MessageEvent {
        MessageEvent(at: now, kind: .recipientRefused, provider: provider, detail: detail)
    }

    private func isTooOld(_ item: DispatchItem) -> Bool { now - item.message.agedFrom > retry.giveUpAfter }

    private static func limitText(_ free: Timestamp) -> String { "waits for a rate limit until \(free)" }
}
