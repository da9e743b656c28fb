// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

extension DispatchMachine.Item {
    var hasReachedSomebody: Bool { message.recipients.contains { $0.state == .sent } }
}

/// Computes the values that are written; changes no state.
extension DispatchMachine {
    func settlement(_ item: Item, _ state: MessageState, due: Timestamp? = nil, now: Timestamp) -> Settlement {
        Settlement(
            id: item.message.id,
            holder: holder,
            at: now,
            state: state,
            due: due,
            attempts: item.message.attempts,
            passes: item.message.passes,
            events: []
        )
    }

    func attempted(_ item: Item, at provider: String, _ detail: String) -> MessageEvent {
        MessageEvent(at: item.startedAt, kind: .attempted, provider: provider, detail: detail)
    }

    /// The event of an attempt, preceded by why mail that was not tried elsewhere did not go to an earlier provider.
    func attemptEvents(_ item: Item, at provider: String, _ detail: String) -> [MessageEvent] {
        let failover = item.passedOver.map { reason in
            MessageEvent(at: item.startedAt, kind: .failedOver, provider: provider, detail: reason)
        }
        return [failover, attempted(item, at: provider, detail)].compactMap(\.self)
    }

    /// Why mail goes to `name` and not to an earlier provider of the route; nil when there is none.
    func passedOver(_ routingKey: RoutingKey, _ needs: Capabilities, for name: String, now: Timestamp) -> String? {
        let ahead = settings.routes.via(routingKey).providers.prefix { $0 != name }
        let reasons = ahead.map { reason(against: $0, needs, now: now) }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    private func reason(against name: String, _ needs: Capabilities, now: Timestamp) -> String {
        guard let outlet = providers[name] else { return "\(name) is not configured" }
        if !outlet.health.isUsable { return outage(of: name) }
        if !needs.isSubset(of: outlet.entry.provider.capabilities) { return "\(name) cannot express this message" }
        if let held = outlet.health.heldUntil, held > now { return "\(name) asked for patience until \(held)" }
        return "\(name) is at its limit"
    }

    func refusal(
        of recipient: RecipientStatus,
        by provider: String,
        _ error: DeliveryError,
        now: Timestamp
    ) -> MessageEvent {
        let detail = "\(recipient.address): \(error.debugDescription)"
        return MessageEvent(at: now, kind: .recipientRefused, provider: provider, detail: detail)
    }

    func expired(_ item: Item, now: Timestamp) -> Settlement {
        var settlement = settlement(item, .expired, now: now)
        settlement.events = [MessageEvent(at: now, kind: .expired, detail: "its expires_at has passed")]
        return settlement
    }

    func park(_ item: Item, now: Timestamp) -> Settlement {
        var settlement = settlement(item, .parked, due: item.message.due, now: now)
        settlement.events = [MessageEvent(at: now, kind: .parked, detail: outage(of: item.message.routingKey))]
        return settlement
    }

    /// No usable provider of the route can express the message: waits for one that can, or fails when there is none.
    func incapable(_ item: Item, now: Timestamp) -> Settlement {
        let via = settings.routes.via(item.message.routingKey).providers
        let someCan = via.contains {
            providers[$0].map { item.needs.isSubset(of: $0.entry.provider.capabilities) } ?? false
        }
        if someCan { return park(item, now: now) }
        var settlement = settlement(item, .failed, now: now)
        let detail = "none of \(via.joined(separator: ", ")) can express this message"
        settlement.failure = MessageFailure(kind: "rejected", code: "gateway.incapable", detail: detail)
        settlement.events = [MessageEvent(at: now, kind: .failed, detail: detail)]
        return settlement
    }

    /// Why no mail of a routing key can go out, in one sentence.
    func outage(of routingKey: RoutingKey) -> String {
        let via = settings.routes.via(routingKey).providers
        guard !via.isEmpty else { return "no route leads to a provider" }
        return via.map { outage(of: $0) }.joined(separator: "; ")
    }

    private func outage(of name: String) -> String {
        guard let health = providers[name]?.health else { return "\(name) is not configured" }
        if health.isPaused { return "\(name) is paused" }
        return "\(name) is down\(health.reason.map { ": \($0)" } ?? "")"
    }

    /// The usage count to raise in the store; nil without a daily limit.
    func usage(_ provider: String, now: Timestamp) -> UsageDay? {
        // Reserved attempts are counted already.
        guard let outlet = providers[provider], outlet.entry.limits.perDay != nil, outlet.limiter.quota == nil else {
            return nil
        }
        return UsageDay(provider: provider, day: now.utcDay)
    }
}

/// The settlements of failed attempts.
extension DispatchMachine {
    /// The start of the detail of a failover after a failed attempt.
    static let afterFailure = "after "

    mutating func failed(
        _ item: inout Item,
        _ error: DeliveryError,
        at provider: String,
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        let wasHealthy = providers[provider]?.health.isHealthy ?? false
        providers[provider]?.health.failed(error, now: now)
        let events = attemptEvents(item, at: provider, error.debugDescription)
        item.passedOver = nil
        items[item.message.id] = item
        switch error.kind {
        case .rejected: return rejected(item, error, by: provider, events: events, now: now)
        case .uncertain:
            return uncertain(item, error, provider, counted: wasHealthy, events: events, now: now, chance: chance)
        case .rateLimited:
            // The same provider may get the message again when the wait turns out to be short.
            item.tried.remove(provider)
            items[item.message.id] = item
            return next(item, error, provider, counted: false, events: events, now: now, chance: chance)
        case .authentication, .misconfigured:
            return next(item, error, provider, counted: false, events: events, now: now, chance: chance)
        case .transient:
            return next(item, error, provider, counted: wasHealthy, events: events, now: now, chance: chance)
        }
    }

