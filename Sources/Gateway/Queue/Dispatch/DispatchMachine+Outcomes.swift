// SPDX-License-Identifier: Apache-2.0

/// How an attempt ended, as the shell saw it.
enum AttemptResult: Sendable {
    case accepted(Receipt)
    case failed(DeliveryError)
    /// All recipients that were left are on the suppression list.
    case suppressed([RecipientStatus])
    /// The message cannot be rendered or put together, now or ever.
    case unbuildable(MessageFailure)
    /// Its sender withdrew it at hand-over.
    case discarded(String)
    /// What its sender binds late cannot be had now; says nothing about the provider.
    case unbound(DeliveryError)
    /// The lease is gone: cancelled or taken over.
    case lost
    /// The gateway is stopping and nothing was handed over.
    case interrupted
}

extension DispatchMachine {
    /// Takes the result of an attempt; `chance` is a random number in 0..<1 for the jitter.
    ///
    /// - Returns: What to write; the slot stays taken until ``stored(_:)``. Nil when there is nothing to write.
    mutating func finished(
        _ id: String,
        with result: AttemptResult,
        recipients: [RecipientStatus]? = nil,
        now: Timestamp,
        chance: Double
    ) -> Settlement? {
        guard var item = items[id], case .running(let provider) = item.phase else { return nil }
        if let recipients { item.message.recipients = recipients }
        items[id] = item
        switch result {
        case .lost:
            free(id)
            return nil
        case .interrupted: return settlement(item, .queued, due: item.message.due, now: now)
        case .accepted(let receipt): return accepted(item, receipt, by: provider, now: now, chance: chance)
        case .failed(let error): return failed(&item, error, at: provider, now: now, chance: chance)
        case .unbound(let error):
            return retry(item, error, provider: nil, counted: false, events: [], now: now, chance: chance)
        case .suppressed(let recipients):
            var settlement = settlement(item, .suppressed, now: now)
            settlement.recipients = recipients
            settlement.events = [MessageEvent(at: now, kind: .suppressed)]
            return settlement
        case .unbuildable(let failure):
            var settlement = settlement(item, .failed, now: now)
            settlement.failure = failure
            settlement.events = [MessageEvent(at: now, kind: .failed, detail: "\(failure.code): \(failure.detail)")]
            return settlement
        case .discarded(let reason):
            var settlement = settlement(item, .discarded, now: now)
            settlement.events = [MessageEvent(at: now, kind: .discarded, detail: reason)]
            return settlement
        }
    }

    /// Takes the news that a settlement is on disk: the slot is free, and a successor gets its turn.
    mutating func stored(_ settlement: Settlement) {
        let id = settlement.id
        guard let item = items[id] else { return }
        guard settlement.keepsLease else {
            free(id)
            let key = QueueKey(stream: item.message.stream, lane: item.message.lane)
            if settlement.state == .queued, let due = settlement.due { noteStored(key, due: due) }
            if settlement.state == .parked { parked.insert(key.stream) }
            return
        }
        if case .running(let provider) = item.phase { providers[provider]?.running -= 1 }
        items[id]?.message.attempts = settlement.attempts
        if let recipients = settlement.recipients { items[id]?.message.recipients = recipients }
        items[id]?.successor = nil
        items[id]?.phase = .leaving
        unsettled.append(id)
    }

    /// Forgets a message and gives its slot back.
    private mutating func free(_ id: String) {
        guard let item = items.removeValue(forKey: id) else { return }
        if case .running(let provider) = item.phase { release(provider) }
    }

    private mutating func release(_ provider: String) {
        providers[provider]?.running -= 1
        let isGone = !settings.providers.contains { $0.name == provider }
        if isGone && providers[provider]?.running == 0 { providers[provider] = nil }
    }

    // What follows from each outcome

    private mutating func accepted(
        _ item: Item,
        _ receipt: Receipt,
        by provider: String,
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        providers[provider]?.health.succeeded(now: now)
        providers[provider]?.lastSent = now
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
                events.append(refusal(of: recipients[index], by: provider, error, now: now))
            }
        }
        var settlement = settlement(item, .sent, now: now)
        settlement.attempts += 1
        settlement.provider = provider
        settlement.providerMessageID = receipt.id
        settlement.usage = usage(provider, now: now)
        if recipients.contains(where: { $0.state == .pending }) {
            settle(remaining: &recipients, of: item, &settlement, &events, provider, now: now, chance: chance)
        } else {
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: receipt.id))
        }
        settlement.recipients = recipients
        settlement.events = events
        return settlement
    }

    /// Some recipients were put off: they are tried again alone, until the message grows too old.
    private func settle(
        remaining recipients: inout [RecipientStatus],
        of item: Item,
        _ settlement: inout Settlement,
        _ events: inout [MessageEvent],
        _ provider: String,
        now: Timestamp,
        chance: Double
    ) {
        if now - item.message.agedFrom > settings.retry.giveUpAfter {
            for index in recipients.indices where recipients[index].state == .pending {
                recipients[index].state = .refused
            }
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: "some recipients given up"))
            return
        }
        settlement.state = .queued
        settlement.passes += 1
        let delay = settings.retry.delay(afterPass: settlement.passes, chance: chance)
        settlement.due = now + delay
        let left = recipients.count { $0.state == .pending }
        events.append(
            MessageEvent(at: now, kind: .deferred, provider: provider, detail: "\(left) recipients are tried again")
        )
    }
}
