// SPDX-License-Identifier: Apache-2.0
import JSON

/// What a gateway sees of tokens: one grant is one trouble, however many providers use it and whatever follows from it.
extension Watchdog {
    /// A single failed try to renew a token, five minutes ahead of its end, is no news.
    static let tokenPatience = Duration.seconds(30)
    /// A grant that ends later needs no warning yet.
    static let grantHorizon = Duration.seconds(2 * 86_400)

    func tokenSymptoms(now: Timestamp) -> [Symptom] {
        grants.flatMap { grant in [symptom(grant, now: now), ending(grant, now: now)].compactMap(\.self) }
    }

    /// The tokens of one place, and all providers that use them.
    private struct Grant {
        let token: TokenStatus
        let providers: [String]

        /// `provider a` or `providers a, b`.
        var whose: String {
            providers.count == 1 ? "provider \(providers[0])" : "providers \(providers.joined(separator: ", "))"
        }
    }

    /// The first provider by name stands for the others.
    private var grants: [Grant] {
        let tokens = observation.tokens.sorted { $0.provider < $1.provider }
        return Dictionary(grouping: tokens, by: \.grantName).values.compactMap { same in
            // The one that fails says more than one that was not asked.
            (same.first { $0.state == .dead } ?? same.first { $0.state == .failing } ?? same.first).map { worst in
                var token = worst
                token.provider = same[0].provider
                return Grant(token: token, providers: same.map(\.provider))
            }
        }
    }

    private func symptom(_ grant: Grant, now: Timestamp) -> Symptom? {
        let token = grant.token
        let since = token.since ?? now
        let isEmpty = token.expiresAt.map { $0 <= now } ?? true
        switch token.state {
        case .good: return nil
        case .failing where now - since < Self.tokenPatience && !isEmpty: return nil
        case .failing:
            return Symptom(
                EpisodeKey(.tokenFailing, token.provider),
                .warning,
                since: since,
                title: "Tokens of \(grant.whose) cannot be renewed",
                reason: token.failure?.debugDescription,
                remedy: token.failure?.remedy ?? "run `posthaste tokens refresh \(token.provider)`, which says more",
                details: details(token)
            )
        case .dead:
            return Symptom(
                EpisodeKey(.grantDead, token.provider),
                .critical,
                since: since,
                title: "The grant of \(grant.whose) is dead",
                reason: token.failure?.debugDescription,
                remedy: token.failure?.remedy ?? "run `posthaste tokens authorize \(token.provider)`",
                details: details(token)
            )
        }
    }

    private func ending(_ grant: Grant, now: Timestamp) -> Symptom? {
        let token = grant.token
        guard token.state != .dead, let forecast = token.forecast, forecast.diesAt - now <= Self.grantHorizon else {
            return nil
        }
        return Symptom(
            EpisodeKey(.grantEnding, token.provider),
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

    /// True for a provider that is down only because its grant is, or was until its next probe: `grant_dead` tells of it.
    func isDownByItsGrant(_ status: ProviderStatus) -> Bool {
        guard let token = observation.tokens.first(where: { $0.provider == status.name }) else { return false }
        if token.state == .dead { return true }
        return !status.isUsable && status.reason?.hasPrefix("authentication (oauth.") == true
    }

    /// Notes when each provider was last down by its grant; what began until then follows from the grant.
    mutating func noteDeadGrants(now: Timestamp) {
        for status in observation.providers where !status.isUsable && isDownByItsGrant(status) {
            grantGoneAt[status.name] = now
        }
    }
}

extension TokenStatus {
    /// What two providers with the same grant have in common: the row of the database, or the place and the account.
    fileprivate var grantName: String {
        let namesItAll = place.hasPrefix("database:") || place.hasPrefix("file:")
        return [place.hasPrefix("database") ? kind : "", place, namesItAll ? "" : account].joined(separator: "/")
    }
}