    /// Continues with the next provider of the pass, or ends the pass.
    private mutating func next(
        _ item: Item,
        _ error: DeliveryError,
        _ provider: String,
        counted: Bool,
        events: [MessageEvent],
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        let message = item.message
        switch choose(message.routingKey, priority: message.priority, needs: item.needs, tried: item.tried, now: now) {
        case .go(provider):
            // The service asked for a short wait: the message waits in the queue, where it can still be cancelled.
            let free = providers[provider]?.health.heldUntil ?? now
            return deferred(item, error, provider, until: max(free, now), counted: counted, events: events, now: now)
        case .go(let successor):
            var settlement = settlement(item, .sending, now: now)
            settlement.keepsLease = true
            settlement.attempts += counted ? 1 : 0
            settlement.provider = provider
            settlement.failure = MessageFailure(error)
            settlement.usage = usage(provider, now: now)
            settlement.events = events
            settlement.events.append(
                MessageEvent(at: now, kind: .failedOver, provider: successor, detail: "\(Self.afterFailure)\(error)")
            )
            items[message.id]?.successor = successor
            failovers[Failover(from: provider, to: successor), default: 0] += 1
            return settlement
        case .later(let free):
            return deferred(item, error, provider, until: free, counted: counted, events: events, now: now)
        case .park:
            var settlement = park(item, now: now)
            settlement.attempts += counted ? 1 : 0
            settlement.failure = MessageFailure(error)
            settlement.provider = provider
            settlement.usage = usage(provider, now: now)
            settlement.events = events + settlement.events
            return settlement
        case .exhausted:
            return retry(item, error, provider: provider, counted: counted, events: events, now: now, chance: chance)
        }
    }

    /// Leaves the message in the store until a rate limit allows it.
    private func deferred(
        _ item: Item,
        _ error: DeliveryError,
        _ provider: String,
        until free: Timestamp,
        counted: Bool,
        events: [MessageEvent],
        now: Timestamp
    ) -> Settlement {
        var settlement = settlement(item, .queued, due: free, now: now)
        settlement.attempts += counted ? 1 : 0
        settlement.failure = MessageFailure(error)
        settlement.provider = provider
        settlement.usage = usage(provider, now: now)
        let detail = "waits for a rate limit until \(free)"
        settlement.events = events + [MessageEvent(at: now, kind: .deferred, provider: provider, detail: detail)]
        return settlement
    }

    /// Ends a pass: the message is retried after a delay, or fails when it is too old.
    func retry(
        _ item: Item,
        _ error: DeliveryError,
        provider: String?,
        counted: Bool,
        events: [MessageEvent],
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        var settlement = settlement(item, .queued, now: now)
        settlement.attempts += counted ? 1 : 0
        settlement.passes += 1
        settlement.provider = provider
        settlement.failure = MessageFailure(error)
        settlement.usage = provider.flatMap { usage($0, now: now) }
        if now - item.message.agedFrom > settings.retry.giveUpAfter {
            settlement.state = item.hasReachedSomebody ? .sent : .failed
            settlement.recipients = item.message.recipients.map { recipient in
                var recipient = recipient
                if recipient.state == .pending {
                    (recipient.state, recipient.detail) = (.refused, error.debugDescription)
                }
                return recipient
            }
            let detail = "given up after \(settings.retry.giveUpAfter.milliseconds / 1000) s: \(error.debugDescription)"
            settlement.events = events + [MessageEvent(at: now, kind: .failed, provider: provider, detail: detail)]
            return settlement
        }
        let due = now + settings.retry.delay(afterPass: settlement.passes, chance: chance)
        settlement.due = due
        settlement.events =
            events + [MessageEvent(at: now, kind: .deferred, provider: provider, detail: "tried again at \(due)")]
        return settlement
    }

    private func rejected(
        _ item: Item,
        _ error: DeliveryError,
        by provider: String,
        events: [MessageEvent],
        now: Timestamp
    ) -> Settlement {
        var recipients = item.message.recipients
        var events = events
        for index in recipients.indices where recipients[index].state == .pending {
            recipients[index].state = .refused
            recipients[index].detail = error.debugDescription
            events.append(refusal(of: recipients[index], by: provider, error, now: now))
        }
        let kind: MessageEvent.Kind = item.hasReachedSomebody ? .sent : .failed
        var settlement = settlement(item, item.hasReachedSomebody ? .sent : .failed, now: now)
        settlement.attempts += 1
        settlement.provider = provider
        settlement.failure = MessageFailure(error)
        settlement.recipients = recipients
        settlement.usage = usage(provider, now: now)
        settlement.events = events + [MessageEvent(at: now, kind: kind, provider: provider, detail: error.code)]
        return settlement
    }

    private mutating func uncertain(
        _ item: Item,
        _ error: DeliveryError,
        _ provider: String,
        counted: Bool,
        events: [MessageEvent],
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        let event = MessageEvent(at: now, kind: .uncertain, provider: provider, detail: error.debugDescription)
        if settings.whenUncertain[item.message.priority] == .resend {
            // Sent again like any failed attempt: at once by the next provider, or after a delay.
            return next(item, error, provider, counted: counted, events: events + [event], now: now, chance: chance)
        }
        var settlement = settlement(item, .uncertain, now: now)
        settlement.attempts += counted ? 1 : 0
        settlement.provider = provider
        settlement.failure = MessageFailure(error)
        settlement.usage = usage(provider, now: now)
        settlement.events = events + [event]
        return settlement
    }
}
