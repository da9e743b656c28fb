// SPDX-License-Identifier: Apache-2.0

/// What the store and the settings tell of the queue, for a process that does not send.
///
/// The circuits are those that the running gateways have reported. Where none runs, every provider that is not paused counts as up in
/// ``explain(_:)``.
package struct OfflineReport: Sendable {
    /// A provider as far as it is known here.
    package struct KnownStatus: Sendable, Hashable {
        package var status: ProviderStatus
        /// How many running gateways say so; 0 when no gateway runs.
        package var gateways: Int
        /// False when only a running gateway could tell the state, and none runs.
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
    /// The report of the gateway that can use the provider least.
    fileprivate var worst: ProviderReport? {
        let order: [ProviderStatus.State] = [.up, .limited, .halfOpen, .paused, .open, .down]
        return self.max { (order.firstIndex(of: $0.state) ?? 0) < (order.firstIndex(of: $1.state) ?? 0) }
    }
}

extension DispatchMachine {
    /// Takes what a gateway reports of a provider.
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
        providers[report.provider]?.health.adopt(finding, now: now)
    }
}
