// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Queue

/// What a gateway remembers from one observation to the next.
struct AlertMemory: Sendable {
    let startedAt: Timestamp
    /// When mail last failed over, and the count at that time.
    private(set) var failovers: [Failover: (count: Int, at: Timestamp)] = [:]
    private(set) var storeGoneSince: Timestamp?
    private(set) var window = TallyWindow()

    init(startedAt: Timestamp) {
        self.startedAt = startedAt
    }

    mutating func take(_ observation: Observation, now: Timestamp) {
        for (failover, count) in observation.failovers where count != failovers[failover]?.count {
            failovers[failover] = (count, now)
        }
        window.take(observation.tally, now: now)
        storeGoneSince = observation.isStoreReachable == false ? storeGoneSince ?? now : nil
    }
}

/// Which alerts fire for this gateway at one moment, and which do not: pure functions of what it sees and remembers.
struct AlertRules: Sendable {
    let observation: Observation
    let memory: AlertMemory
    /// How long mail of a priority may wait.
    let queueAge: [Priority: Duration]
    let now: Timestamp

    /// Every alert that fires.
    var active: [ActiveAlert] {
        outages + misconfigurations + limits + failovers + tokens + queues
            + [manyFailures, nothingSent, uncertainMail, storeGone].compactMap(\.self)
            + observation.canaries.compactMap { canary($0.key, $0.value) } + observation.reported
    }
}

/// The condition of each alert that is not about one provider or token.
extension AlertRules {
    /// A store that fails for less than this raises no alert.
    static let storePatience = Duration.seconds(10)
    /// How long due mail waits, although a provider is up, before nothing sent is an alert.
    static let standstill = Duration.seconds(300)
    /// Fewer failures concern their senders only.
    static let failuresToTell = 10

    private var failovers: [ActiveAlert] {
        memory.failovers.compactMap { failover, last -> ActiveAlert? in
            guard now - last.at < Self.failoverMemory else { return nil }
            let status = observation.providers.first { $0.name == failover.from }
            return ActiveAlert(
                AlertKey(failover),
                .warning,
                since: last.at,
                title: "Mail fails over from \(failover.from) to \(failover.to)",
                reason: status?.reason,
                remedy: status?.remedy ?? Self.check(failover.from),
                details: JSONObject([("from", .string(failover.from)), ("to", .string(failover.to))])
            )
        }
    }

    private var queues: [ActiveAlert] {
        Priority.allCases.compactMap { priority -> ActiveAlert? in
            let waiting = (observation.depths ?? []).filter { depth in
                depth.priority == priority && MessageState.overdue.contains(depth.state)
            }
            let count = waiting.reduce(0) { $0 + $1.count }
            guard count > 0, let oldest = waiting.compactMap(\.oldest).min(), let limit = queueAge[priority],
                now - oldest > limit
            else { return nil }
            return ActiveAlert(
                AlertKey(.queueAge, priority.name),
                priority == .critical ? .critical : .warning,
                since: oldest,
                title: "Mail of lane \(priority.name) has waited for more than \(limit.words)",
                reason: "\(count) messages wait, the oldest for \((now - oldest).words)",
                remedy: "`posthaste messages list`, then `posthaste messages explain ID` of the oldest",
                details: JSONObject([("lane", .string(priority.name)), ("count", .integer(count))])
            )
        }
    }

    private var manyFailures: ActiveAlert? {
        let ended = memory.window.ended
        guard ended.failed >= Self.failuresToTell, ended.failed >= ended.sent else { return nil }
        return ActiveAlert(
            AlertKey(.manyFailures),
            .critical,
            since: now,
            title: "Most mail fails",
            reason: "in the last 10 minutes \(ended.failed) messages failed and \(ended.sent) were sent",
            remedy: "`posthaste messages list --state failed`, then `posthaste messages show ID`: `last_error` has the "
                + "provider's words",
            details: JSONObject([("failed", .integer(ended.failed)), ("sent", .integer(ended.sent))])
        )
    }

