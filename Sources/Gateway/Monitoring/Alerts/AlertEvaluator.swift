// SPDX-License-Identifier: Apache-2.0
package import Basics
import OAuth
package import Queue

/// Sees to it that no outage stays unnoticed: from what a gateway knows it decides what is to be told, once.
///
/// A pure value. Each second it is told what is (``observe(_:now:)``) and says what is to be stored and sent
/// (``steps(now:)``); the shell reports back whether that worked. All that must outlive the process is in its episodes.
package struct AlertEvaluator: Sendable {
    package struct Settings: Sendable, Hashable {
        /// When an outage that lasts is told again.
        package var repeatAfter: Duration
        /// How long mail of a priority may wait.
        package var queueAge: [Priority: Duration]

        package init(
            repeatAfter: Duration = .seconds(4 * 3600),
            queueAge: [Priority: Duration] = [:]
        ) {
            self.repeatAfter = repeatAfter
            self.queueAge = Self.usualQueueAge.merging(queueAge) { $1 }
        }

        static let usualQueueAge: [Priority: Duration] = [
            .critical: .seconds(120), .normal: .seconds(900), .bulk: .seconds(4 * 3600),
        ]
    }

    /// What could not be stored is tried again this often.
    private static let saveInterval = Duration.seconds(5)

    private let gateway: String
    private let isAlone: Bool
    let startedAt: Timestamp
    package var settings: Settings
    var observation = Observation()
    var symptoms: [AlertKey: ActiveAlert] = [:]
    /// When mail last failed over, and how often it had by then.
    var failovers: [Failover: (count: Int, at: Timestamp)] = [:]
    var storeGoneSince: Timestamp?
    var window = TallyWindow()
    /// What all gateways know, as far as the store could be asked.
    package private(set) var episodes: [AlertKey: AlertRecord] = [:]
    private var quietSince: [AlertKey: Timestamp] = [:]
    private var delivered: [AlertKey: Timestamp] = [:]
    /// Changes that are not in the store yet.
    private var unsaved: Set<AlertKey> = []
    private var nextSave: Timestamp

    /// `gateway` is a name of this process that no other has or had; `isAlone` says that no other gateway can be alive.
    package init(gateway: String, isAlone: Bool, settings: Settings, now: Timestamp) {
        self.gateway = gateway
        self.isAlone = isAlone
        self.settings = settings
        startedAt = now
        nextSave = now
    }

    /// Takes what is known now.
    package mutating func observe(_ observation: Observation, now: Timestamp) {
        self.observation = observation
        noteFailovers(now: now)
        window.take(observation.tally, now: now)
        storeGoneSince = observation.isStoreReachable == false ? storeGoneSince ?? now : nil
        symptoms = Dictionary(allSymptoms(now: now).map { ($0.key, $0) }) { first, _ in first }
    }

    /// Takes what the store has.
    package mutating func refresh(_ stored: [AlertRecord]) {
        var known: [AlertKey: AlertRecord] = [:]
        for episode in stored { known[episode.key] = episode }
        for key in unsaved {
            guard var ours = episodes[key] else { continue }
            let theirs = known[key]
            // Whoever spoke last knows best; what is older is overwritten or given up.
            if let theirs, theirs.alertedAt >= ours.alertedAt {
                unsaved.remove(key)
                continue
            }
            ours.version = theirs?.version ?? 0
            known[key] = ours
        }
        episodes = known
    }

    /// What is to be done now; each step is to be answered by one of the next three calls.
    package mutating func steps(now: Timestamp) -> [AlertTransition] {
        let rule = NotificationPolicy(gateway: gateway, isAlone: isAlone, repeatAfter: settings.repeatAfter, now: now)
        var steps: [AlertTransition] = []
        let mayOnlySave = now >= nextSave
        if mayOnlySave { nextSave = now + Self.saveInterval }
        for key in Set(symptoms.keys).union(episodes.keys).sorted(by: { $0.description < $1.description }) {
            let presence = presence(of: key, since: episodes[key]?.since ?? now, now: now)
            quietSince[key] = presence == .inactive ? quietSince[key] ?? now : nil
            let step = rule.step(
                episodes[key],
                presence,
                quietSince: quietSince[key],
                isDelivered: delivered[key] == episodes[key]?.alertedAt
            )
            let isUnsaved = unsaved.contains(key)
            if let step, step.alert != nil || !isUnsaved || mayOnlySave {
                steps.append(step)
            } else if isUnsaved, mayOnlySave, let episode = episodes[key] {
                steps.append(AlertTransition(after: episode))
            }
        }
        return steps
    }

    /// Takes that a step is in the store.
    package mutating func stored(_ step: AlertTransition) {
        var episode = step.after
        episode.version += 1
        episodes[episode.key] = episode
        unsaved.remove(episode.key)
    }

    /// Takes that the store could not be written: the step holds all the same, in memory.
    package mutating func kept(_ step: AlertTransition) {
        episodes[step.after.key] = step.after
        unsaved.insert(step.after.key)
    }

    /// Takes that an alert has arrived somewhere, or that nobody is there to be told or no more tries are made.
    package mutating func told(_ alert: AlertNotification) { delivered[alert.key] = alert.at }

    /// The alert that a step asks for.
    package func alert(_ step: AlertTransition, host: String) -> AlertNotification? {
        step.alert.map { state in
            let symptom = state == .resolved ? nil : symptoms[step.after.key]
            return AlertNotification(step.after, state, symptom: symptom, gateway: host)
        }
    }

    /// True while the store has to be asked often.
    package var isBusy: Bool {
        !symptoms.isEmpty || !unsaved.isEmpty || episodes.values.contains { $0.isOpen || !$0.isTold }
    }

    /// Open episodes, the oldest first.
    package var openEpisodes: [AlertRecord] {
        episodes.values.filter(\.isOpen).sorted { ($0.since, $0.key.description) < ($1.since, $1.key.description) }
    }

    private mutating func noteFailovers(now: Timestamp) {
        for (failover, count) in observation.failovers where count != failovers[failover]?.count {
            failovers[failover] = (count, now)
        }
    }
}

/// Whether a trouble is there, gone, or not to be told from here.
///
/// A process that has just started knows nothing yet: it ends no episode before it has seen with its own eyes that all is well.
extension AlertEvaluator {
    /// A provider whose probe succeeded and that has not failed for so long is back, even when no mail came by.
    static let probation = Duration.seconds(60)
    /// A failover is over when none was seen for so long and the first provider is up.
    static let failoverMemory = Duration.seconds(900)
    /// After so long tokens that show no fault are well.
    static let settled = Duration.seconds(120)

    func presence(of key: AlertKey, since: Timestamp, now: Timestamp) -> AlertCondition {
        if let symptom = symptoms[key] { return .firing(symptom) }
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
        return isClear ? .inactive : .unknown
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

    private func isFailoverOver(_ key: AlertKey, since: Timestamp, now: Timestamp) -> Bool {
        guard let from = key.provider.flatMap(status) else { return true }
        let last = failovers.first { AlertKey($0.key) == key }?.value.at ?? startedAt
        return from.isUsable && now - last >= Self.failoverMemory
    }

    private func areTokensWell(_ key: AlertKey, since: Timestamp, now: Timestamp) -> Bool {
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

extension AlertEvaluator {
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
