// SPDX-License-Identifier: Apache-2.0

/// Sees to it that no outage stays unnoticed: from what a gateway knows it decides what is to be told, once.
///
/// A pure value. Each second it is told what is (``observe(_:now:)``) and says what is to be stored and sent
/// (``steps(now:)``); the shell reports back whether that worked. All that must outlive the process is in its episodes.
package struct Watchdog: Sendable {
    package struct Settings: Sendable, Hashable {
        /// When an outage that lasts is told again.
        package var repeatAfter: Duration
        /// How long mail of a lane may wait.
        package var queueAge: [Lane: Duration]

        package init(
            repeatAfter: Duration = .seconds(4 * 3600),
            queueAge: [Lane: Duration] = [:]
        ) {
            self.repeatAfter = repeatAfter
            self.queueAge = Self.usualQueueAge.merging(queueAge) { $1 }
        }

        static let usualQueueAge: [Lane: Duration] = [
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
    var symptoms: [EpisodeKey: Symptom] = [:]
    /// When mail last failed over, and how often it had by then.
    var failovers: [Failover: (count: Int, at: Timestamp)] = [:]
    /// When each provider was last down by its grant.
    var grantGoneAt: [String: Timestamp] = [:]
    var storeGoneSince: Timestamp?
    var window = TallyWindow()
    /// What all gateways know, as far as the store could be asked.
    package private(set) var episodes: [EpisodeKey: Episode] = [:]
    private var quietSince: [EpisodeKey: Timestamp] = [:]
    private var delivered: [EpisodeKey: Timestamp] = [:]
    /// Changes that are not in the store yet.
    private var unsaved: Set<EpisodeKey> = []
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
        noteDeadGrants(now: now)
        noteFailovers(now: now)
        window.take(observation.tally, now: now)
        storeGoneSince = observation.isStoreReachable == false ? storeGoneSince ?? now : nil
        symptoms = Dictionary(allSymptoms(now: now).map { ($0.key, $0) }) { first, _ in first }
    }

    /// Takes what the store has.
    package mutating func refresh(_ stored: [Episode]) {
        var known: [EpisodeKey: Episode] = [:]
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
    package mutating func steps(now: Timestamp) -> [EpisodeStep] {
        let rule = EpisodeRule(gateway: gateway, isAlone: isAlone, repeatAfter: settings.repeatAfter, now: now)
        var steps: [EpisodeStep] = []
        let mayOnlySave = now >= nextSave
        if mayOnlySave { nextSave = now + Self.saveInterval }
        for key in Set(symptoms.keys).union(episodes.keys).sorted(by: { $0.description < $1.description }) {
            let presence = presence(of: key, since: episodes[key]?.since ?? now, now: now)
            quietSince[key] = presence == .absent ? quietSince[key] ?? now : nil
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
                steps.append(EpisodeStep(after: episode))
            }
        }
        return steps
    }

    /// Takes that a step is in the store.
    package mutating func stored(_ step: EpisodeStep) {
        var episode = step.after
        episode.version += 1
        episodes[episode.key] = episode
        unsaved.remove(episode.key)
    }

    /// Takes that the store could not be written: the step holds all the same, in memory.
    package mutating func kept(_ step: EpisodeStep) {
        episodes[step.after.key] = step.after
        unsaved.insert(step.after.key)
    }

    /// Takes that an alert has arrived somewhere, or that nobody is there to be told or no more tries are made.
    package mutating func told(_ alert: Alert) { delivered[alert.key] = alert.at }

    /// The alert that a step asks for.
    package func alert(_ step: EpisodeStep, host: String) -> Alert? {
        step.alert.map { state in
            let symptom = state == .over ? nil : symptoms[step.after.key]
            return Alert(step.after, state, symptom: symptom, gateway: host)
        }
    }

    /// True while the store has to be asked often.
    package var isBusy: Bool {
        !symptoms.isEmpty || !unsaved.isEmpty || episodes.values.contains { $0.isOpen || !$0.isTold }
    }

    /// Open episodes, the oldest first.
    package var openEpisodes: [Episode] {
        episodes.values.filter(\.isOpen).sorted { ($0.since, $0.key.description) < ($1.since, $1.key.description) }
    }

    private mutating func noteFailovers(now: Timestamp) {
        for (failover, count) in observation.failovers where count != failovers[failover]?.count {
            failovers[failover] = (count, now)
        }
    }
}
