// SPDX-License-Identifier: Apache-2.0
import JSON

/// What a gateway sees of each trouble.
extension Watchdog {
    /// A store that hiccups is no news.
    static let storePatience = Duration.seconds(10)
    /// Mail that is due waits so long, although a provider is up and took nothing.
    static let standstill = Duration.seconds(300)
    /// Fewer failures are the business of their senders.
    static let failuresToTell = 10

    func allSymptoms(now: Timestamp) -> [Symptom] {
        outages + misconfigurations(now: now) + limits(now: now) + failoverSymptoms(now: now)
            + tokenSymptoms(now: now) + queueSymptoms(now: now)
            + [manyFailures(now: now), nothingSent(now: now), uncertainMail(now: now), storeGone(now: now)].compactMap {
                $0
            }
            + observation.canaries.compactMap { canary($0.key, $0.value, now: now) } + observation.reported
    }

    private func failoverSymptoms(now: Timestamp) -> [Symptom] {
        failovers.compactMap { failover, last -> Symptom? in
            guard now - last.at < Self.failoverMemory, grantGoneAt[failover.from].map({ $0 < last.at }) ?? true else {
                return nil
            }
            let status = observation.providers.first { $0.name == failover.from }
            return Symptom(
                EpisodeKey(failover),
                .warning,
                since: last.at,
                title: "Mail fails over from \(failover.from) to \(failover.to)",
                reason: status?.reason,
                remedy: status?.remedy ?? Self.check(failover.from),
                details: JSONObject([("from", .string(failover.from)), ("to", .string(failover.to))])
            )
        }
    }

    private func queueSymptoms(now: Timestamp) -> [Symptom] {
        Lane.allCases.compactMap { lane -> Symptom? in
            let waiting = (observation.depths ?? []).filter { depth in
                depth.lane == lane && [.queued, .sending, .parked].contains(depth.state)
            }
            let count = waiting.reduce(0) { $0 + $1.count }
            guard count > 0, let oldest = waiting.compactMap(\.oldest).min(), let limit = settings.queueAge[lane],
                now - oldest > limit
            else { return nil }
            return Symptom(
                EpisodeKey(.queueAge, lane.name),
                lane == .critical ? .critical : .warning,
                since: oldest,
                title: "Mail of lane \(lane.name) has waited for more than \(limit.words)",
                reason: "\(count) messages wait, the oldest for \((now - oldest).words)",
                remedy: "`posthaste messages list`, then `posthaste messages explain ID` of the oldest",
                details: JSONObject([("lane", .string(lane.name)), ("count", .integer(count))])
            )
        }
    }

    private func manyFailures(now: Timestamp) -> Symptom? {
        let ended = window.ended
        guard ended.failed >= Self.failuresToTell, ended.failed >= ended.sent else { return nil }
        return Symptom(
            EpisodeKey(.manyFailures),
            .critical,
            since: now,
            title: "Most mail fails",
            reason: "in the last 10 minutes \(ended.failed) messages failed and \(ended.sent) were sent",
            remedy: "`posthaste messages list --state failed`, then `posthaste messages show ID`: `last_error` has the "
                + "provider's words",
            details: JSONObject([("failed", .integer(ended.failed)), ("sent", .integer(ended.sent))])
        )
    }

    private func nothingSent(now: Timestamp) -> Symptom? {
        let waiting = (observation.depths ?? []).filter { $0.state == .queued && $0.count > 0 }
        let usable = observation.providers.filter(\.isUsable)
        let lastSent = observation.providers.compactMap(\.lastSent).max() ?? startedAt
        guard let oldest = waiting.compactMap(\.oldest).min(), !usable.isEmpty, now - oldest > Self.standstill,
            now - lastSent > Self.standstill
        else { return nil }
        return Symptom(
            EpisodeKey(.nothingSent),
            .critical,
            since: max(oldest, lastSent),
            title: "Nothing is sent although mail waits",
            reason: "providers that are up: \(usable.map(\.name).joined(separator: ", "))",
            remedy: "`posthaste messages explain ID` of the oldest message says why it waits"
        )
    }

    private func uncertainMail(now: Timestamp) -> Symptom? {
        let held = (observation.depths ?? []).filter { $0.state == .uncertain && $0.count > 0 }
        let count = held.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        return Symptom(
            EpisodeKey(.uncertainMail),
            .warning,
            since: held.compactMap(\.oldest).min() ?? now,
            title: "Mail is held because nobody knows whether it was sent",
            reason: "\(count) messages in state uncertain",
            remedy: "`posthaste messages list --state uncertain`, look at the provider's own log, then "
                + "`posthaste messages retry ID` or `cancel ID`",
            details: JSONObject([("count", .integer(count))])
        )
    }

    private func storeGone(now: Timestamp) -> Symptom? {
        guard let since = storeGoneSince, now - since >= Self.storePatience else { return nil }
        return Symptom(
            EpisodeKey(.storeUnreachable),
            .critical,
            since: since,
            title: "The store cannot be reached, so no mail is accepted",
            reason: observation.storeFault,
            remedy: observation.storeFault == nil
                ? "look at the disk and the rights of the store's file; `posthaste doctor` says more"
                : "do not start another gateway on it; see \"The store's file\" in docs/operating.md"
        )
    }

    private func canary(_ provider: String, _ schedule: CanarySchedule, now: Timestamp) -> Symptom? {
        guard let status = observation.providers.first(where: { $0.name == provider }), status.state != .paused,
            !isDownByItsGrant(status), let absence = schedule.absence(lastSent: status.lastSent, now: now)
        else { return nil }
        return Symptom(
            EpisodeKey(.canaryAbsent, provider),
            .critical,
            since: absence.since,
            title: "The canary of provider \(provider) does not get through",
            reason: absence.reason,
            remedy: Self.check(provider)
        )
    }
}
