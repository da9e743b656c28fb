// SPDX-License-Identifier: Apache-2.0

extension DispatchMachine.Item {
    var hasReachedSomebody: Bool { message.recipients.contains { $0.state == .sent } }
}

/// The values that are written; no state is changed here.
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

    /// The event of an attempt; before it, why mail that was not tried elsewhere did not go to an earlier provider.
    func attemptEvents(_ item: Item, at provider: String, _ detail: String) -> [MessageEvent] {
        let failover = item.passedOver.map { reason in
            MessageEvent(at: item.startedAt, kind: .failedOver, provider: provider, detail: reason)
        }
        return [failover, attempted(item, at: provider, detail)].compactMap(\.self)
    }

    /// Why mail goes to `name` and not to a provider ahead of it in the route; nil when there is none.
    func passedOver(_ stream: Stream, _ needs: Capabilities, for name: String, now: Timestamp) -> String? {
        let ahead = settings.routes.via(stream).providers.prefix { $0 != name }
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
        settlement.events = [MessageEvent(at: now, kind: .parked, detail: outage(of: item.message.stream))]
        return settlement
    }

    /// No provider of the route that is up can express the message: wait for one that can, or say that there is none.
    func incapable(_ item: Item, now: Timestamp) -> Settlement {
        let via = settings.routes.via(item.message.stream).providers
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

    /// Why nothing of a stream can go out, in one sentence.
    func outage(of stream: Stream) -> String {
        let via = settings.routes.via(stream).providers
        guard !via.isEmpty else { return "no route leads to a provider" }
        return via.map { outage(of: $0) }.joined(separator: "; ")
    }

    private func outage(of name: String) -> String {
        guard let health = providers[name]?.health else { return "\(name) is not configured" }
        if health.isPaused { return "\(name) is paused" }
        return "\(name) is down\(health.reason.map { ": \($0)" } ?? "")"
    }

    /// The count to raise in the store; only where a daily limit is kept.
    func usage(_ provider: String, now: Timestamp) -> UsageDay? {
        // What was reserved is counted already.
        guard let outlet = providers[provider], outlet.entry.limits.perDay != nil, outlet.limiter.quota == nil else {
            return nil
        }
        return UsageDay(provider: provider, day: now.utcDay)
    }
}