    private var nothingSent: ActiveAlert? {
        let waiting = (observation.depths ?? []).filter { $0.state == .queued && $0.count > 0 }
        let usable = observation.providers.filter(\.isUsable)
        let lastSent = observation.providers.compactMap(\.lastSent).max() ?? memory.startedAt
        guard let oldest = waiting.compactMap(\.oldest).min(), !usable.isEmpty, now - oldest > Self.standstill,
            now - lastSent > Self.standstill
        else { return nil }
        return ActiveAlert(
            AlertKey(.nothingSent),
            .critical,
            since: max(oldest, lastSent),
            title: "Nothing is sent although mail waits",
            reason: "providers that are up: \(usable.map(\.name).joined(separator: ", "))",
            remedy: "`posthaste messages explain ID` of the oldest message says why it waits"
        )
    }

    private var uncertainMail: ActiveAlert? {
        let held = (observation.depths ?? []).filter { $0.state == .uncertain && $0.count > 0 }
        let count = held.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        return ActiveAlert(
            AlertKey(.uncertainMail),
            .warning,
            since: held.compactMap(\.oldest).min() ?? now,
            title: "Mail is held because it is uncertain whether it was sent",
            reason: "\(count) messages in state uncertain",
            remedy: "`posthaste messages list --state uncertain`, look at the provider's own log, then "
                + "`posthaste messages retry ID` or `cancel ID`",
            details: JSONObject([("count", .integer(count))])
        )
    }

    private var storeGone: ActiveAlert? {
        guard let since = memory.storeGoneSince, now - since >= Self.storePatience else { return nil }
        return ActiveAlert(
            AlertKey(.storeUnreachable),
            .critical,
            since: since,
            title: "The store cannot be reached, so no mail is accepted",
            reason: observation.storeFault,
            remedy: observation.storeFault == nil
                ? "look at the disk and the rights of the store's file; `posthaste doctor` says more"
                : "do not start another gateway on it; see \"The store's file\" in docs/operating.md"
        )
    }

    private func canary(_ provider: String, _ schedule: Canary) -> ActiveAlert? {
        guard let status = observation.providers.first(where: { $0.name == provider }), status.state != .paused,
            !isDownByItsGrant(status), let absence = schedule.absence(lastSent: status.lastSent, now: now)
        else { return nil }
        return ActiveAlert(
            AlertKey(.canaryAbsent, provider),
            .critical,
            since: absence.since,
            title: "The canary of provider \(provider) does not get through",
            reason: absence.reason,
            remedy: Self.check(provider)
        )
    }
}

/// The conditions of alerts about providers.
extension AlertRules {
    /// A refused sender is retried within this time, so that its alert stays open.
    static let complaintMemory = Duration.seconds(90 * 60)
    /// A limit that ends sooner raises no alert.
    static let limitPatience = Duration.seconds(900)

    /// A service beside the gateway that is being started is no outage for so long.
    static let startPatience = Duration.seconds(15)

    private var outages: [ActiveAlert] {
        let isOut = { (status: ProviderStatus) in
            guard status.state == .down || status.state == .open else { return false }
            return !status.isStarting || now - status.since >= Self.startPatience
        }
        return observation.providers.filter { isOut($0) && !isDownByItsGrant($0) }.map { status in
            ActiveAlert(
                AlertKey(.providerDown, status.name),
                .critical,
                since: status.since,
                title: "Provider \(status.name) is down",
                reason: status.reason,
                remedy: status.remedy ?? Self.check(status.name),
                details: JSONObject([("state", .string(status.state.rawValue)), ("kind", .string(status.kind))])
            )
        }
    }

    private var misconfigurations: [ActiveAlert] {
        observation.providers.compactMap { status -> ActiveAlert? in
            guard status.isUsable, let complaint = status.complaint, now - complaint.at < Self.complaintMemory else {
                return nil
            }
            return ActiveAlert(
                AlertKey(.providerMisconfigured, status.name),
                .critical,
                since: complaint.at,
                title: "Provider \(status.name) refuses what is set up",
                reason: complaint.reason,
                remedy: complaint.remedy ?? Self.check(status.name),
                details: JSONObject([("kind", .string(status.kind))])
            )
        }
    }

