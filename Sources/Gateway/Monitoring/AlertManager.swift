// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Logging
package import OAuth
package import Queue
import Synchronization

/// Watches whether mail can leave, and notifies receivers when it cannot: the shell around ``AlertEvaluator``.
///
/// The caller calls ``tick()`` each second. Every call to a dependency has a time limit, and mail never waits for it.
package actor AlertManager {
    /// What the alert manager reads and calls; each call may be slow.
    package struct Dependencies: Sendable {
        package var statuses: @Sendable () -> [ProviderStatus]
        package var failovers: @Sendable () -> [Failover: Int]
        package var tokens: @Sendable () -> [TokenStatus]
        /// Nil when the store does not answer.
        package var depths: @Sendable () async -> [QueueDepth]?
        package var isStoreReachable: @Sendable () async -> Bool
        /// Damage that other programs did to the store, with the remedy; nil when none is known.
        package var storeFault: @Sendable () -> String? = { nil }
        /// Probes a provider now.
        package var probe: @Sendable (_ provider: String) -> Void
        /// Marks a provider as down that is known to refuse the gateway.
        package var note: @Sendable (_ error: DeliveryError, _ provider: String) -> Void
        /// Nil when canary messages cannot be sent.
        package var canaries: (any CanaryPost)?
        /// Alerts reported by features on top of the gateway.
        package var reported: @Sendable (_ now: Timestamp) -> [ActiveAlert] = { _ in [] }

        package init(
            statuses: @escaping @Sendable () -> [ProviderStatus],
            failovers: @escaping @Sendable () -> [Failover: Int],
            tokens: @escaping @Sendable () -> [TokenStatus],
            depths: @escaping @Sendable () async -> [QueueDepth]?,
            isStoreReachable: @escaping @Sendable () async -> Bool,
            probe: @escaping @Sendable (_ provider: String) -> Void,
            note: @escaping @Sendable (_ error: DeliveryError, _ provider: String) -> Void,
            canaries: (any CanaryPost)? = nil
        ) {
            self.statuses = statuses
            self.failovers = failovers
            self.tokens = tokens
            self.depths = depths
            self.isStoreReachable = isStoreReachable
            self.probe = probe
            self.note = note
            self.canaries = canaries
        }
    }

    /// What other tasks may read at any time.
    struct Report: Sendable {
        var open: [AlertRecord] = []
        /// The open alerts as this gateway sees them, with reason and remedy.
        var active: [AlertKey: ActiveAlert] = [:]
        var tokens: [TokenStatus] = []
        /// Why a receiver does not deliver, by its name.
        var failing: [String: String] = [:]
    }

    private static let depthInterval = Duration.seconds(3)
    private static let storeInterval = Duration.seconds(2)
    private static let idleInterval = Duration.seconds(10)
    private static let probeInterval = Duration.seconds(60)
    private static let memory = Duration.seconds(86_400)

    let host: String
    let store: any AlertStore
    let dependencies: Dependencies
    let metrics: Metrics
    let logger: Logger
    let clock: Clock
    /// The time limit for an answer of the store.
    private let patience: Duration
    let catalog: AlertCatalog
    var evaluator: AlertEvaluator
    var routes: [AlertRoute]
    var queues: [String: AlertQueue] = [:]
    /// Alerts that no receiver has delivered yet, with the number of receivers that may still deliver them.
    var undelivered: [String: Int] = [:]
    var canaries = Canaries()
    var tokenMemory = TokenMemory()
    /// The cause for which each provider is down, as logged: kind and code.
    var causes: [String: Substring] = [:]
    nonisolated let report = Mutex(Report())
    private let depths: BackgroundReading<[QueueDepth]>
    private let reachable: BackgroundReading<Bool>
    private var nextRefresh: Timestamp
    private var nextProbe: Timestamp
    private var nextForgetting: Timestamp

    /// Creates an alert manager; `host` is the machine's name for display.
    ///
    /// `gateway` is a name that no other process has or ever had; `isAlone` is true when no other gateway can be alive, as
    /// on an embedded store. `catalog` has the alerts of the features, which ``Dependencies/reported`` returns.
    package init(
        host: String,
        gateway: String,
        isAlone: Bool,
        catalog: AlertCatalog = AlertCatalog(),
        settings: AlertEvaluator.Settings,
        routes: [AlertRoute],
        store: any AlertStore,
        dependencies: Dependencies,
        metrics: Metrics,
        logger: Logger,
        clock: @escaping Clock,
        patience: Duration = .seconds(3)
    ) {
        let now = clock()
        self.host = host
        self.store = store
        self.dependencies = dependencies
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
        self.patience = patience
        self.routes = routes
        self.catalog = catalog
        evaluator = AlertEvaluator(gateway: gateway, isAlone: isAlone, catalog: catalog, settings: settings, now: now)
        depths = BackgroundReading(
            every: Self.depthInterval,
            patience: patience,
            clock: clock,
            ask: dependencies.depths
        )
        reachable = BackgroundReading(every: Self.storeInterval, patience: patience, clock: clock) { [dependencies] in
            await dependencies.isStoreReachable()
        }
        (nextRefresh, nextProbe, nextForgetting) = (now, now, now)
    }

    /// Applies new settings; alerts under way are delivered by the receivers of the same name.
    package func configure(
        _ settings: AlertEvaluator.Settings,
        routes: [AlertRoute],
        canaries: [String: CanarySettings]
    ) {
        evaluator.configure(settings)
        self.routes = routes
        let names = Set(routes.map(\.name))
        queues = queues.filter { names.contains($0.key) }
        configure(canaries)
    }

    /// Evaluates everything once and carries out the result.
    package func tick() async {
        let now = clock()
        evaluator.observe(observe(now: now), now: now)
        var answers = await refresh(now: now)
        for step in evaluator.steps(now: now) { answers = await take(step, asking: answers) }
        followCauses(evaluator.observation.providers)
        askForProof(now: now)
        followTokens()
        deliver()
        flyCanaries(now: now)
        await forget(now: now)
        publish(now: now)
    }

    private func observe(now: Timestamp) -> Observation {
        let isReachable = reachable.latest(now: now)
        return Observation(
            providers: dependencies.statuses(),
            failovers: dependencies.failovers(),
            tokens: dependencies.tokens(),
            depths: depths.latest(now: now).value,
            isStoreReachable: isReachable.isOverdue ? false : isReachable.value,
            storeFault: dependencies.storeFault(),
            tally: metrics.tally,
            canaries: canaries.schedules,
            reported: dependencies.reported(now)
        )
    }

    /// - Returns: False when the store did not answer.
    private func refresh(now: Timestamp) async -> Bool {
        guard evaluator.isBusy || now >= nextRefresh else { return true }
        nextRefresh = now + Self.idleInterval
        let store = store
        // While the store does not answer, the records in memory count.
        guard let stored = await Patience.result(within: patience, { try? await store.episodes() }) else {
            return false
        }
        evaluator.refresh(stored)
        return true
    }

    /// Stores a transition and sends its notification; skips the store when it has just failed to answer.
    ///
    /// - Returns: False when the store did not answer.
    private func take(_ step: AlertTransition, asking isAsked: Bool) async -> Bool {
        let (store, episode) = (store, step.after)
        // A store that cannot be written must not hold back a notification.
        let isOurs = isAsked ? await Patience.result(within: patience) { try? await store.put(episode) } : nil
        switch isOurs {
        case true: evaluator.stored(step)
        case false:
            nextRefresh = clock()
            return true
        case nil: evaluator.kept(step)
        }
        if let alert = evaluator.alert(step, host: host) { tell(alert) }
        return isOurs != nil
    }

    /// A new gateway cannot know whether a provider reported as down has recovered; a probe finds out.
    private func askForProof(now: Timestamp) {
        guard now >= nextProbe else { return }
        let names = evaluator.unproven(now: now)
        guard !names.isEmpty else { return }
        nextProbe = now + Self.probeInterval
        for name in names { dependencies.probe(name) }
    }

    private func forget(now: Timestamp) async {
        guard now >= nextForgetting else { return }
        nextForgetting = now + .seconds(3600)
        let store = store
        _ = await Patience.result(within: patience) {
            // What is not deleted now is deleted in an hour.
            try? await store.forget(endedBefore: now - Self.memory)
        }
    }

    private func publish(now: Timestamp) {
        let (open, tokens) = (evaluator.openAlerts(now: now), evaluator.observation.tokens)
        let active = evaluator.active
        report.withLock { ($0.open, $0.active, $0.tokens) = (open, active, tokens) }
    }
}

