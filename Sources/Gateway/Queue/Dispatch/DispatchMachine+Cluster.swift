// SPDX-License-Identifier: Apache-2.0
import Basics

/// Exchanges provider health and reservations with other gateways.
extension DispatchMachine {
    /// Publishes findings of this gateway that changed since the last call.
    mutating func publishHealth(now: Timestamp, _ actions: inout [Action]) {
        guard share != nil else { return }
        for (name, outlet) in providers {
            let finding = outlet.health.finding
            guard finding != outlet.found else { continue }
            providers[name]?.found = finding
            let hasTurned = finding.circuit != outlet.found.circuit && finding.circuit != outlet.common.circuit
            let isHeldLonger = (finding.heldUntil ?? now) > max(outlet.common.heldUntil ?? now, now)
            guard hasTurned || isHeldLonger else { continue }
            providers[name]?.common = finding
            actions.append(.tell(finding, provider: name))
        }
    }

    /// Applies the findings of other gateways.
    mutating func heard(_ verdicts: [SharedHealth], now: Timestamp) {
        for verdict in verdicts {
            let name = verdict.provider
            guard let outlet = providers[name], verdict.version != outlet.version else { continue }
            providers[name]?.version = verdict.version
            guard verdict.gateway != holder else { continue }
            providers[name]?.common = verdict.finding
            providers[name]?.health.adopt(verdict.finding, now: now)
            // An adopted finding is not this gateway's own and is not published again.
            if let found = providers[name]?.health.finding { providers[name]?.found = found }
        }
    }

    /// Requests the attempts of this day that the waiting mail needs.
    mutating func reserveAttempts(now: Timestamp, _ actions: inout [Action]) {
        guard share != nil else { return }
        for name in providers.keys {
            guard let waiting = providers[name]?.waitingCount, waiting > 0,
                let wanted = providers[name]?.limiter.reservation(waiting: waiting, now: now)
            else { continue }
            let usage = UsageDay(provider: name, day: now.utcDay)
            actions.append(.reserve(count: wanted.count, usage, limit: wanted.limit))
        }
    }

    /// Applies the answer to a reservation; nil when the store did not answer.
    mutating func reserved(_ grant: UsageGrant?, asked: Int, of usage: UsageDay, now: Timestamp) {
        providers[usage.provider]?.limiter.reserved(grant, asked: asked, day: usage.day, now: now)
        // Mail beyond the granted attempts goes to another provider, or back to the store.
        guard let grant, grant.count < asked else { return }
        withdraw(from: usage.provider, keeping: providers[usage.provider]?.limiter.quota?.left ?? 0)
    }

    /// The reserved attempts that will not be used.
    mutating func releaseReservation(now: Timestamp) -> [UsageDay: Int] {
        var unused: [UsageDay: Int] = [:]
        for name in providers.keys {
            let count = providers[name]?.limiter.releaseReservation(now: now) ?? 0
            if count > 0 { unused[UsageDay(provider: name, day: now.utcDay)] = count }
        }
        return unused
    }

    /// Withdraws the messages that wait for a provider, except the first `count`, highest priority first.
    private mutating func withdraw(from provider: String, keeping count: Int) {
        var kept = count
        for priority in Priority.allCases.map(\.rawValue) {
            guard let queue = providers[provider]?.waiting[priority], !queue.isEmpty else { continue }
            let ids = Array(queue)
            let stay = min(kept, ids.count)
            kept -= stay
            providers[provider]?.waiting[priority].removeAll()
            for id in ids.prefix(stay) { providers[provider]?.waiting[priority].append(id) }
            unsettled.append(contentsOf: ids.dropFirst(stay))
        }
    }
}
