// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery

/// Reports the state of the machine.
extension DispatchMachine {
    func statuses(now: Timestamp) -> [ProviderStatus] {
        settings.providers.compactMap { pool.status(of: $0.name, now: now) }
    }

    func explain(_ record: MessageRecord, now: Timestamp) -> Explanation {
        let routingKey =
            record.request?.routingKey ?? RoutingKey(brand: record.brand, category: record.category, pin: nil)
        let (via, rule) = settings.routes.via(routingKey)
        var explanation = Explanation(
            rule: describe(rule, routingKey),
            via: via,
            provider: record.provider,
            why: "",
            next: nil,
            nextAt: nil
        )
        switch record.state {
        case .queued: explainWaiting(record, routingKey, &explanation, now: now)
        case .scheduled:
            explanation.why = "it is not to be sent before \(record.due ?? now)"
            (explanation.next, explanation.nextAt) = ("it joins the queue", record.due)
        case .parked:
            explanation.why = "none of its providers is up: \(outage(of: routingKey))"
            explanation.next = "it is released as soon as one is back; attempts and age are not counted until then"
        case .sending:
            explanation.why = "it is being handed to \(record.provider ?? "a provider")"
            explanation.next = "its outcome is written"
        case .sent, .delivered, .bounced, .complained:
            explanation.why = "\(record.provider ?? "a provider") took it\(record.detour)"
        case .uncertain:
            explanation.why = "it was handed over and no answer came: \(record.failure?.detail ?? "")"
            explanation.next = "nothing, until an operator says `retry` or `cancel`"
        default:
            explanation.why =
                record.failure.map { "\($0.kind) (\($0.code)): \($0.detail)" } ?? "it is \(record.state.rawValue)"
        }
        return explanation
    }

    private func explainWaiting(
        _ record: MessageRecord,
        _ routingKey: RoutingKey,
        _ explanation: inout Explanation,
        now: Timestamp
    ) {
        if let due = record.due, due > now {
            explanation.why = record.failure.map { "the last try failed: \($0.detail)" } ?? "it is due later"
            (explanation.next, explanation.nextAt) = ("it is tried again", due)
            return
        }
        switch choose(routingKey, priority: record.priority, needs: record.request?.needs ?? MessageNeeds(), now: now) {
        case .go(let name):
            explanation.provider = name
            let detour =
                passedOver(routingKey, record.request?.needs ?? MessageNeeds(), for: name, now: now).map { "; \($0)" }
                ?? ""
            explanation.why = "it waits for its turn at \(name)\(detour)"
            (explanation.next, explanation.nextAt) = ("it is sent by \(name)", now)
        case .later(let free):
            explanation.why = "every provider it may use is at a rate limit"
            (explanation.next, explanation.nextAt) = ("it is sent when the limit allows", free)
        case .park, .exhausted:
            explanation.why = "none of its providers can take it now: \(outage(of: routingKey))"
            explanation.next = "it is parked until one is back"
        }
    }

    private func describe(_ rule: Int?, _ routingKey: RoutingKey) -> String {
        if let pin = routingKey.pin { return "pinned to \(pin) by the sender" }
        guard let rule else { return "no route matches" }
        let route = settings.routes.routes[rule]
        let parts = [route.brand.map { "brand \($0)" }, route.category.map { "category \($0)" }].compactMap { $0 }
        return "route \(rule + 1): \(parts.isEmpty ? "any mail" : parts.joined(separator: ", "))"
    }
}

extension MessageRecord {
    /// Why an earlier provider of the route did not carry a sent message, according to its last failover; empty when
    /// it did.
    fileprivate var detour: String {
        guard let failover = events.last(where: { $0.kind == .failedOver }), let reason = failover.detail else {
            return ""
        }
        guard reason.hasPrefix(SettlementRules.afterFailure) else { return "; passed over: \(reason)" }
        let tried = events.last { event in
            event.kind == .attempted && event.provider != failover.provider && event.at <= failover.at
        }
        return "; \(tried?.provider ?? "another") was tried before it: \(tried?.detail ?? reason)"
    }
}

/// Reports on the queue from the store and the settings, for a process that does not send.
///
/// The circuits are those that running gateways have reported. When no gateway runs, ``explain(_:)`` takes every
/// provider that is not paused as up.
package struct OfflineReport: Sendable {
    /// The known state of a provider.
    package struct KnownStatus: Sendable, Hashable {
        package var status: ProviderStatus
        /// The number of running gateways that report this state; 0 when no gateway runs.
        package var gateways: Int
        /// False when the state is unknown because no gateway runs.
        package var isKnown: Bool { gateways > 0 || status.state == .paused }
    }

    private let machine: DispatchMachine
    private let reports: [String: [ProviderReport]]
    private let now: Timestamp

    package init(
        settings: DeliverySettings,
        usage: [String: Int],
        paused: Set<String>,
        reports: [ProviderReport] = [],
        now: Timestamp
    ) {
        var machine = DispatchMachine(
            settings: settings,
            holder: LeaseHolder(number: 0),
            usage: usage,
            paused: paused,
            startsServices: false,
            now: now
        )
        self.reports = Dictionary(grouping: reports, by: \.provider)
        for worst in self.reports.values.compactMap(\.worst) { machine.take(worst, now: now) }
        self.machine = machine
        self.now = now
    }

    package func explain(_ record: MessageRecord) -> Explanation { machine.explain(record, now: now) }

    package func statuses() -> [KnownStatus] {
        machine.statuses(now: now).map { status in
            let reports = reports[status.name] ?? []
            var known = KnownStatus(status: status, gateways: reports.count)
            guard let worst = reports.worst, status.state != .paused else { return known }
            (known.status.state, known.status.since, known.status.until) = (worst.state, worst.since, worst.until)
            (known.status.reason, known.status.remedy) = (worst.reason, worst.remedy)
            known.status.probe = worst.probe
            known.status.running = reports.reduce(0) { $0 + $1.running }
            known.status.waiting = reports.reduce(0) { $0 + $1.waiting }
            known.status.lastSent = reports.compactMap(\.lastSent).max()
            return known
        }
    }
}

extension [ProviderReport] {
    /// The report of the gateway with the worst view of the provider.
    fileprivate var worst: ProviderReport? {
        let order: [ProviderStatus.State] = [.up, .limited, .halfOpen, .paused, .open, .down]
        return self.max { (order.firstIndex(of: $0.state) ?? 0) < (order.firstIndex(of: $1.state) ?? 0) }
    }
}

extension DispatchMachine {
    /// Applies a gateway's report on a provider.
    fileprivate mutating func take(_ report: ProviderReport, now: Timestamp) {
        let circuit: ProviderFinding.Circuit =
            switch report.state {
            case .down: .down
            case .open: .open
            case .up, .paused, .halfOpen, .limited: .closed
            }
        let finding = ProviderFinding(
            circuit: circuit,
            heldUntil: report.state == .limited ? report.until : nil,
            reason: report.reason,
            remedy: report.remedy
        )
        adopt(finding, of: report.provider, now: now)
    }
}
