// SPDX-License-Identifier: Apache-2.0
package import Basics
import OAuth
package import Queue

/// Evaluates alert conditions: decides from what a gateway knows which notifications are sent, each once.
///
/// A pure value. Each second the caller passes in the state (``observe(_:now:)``) and gets what to store and send
/// (``steps(now:)``), then reports whether that worked. State that must outlive the process is in the alert records.
package struct AlertEvaluator: Sendable {
    package struct Settings: Sendable, Hashable {
        /// The interval between reminders of an alert that keeps firing.
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

    /// The interval between tries to store what could not be stored.
    private static let saveInterval = Duration.seconds(5)

    private let gateway: String
    private let isAlone: Bool
    let startedAt: Timestamp
    package var settings: Settings
    var observation = Observation()
    var symptoms: [AlertKey: ActiveAlert] = [:]
    /// When mail last failed over, and the count at that time.
    var failovers: [Failover: (count: Int, at: Timestamp)] = [:]
    var storeGoneSince: Timestamp?
    var window = TallyWindow()
    /// The alert records of all gateways, as last read from the store.
    package private(set) var episodes: [AlertKey: AlertRecord] = [:]
    private var quietSince: [AlertKey: Timestamp] = [:]
    private var delivered: [AlertKey: Timestamp] = [:]
    /// Keys of changes that are not in the store yet.
    private var unsaved: Set<AlertKey> = []
    private var nextSave: Timestamp

    /// `gateway` is a name that no other process has or ever had; `isAlone` is true when no other gateway can be
    /// alive.
    package init(gateway: String, isAlone: Bool, settings: Settings, now: Timestamp) {
        self.gateway = gateway
        self.isAlone = isAlone
        self.settings = settings
        startedAt = now
        nextSave = now
    }

    /// Records what is known now.
    package mutating func observe(_ observation: Observation, now: Timestamp) {
        self.observation = observation
        noteFailovers(now: now)
        window.take(observation.tally, now: now)
        storeGoneSince = observation.isStoreReachable == false ? storeGoneSince ?? now : nil
        symptoms = Dictionary(allSymptoms(now: now).map { ($0.key, $0) }) { first, _ in first }
    }

    /// Merges the records of the store.
    package mutating func refresh(_ stored: [AlertRecord]) {
        var known: [AlertKey: AlertRecord] = [:]
        for episode in stored { known[episode.key] = episode }
        for key in unsaved {
            guard var ours = episodes[key] else { continue }
            let theirs = known[key]
            // The later notification wins; the older record is overwritten or dropped.
            if let theirs, theirs.alertedAt >= ours.alertedAt {
                unsaved.remove(key)
                continue
            }
            ours.version = theirs?.version ?? 0
            known[key] = ours
        }
        episodes = known
    }

    /// What to do now; the caller answers each step by one of the next three calls.
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

    /// Records that a step is in the store.
    package mutating func stored(_ step: AlertTransition) {
        var episode = step.after
        episode.version += 1
        episodes[episode.key] = episode
        unsaved.remove(episode.key)
    }

    /// Records that the store could not be written: the step takes effect in memory.
    package mutating func kept(_ step: AlertTransition) {
        episodes[step.after.key] = step.after
        unsaved.insert(step.after.key)
    }

    /// Records that a notification was delivered, or that it has no receiver, or that no more tries are made.
    package mutating func told(_ alert: AlertNotification) { delivered[alert.key] = alert.at }

    /// The notification that a step asks for.
    package func alert(_ step: AlertTransition, host: String) -> AlertNotification? {
        step.alert.map { state in
            let symptom = state == .resolved ? nil : symptoms[step.after.key]
            return AlertNotification(step.after, state, symptom: symptom, gateway: host)
        }
    }

    /// True while the store must be read often.
    package var isBusy: Bool {
        !symptoms.isEmpty || !unsaved.isEmpty || episodes.values.contains { $0.isOpen || !$0.isTold }
    }

    /// Open alerts, the oldest first.
    package var openEpisodes: [AlertRecord] {
        episodes.values.filter(\.isOpen).sorted { ($0.since, $0.key.description) < ($1.since, $1.key.description) }
    }

    private mutating func noteFailovers(now: Timestamp) {
        for (failover, count) in observation.failovers where count != failovers[failover]?.count {
            failovers[failover] = (count, now)
        }
    }
}

/// Whether an alert fires, does not fire, or is unknown here.
///
/// A process that has just started knows nothing yet: it resolves no alert before it has itself observed that all is
/// well.
extension AlertEvaluator {
    /// A provider is back when its probe succeeded and it has not failed for this long, even without mail.
    static let probation = Duration.seconds(60)
    /// A failover is over when none was seen for this long and the first provider is up.
    static let failoverMemory = Duration.seconds(900)
    /// Tokens are well when they showed no fault for this long.
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

    /// True when the provider works again; a provider that was removed from the settings counts as back.
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
    /// Providers reported as down whose state this gateway does not know and a probe would show.
    package func unproven(now: Timestamp) -> [String] {
        openEpisodes.filter { $0.key.trouble == .providerDown }.compactMap { episode in
            guard let status = status(episode.key.subject), status.state == .up || status.state == .limited,
                status.provenAt.map({ $0 < episode.since }) ?? true
            else { return nil }
            return status.name
        }
    }
}