/// Delivers notifications to the receivers.
extension AlertManager {
    /// Logs a notification and queues it for every receiver that takes it.
    func tell(_ alert: AlertNotification) {
        log(alert)
        let takers = routes.filter { $0.alerts?.contains(alert.key.name) ?? true }
        guard !takers.isEmpty else { return evaluator.told(alert) }
        undelivered[alert.id] = takers.count
        for route in takers {
            if let dropped = queues[route.name, default: AlertQueue()].add(alert) {
                metrics.alert(route.name, outcome: "given_up")
                failed(dropped)
            }
        }
    }

    /// Starts the deliveries that are due; each receiver delivers one notification at a time.
    func deliver() {
        let now = clock()
        for route in routes {
            guard let alert = queues[route.name]?.next(now: now) else { continue }
            Task {
                var failure: AlertFailure?
                do throws(AlertFailure) {
                    try await route.receiver.send(alert)
                } catch {
                    failure = error
                }
                ended(alert, by: route.name, failure)
            }
        }
    }

    private func ended(_ alert: AlertNotification, by name: String, _ failure: AlertFailure?) {
        let ending = queues[name]?.ended(failure, now: clock())
        report.withLock { $0.failing[name] = failure.flatMap { $0.kind == .unsuitable ? nil : $0.detail } }
        switch ending {
        case .sent, nil:
            metrics.alert(name, outcome: failure == nil ? "sent" : "failed")
            if failure == nil { evaluator.told(alert) }
            undelivered[alert.id] = nil
        case .failed(let next):
            metrics.alert(name, outcome: "failed")
            warn("an alert could not be delivered and is tried again", alert, name, failure, ["next": "\(next)"])
        case .givenUp:
            metrics.alert(name, outcome: "given_up")
            warn("an alert could not be delivered and is given up", alert, name, failure)
            failed(alert)
        case .skipped:
            metrics.alert(name, outcome: "skipped")
            warn("an alert cannot go this way", alert, name, failure)
            failed(alert)
        }
    }