    private var limits: [ActiveAlert] {
        observation.providers.compactMap { status -> ActiveAlert? in
            guard status.state == .limited, let until = status.until, until - now >= Self.limitPatience else {
                return nil
            }
            return ActiveAlert(
                AlertKey(.providerLimited, status.name),
                .warning,
                since: now,
                title: "Provider \(status.name) takes nothing until \(until) because of a limit",
                reason: status.reason,
                remedy:
                    "raise `limits` if they are ours, else the quota at the provider; or add a provider to the route",
                details: JSONObject([("used_today", .integer(status.usedToday)), ("waiting", .integer(status.waiting))])
            )
        }
    }

    private static func check(_ provider: String) -> String {
        "`posthaste providers check \(provider)` says what is wrong and what mends it"
    }
}

/// The conditions of alerts about tokens: one grant is one alert, however many providers use it. It covers that they
/// are down, but not the failovers, which have an alert for each pair of providers.
extension AlertRules {
    /// A single failed renewal, five minutes before the token ends, raises no alert.
    static let tokenPatience = Duration.seconds(30)
    /// A grant that ends later needs no warning yet.
    static let grantHorizon = Duration.seconds(2 * 86_400)

    private var tokens: [ActiveAlert] {
        grants.flatMap { grant in [renewal(grant), ending(grant)].compactMap(\.self) }
    }

    /// The tokens in one place, and all providers that use them.
    private struct Grant {
        let token: TokenStatus
        let providers: [String]

        /// `provider a` or `providers a, b`.
        var whose: String {
            providers.count == 1 ? "provider \(providers[0])" : "providers \(providers.joined(separator: ", "))"
        }
    }

    /// One grant for each place, under its first provider by name.
    private var grants: [Grant] {
        let tokens = observation.tokens.sorted { $0.provider < $1.provider }
        return Dictionary(grouping: tokens, by: \.grantName).values.compactMap { same in
            // A failing provider says more than one whose token was not requested.
            (same.first { $0.state == .dead } ?? same.first { $0.state == .failing } ?? same.first).map { worst in
                var token = worst
                token.provider = same[0].provider
                return Grant(token: token, providers: same.map(\.provider))
            }
        }
    }

    private func renewal(_ grant: Grant) -> ActiveAlert? {
        let token = grant.token
        let since = token.since ?? now
        let isEmpty = token.expiresAt.map { $0 <= now } ?? true
        switch token.state {
        case .good: return nil
        case .failing where now - since < Self.tokenPatience && !isEmpty: return nil
        case .failing:
            return ActiveAlert(
                AlertKey(.tokenFailing, token.provider),
                .warning,
                since: since,
                title: "Tokens of \(grant.whose) cannot be renewed",
                reason: token.failure?.debugDescription,
                remedy: token.failure?.remedy ?? "run `posthaste tokens refresh \(token.provider)`, which says more",
                details: details(token)
            )
        case .dead:
            return ActiveAlert(
                AlertKey(.grantDead, token.provider),
                .critical,
                since: since,
                title: "The grant of \(grant.whose) is dead",
                reason: token.failure?.debugDescription,
                remedy: token.failure?.remedy ?? "run `posthaste tokens authorize \(token.provider)`",
                details: details(token)
            )
        }
    }

    private func ending(_ grant: Grant) -> ActiveAlert? {
        let token = grant.token
        guard token.state != .dead, let forecast = token.forecast, forecast.diesAt - now <= Self.grantHorizon else {
            return nil
        }
        return ActiveAlert(
            AlertKey(.grantEnding, token.provider),
            .warning,
            since: now,
            title: "The grant of \(grant.whose) is likely to end at \(forecast.diesAt)",
            reason: forecast.reason,
            remedy: "run `posthaste tokens authorize \(token.provider)` before that",
            details: details(token)
        )
    }

    private func details(_ token: TokenStatus) -> JSONObject {
        JSONObject([
            ("account", .string(token.account)), ("tokens", .string(token.place)),
            ("expires_at", token.expiresAt.map { .string($0.description) } ?? .null),
        ])
    }

