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

    /// An alert that only another version knows is shown until no gateway has seen it for this long.
    private static let unknownMemory = Duration.seconds(86_400)

    private let gateway: String
    private let isAlone: Bool
    private let catalog: AlertCatalog
    private var settings: Settings
    private var memory: AlertMemory
    package private(set) var observation = Observation()
    /// The alerts that fire here.
    private(set) var active: [AlertKey: ActiveAlert] = [:]
    /// The alert records of all gateways, as last read from the store.
    private var episodes: [AlertKey: AlertRecord] = [:]
    private var quietSince: [AlertKey: Timestamp] = [:]
    private var delivered: [AlertKey: Timestamp] = [:]
    /// Keys of changes that are not in the store yet.
    private var unsaved: Set<AlertKey> = []
    private var nextSave: Timestamp

    /// `gateway` is a name that no other process has or ever had; `isAlone` is true when no other gateway can be
    /// alive.
    package init(
        gateway: String,
        isAlone: Bool,
        catalog: AlertCatalog = AlertCatalog(),
        settings: Settings,
        now: Timestamp
    ) {
        self.gateway = gateway
        self.isAlone = isAlone
        self.catalog = catalog
        self.settings = settings
        memory = AlertMemory(startedAt: now)
        nextSave = now
    }

    package var startedAt: Timestamp { memory.startedAt }

    /// Applies new settings.
    package mutating func configure(_ settings: Settings) { self.settings = settings }

    /// Records what is known now.
    package mutating func observe(_ observation: Observation, now: Timestamp) {
        self.observation = observation
        memory.take(observation, now: now)
        active = Dictionary(rules(now: now).active.map { ($0.key, $0) }) { first, _ in first }
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
        let rules = rules(now: now)
        for key in Set(active.keys).union(episodes.keys.filter(judges)).sorted(by: { $0.description < $1.description })
        {
            let presence = condition(of: key, rules)
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
            let key = step.after.key
            let symptom = state == .resolved ? nil : active[key]
            return AlertNotification(step.after, state, catalog.definition(key.name), symptom: symptom, gateway: host)
        }
    }

    /// True while the store must be read often.
    package var isBusy: Bool {
        !active.isEmpty || !unsaved.isEmpty
            || episodes.values.contains { judges($0.key) && ($0.isOpen || !$0.isTold) }
    }

    /// Open alerts, the oldest first.
    ///
    /// One that only another version knows is among them while gateways report it: this gateway shows it, and leaves its record alone.
    package func openAlerts(now: Timestamp) -> [AlertRecord] {
        let open = episodes.values.filter { record in
            guard record.isOpen, !judges(record.key) else { return record.isOpen }
            return now - (record.sightings.values.max() ?? record.alertedAt) < Self.unknownMemory
        }
        return open.sorted { ($0.since, $0.key.description) < ($1.since, $1.key.description) }
    }

    /// Providers reported as down whose state this gateway does not know and a probe would show.
    package func unproven(now: Timestamp) -> [String] {
        let rules = rules(now: now)
        return openAlerts(now: now).filter { $0.key.name == .providerDown }.compactMap { record in
            guard let status = rules.status(record.key.subject), status.state == .up || status.state == .limited,
                status.provenAt.map({ $0 < record.since }) ?? true
            else { return nil }
            return status.name
        }
    }

    private func rules(now: Timestamp) -> AlertRules {
        AlertRules(observation: observation, memory: memory, queueAge: settings.queueAge, now: now)
    }

    /// True for an alert whose end this gateway can notice.
    private func judges(_ key: AlertKey) -> Bool { catalog.knows(key.name) }

    private func condition(of key: AlertKey, _ rules: AlertRules) -> AlertCondition {
        if let alert = active[key] { return .firing(alert) }
        let isClear = rules.isClear(key, catalog.definition(key.name), since: episodes[key]?.since ?? rules.now)
        return isClear ? .inactive : .unknown
    }
}