    /// Counts one receiver fewer that may still deliver the notification.
    private func failed(_ alert: AlertNotification) {
        guard let left = undelivered[alert.id] else { return }
        undelivered[alert.id] = left > 1 ? left - 1 : nil
        guard left <= 1 else { return }
        evaluator.told(alert)
        logger.critical("no receiver took the alert", metadata: ["alert": "\(alert.loggedSentence)"])
    }

    /// Logs when the cause that keeps a provider down differs from the logged one.
    func followCauses(_ providers: [ProviderStatus]) {
        for status in providers {
            guard status.state == .down || status.state == .open || status.state == .halfOpen else {
                causes[status.name] = nil
                continue
            }
            guard let reason = status.reason else { continue }
            let cause = Self.cause(of: reason)
            let known = causes.updateValue(cause, forKey: status.name)
            guard let known, known != cause else { continue }
            var metadata: Logger.Metadata = [
                "provider": "\(status.name)", "reason": "\(DeliveryError.logged(reason))",
            ]
            if let remedy = status.remedy { metadata["remedy"] = "\(remedy)" }
            logger.warning("the cause of an outage has changed", metadata: metadata)
        }
    }

    /// The kind and the code of a reason such as `transient (smtp.4.3.2): closing, session 4711`.
    ///
    /// The service's text is left out: a server may name the session in each reply.
    private static func cause(of reason: String) -> Substring {
        reason.firstRange(of: "): ").map { reason[..<$0.lowerBound] } ?? reason[...]
    }

    private func log(_ alert: AlertNotification) {
        let level: Logger.Level =
            switch alert.severity {
            case .info: .notice
            case .warning: .warning
            case .critical: .error
            }
        logger.log(
            level: level,
            "\(alert.title)",
            metadata: ["alert": "\(alert.what)", "text": "\(alert.loggedSentence)"]
        )
    }

    private func warn(
        _ message: Logger.Message,
        _ alert: AlertNotification,
        _ channel: String,
        _ failure: AlertFailure?,
        _ more: Logger.Metadata = [:]
    ) {
        var metadata: Logger.Metadata = ["alert": "\(alert.what)", "channel": "\(channel)"]
        if let failure { metadata["error"] = "\(DeliveryError.logged(failure.detail))" }
        logger.error(message, metadata: metadata.merging(more) { $1 })
    }
}

extension AlertManager {
    /// What was last done about each provider's tokens.
    struct TokenMemory: Sendable {
        var states: [String: TokenStatus.State] = [:]
        /// Grants that were found dead, so that each marks its provider as down once.
        var dead: [String: Timestamp] = [:]
    }

    /// Marks a provider as down whose grant is dead, even before mail was tried, and probes one whose tokens work
    /// again.
    func followTokens() {
        for token in evaluator.observation.tokens {
            let before = tokenMemory.states.updateValue(token.state, forKey: token.provider)
            switch token.state {
            case .good where before != nil && before != .good: dependencies.probe(token.provider)
            case .dead: takeDown(token)
            default: break
            }
            if token.state != .dead { tokenMemory.dead[token.provider] = nil }
        }
    }

    private func takeDown(_ token: TokenStatus) {
        let since = token.since ?? evaluator.startedAt
        guard tokenMemory.dead[token.provider] != since else { return }
        tokenMemory.dead[token.provider] = since
        let status = evaluator.observation.providers.first { $0.name == token.provider }
        guard let status, status.state != .down else { return }
        let error = DeliveryError(
            .authentication,
            code: token.failure?.code ?? "oauth.no_grant",
            detail: token.failure?.detail ?? "there is no grant that is good",
            remedy: token.failure?.remedy ?? "run `posthaste tokens authorize \(token.provider)`"
        )
        dependencies.note(error, token.provider)
    }
}