    /// True for a provider that is down only because its grant is, or was until its next probe, dead: `grant_dead`
    /// reports that.
    private func isDownByItsGrant(_ status: ProviderStatus) -> Bool {
        guard let token = observation.tokens.first(where: { $0.provider == status.name }) else { return false }
        if token.state == .dead { return true }
        return !status.isUsable && status.reason?.hasPrefix("authentication (oauth.") == true
    }
}

extension TokenStatus {
    /// Identifies a grant that two providers share: the database row, or the place and the account.
    fileprivate var grantName: String {
        let namesItAll = place.hasPrefix("database:") || place.hasPrefix("file:")
        return [place.hasPrefix("database") ? kind : "", place, namesItAll ? "" : account].joined(separator: "/")
    }
}

/// When an alert that does not fire is over.
///
/// A process that has just started knows nothing yet: it resolves no alert before it has itself observed that all is
/// well.
extension AlertRules {
    /// A provider is back when its probe succeeded and it has not failed for this long, even without mail.
    static let probation = Duration.seconds(60)
    /// A failover is over when none was seen for this long and the first provider is up.
    static let failoverMemory = Duration.seconds(900)
    /// Tokens are well when they showed no fault for this long.
    static let settled = Duration.seconds(120)

    /// True when this gateway knows that an alert that does not fire here is over; `since` is when it began.
    func isClear(_ key: AlertKey, _ definition: AlertDefinition, since: Timestamp) -> Bool {
        switch key.name {
        case .providerDown: isBack(key.subject, since: since)
        case .providerMisconfigured: isContent(key.subject)
        case .providerLimited: status(key.subject).map { $0.state == .up || $0.state == .halfOpen } ?? true
        case .failover: isFailoverOver(key, from: definition.provider(key))
        case .tokenFailing, .grantDead, .grantEnding: areTokensWell(key, since: since)
        case .queueAge, .uncertainMail: observation.depths != nil
        case .manyFailures: memory.window.ended.sent > memory.window.ended.failed
        case .nothingSent: observation.depths != nil && hasSent(since: since)
        case .storeUnreachable: observation.isStoreReachable == true
        case .canaryAbsent: isCanaryWell(key.subject, since: since)
        default: now - memory.startedAt >= definition.settlingTime
        }
    }

    func status(_ provider: String) -> ProviderStatus? {
        observation.providers.first { $0.name == provider }
    }

    /// True when the provider works again; a provider that was removed from the settings counts as back.
    private func isBack(_ provider: String, since: Timestamp) -> Bool {
        guard let status = status(provider) else { return true }
        switch status.state {
        case .down, .open, .paused: return false
        case .halfOpen: return now - status.since >= Self.probation
        case .up, .limited: return status.provenAt.map { $0 >= since } ?? false
        }
    }

    private func isContent(_ provider: String) -> Bool {
        guard let status = status(provider) else { return true }
        return status.isUsable && now - memory.startedAt >= Self.complaintMemory
    }

    private func isFailoverOver(_ key: AlertKey, from provider: String?) -> Bool {
        guard let from = provider.flatMap(status) else { return true }
        let last = memory.failovers.first { AlertKey($0.key) == key }?.value.at ?? memory.startedAt
        return from.isUsable && now - last >= Self.failoverMemory
    }

    private func areTokensWell(_ key: AlertKey, since: Timestamp) -> Bool {
        guard status(key.subject) != nil else { return true }
        guard let token = observation.tokens.first(where: { $0.provider == key.subject }) else {
            return now - memory.startedAt >= Self.settled
        }
        guard token.state == .good else { return false }
        let renewed = [token.refreshedAt, token.grantedAt].compactMap { $0 }.max()
        return renewed.map { $0 >= since } ?? false || now - memory.startedAt >= Self.settled
    }

    private func hasSent(since: Timestamp) -> Bool {
        if now - memory.startedAt > Self.standstill { return true }
        return observation.providers.contains { $0.lastSent.map { $0 >= since } ?? false }
    }

    private func isCanaryWell(_ provider: String, since: Timestamp) -> Bool {
        guard let status = status(provider), let schedule = observation.canaries[provider] else { return true }
        return schedule.proof(lastSent: status.lastSent).map { $0 >= since } ?? false
    }
}
