// SPDX-License-Identifier: Apache-2.0

/// Whether a trouble is there, gone, or not to be told from here.
///
/// A process that has just started knows nothing yet: it ends no episode before it has seen with its own eyes that all is well.
extension Watchdog {
    /// A provider whose probe succeeded and that has not failed for so long is back, even when no mail came by.
    static let probation = Duration.seconds(60)
    /// A failover is over when none was seen for so long and the first provider is up.
    static let failoverMemory = Duration.seconds(900)
    /// After so long tokens that show no fault are well.
    static let settled = Duration.seconds(120)

    func presence(of key: EpisodeKey, since: Timestamp, now: Timestamp) -> Presence {
        if let symptom = symptoms[key] { return .present(symptom) }
        let isClear =
            switch key.trouble {
            case .providerDown: isBack(key.subject, since: since, now: now)
            case .providerMisconfigured: isContent(key.subject, now: now)
            case .providerLimited: status(key.subject).map { $0.state == .up || $0.state == .halfOpen } ?? true
            case .failover: isFailoverOver(key, since: since, now: now)
            case .tokenFailing, .grantDead, .grantEnding: areTokensWell(key, since: since, now: now)
            case .queueAge, .uncertainMail: observation.depths != nil
            case .manyFailures: window.ended.sent > window.ended.failed
            case .nothingSent: observation.depths != nil && hasSent(since: since, now: now)
            case .storeUnreachable: observation.isStoreReachable == true
            case .canaryAbsent: isCanaryWell(key.subject, since: since)
            case .resetBurst: now - startedAt >= Self.settled
            }
        return isClear ? .absent : .unclear
    }

    private func status(_ provider: String) -> ProviderStatus? {
        observation.providers.first { $0.name == provider }
    }

    /// A provider that is not set up any more is nobody's trouble.
    private func isBack(_ provider: String, since: Timestamp, now: Timestamp) -> Bool {
        guard let status = status(provider) else { return true }
        switch status.state {
        case .down, .open, .paused: return false
        case .halfOpen: return now - status.since >= Self.probation
        case .up, .limited: return status.provenAt.map { $0 >= since } ?? false
        }
    }

    private func isContent(_ provider: String, now: Timestamp) -> Bool {
        guard let status = status(provider) else { return true }
        return status.isUsable && now - startedAt >= Self.complaintMemory
    }

    private func isFailoverOver(_ key: EpisodeKey, since: Timestamp, now: Timestamp) -> Bool {
        guard let from = key.provider.flatMap(status) else { return true }
        let last = failovers.first { EpisodeKey($0.key) == key }?.value.at ?? startedAt
        return from.isUsable && now - last >= Self.failoverMemory
    }

    private func areTokensWell(_ key: EpisodeKey, since: Timestamp, now: Timestamp) -> Bool {
        guard status(key.subject) != nil else { return true }
        guard let token = observation.tokens.first(where: { $0.provider == key.subject }) else {
            return now - startedAt >= Self.settled
        }
        guard token.state == .good else { return false }
        let renewed = [token.refreshedAt, token.grantedAt].compactMap { $0 }.max()
        return renewed.map { $0 >= since } ?? false || now - startedAt >= Self.settled
    }

    private func hasSent(since: Timestamp, now: Timestamp) -> Bool {
        if now - startedAt > Self.standstill { return true }
        return observation.providers.contains { $0.lastSent.map { $0 >= since } ?? false }
    }

    private func isCanaryWell(_ provider: String, since: Timestamp) -> Bool {
        guard let status = status(provider), let schedule = observation.canaries[provider] else { return true }
        return schedule.proof(lastSent: status.lastSent).map { $0 >= since } ?? false
    }
}

extension Watchdog {
    /// Providers reported as down of which this gateway cannot say whether they are well: a probe would tell.
    package func unproven(now: Timestamp) -> [String] {
        openEpisodes.filter { $0.key.trouble == .providerDown }.compactMap { episode in
            guard let status = status(episode.key.subject), status.state == .up || status.state == .limited,
                status.provenAt.map({ $0 < episode.since }) ?? true
            else { return nil }
            return status.name
        }
    }
}
