// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Logging
package import Queue
import Synchronization

/// Sends events to the endpoints of the settings: one worker for each, while this gateway has its lease.
package final class WebhookService: Sendable {
    private struct State {
        var endpoints: [String: WebhookEndpoint] = [:]
        var workers: [String: WebhookWorker] = [:]
        /// The counts of workers that have ended.
        var counts: [String: WebhookCounts] = [:]
        /// As last read from the store.
        var records: [String: WebhookRecord] = [:]
        var listener: Int?
        var isStopping = false
    }

    /// How often decisions of operators and free leases are looked for where the store announces no changes, and
    /// where it does.
    private static let recordInterval = Duration.seconds(2)
    private static let announcedSeconds = 15
    private static let deliveredRetention = Duration.seconds(7 * 86_400)
    private static let failedRetention = Duration.seconds(30 * 86_400)

    private let dependencies: WebhookWorker.Dependencies
    private let watch: EventWatch
    private let changes: @Sendable () -> Int?
    private let state = Mutex(State())
    private let bell = Doorbell()

    /// `changes` counts the announced decisions of operators, and is nil where they are not announced; `chance` gives
    /// random numbers in 0..<1.
    package init(
        log: any EventLog,
        store: any WebhookStore,
        caller: WebhookCaller,
        watch: EventWatch,
        holder: LeaseHolder,
        changes: @escaping @Sendable () -> Int? = { nil },
        clock: @escaping Clock,
        chance: @escaping @Sendable () -> Double,
        logger: Logger
    ) {
        dependencies = WebhookWorker.Dependencies(
            log: log,
            store: store,
            caller: caller,
            holder: holder,
            clock: clock,
            chance: chance,
            logger: logger
        )
        self.watch = watch
        self.changes = changes
    }

    /// Applies new settings; an endpoint whose section is unchanged goes on undisturbed.
    package func configure(_ endpoints: [WebhookEndpoint]) {
        state.withLock { state in
            state.endpoints = Dictionary(endpoints.map { ($0.name, $0) }) { $1 }
            for (name, worker) in state.workers where state.endpoints[name] != worker.endpoint { worker.stop() }
        }
        bell.ring()
    }

    package var endpoints: [WebhookEndpoint] {
        state.withLock(\.endpoints).values.sorted { $0.name < $1.name }
    }

    package func endpoint(_ name: String) -> WebhookEndpoint? { state.withLock { $0.endpoints[name] } }

    /// Looks at once, because an operator has decided something through this gateway.
    package func changed() { bell.ring() }

    /// Runs until ``shutDown(grace:)`` has ended, or until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled, !state.withLock({ $0.isStopping && $0.workers.isEmpty }) {
                let count = changes()
                if hasWork { await manage(in: &group) }
                await pause(since: count)
            }
        }
    }

    /// Waits until something may have changed; without endpoints, that costs nothing.
    private func pause(since count: Int?) async {
        guard hasWork else { return await bell.wait() }
        guard count != nil else { return await bell.wait(for: Self.recordInterval) }
        // This process counts the announcements, so that looking at the count costs no query.
        let news = Task { [changes, bell] in
            var seconds = 0
            while seconds < Self.announcedSeconds, changes() == count {
                guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
                seconds += 1
            }
            bell.ring()
        }
        await bell.wait()
        news.cancel()
    }

    private var hasWork: Bool {
        state.withLock { state in !state.isStopping && (!state.endpoints.isEmpty || !state.workers.isEmpty) }
    }

    /// Begins no further call, waits up to `grace` for those under way, and ends the others.
    package func shutDown(grace: Duration) async {
        let workers = state.withLock { state in
            state.isStopping = true
            return Array(state.workers.values)
        }
        for worker in workers { worker.stop() }
        bell.ring()
        let clock = ContinuousClock()
        let end = clock.now + grace
        while clock.now < end, !state.withLock(\.workers.isEmpty) {
            // A cancelled wait means that the grace is over.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        for worker in workers { worker.cut() }
    }
}

/// Leases.
extension WebhookService {
    private func manage(in group: inout DiscardingTaskGroup) async {
        do throws(StoreError) {
            var records = try await dependencies.store.endpoints()
            let new = state.withLock { state in Set(state.endpoints.keys).subtracting(records.map(\.name)) }
            if !new.isEmpty {
                // Read before the endpoints are added: events that follow are theirs.
                let last = try await dependencies.log.lastSequence()
                for name in new.sorted() { try await dependencies.store.add(name, cursor: last) }
                records = try await dependencies.store.endpoints()
            }
            for record in adopt(records) {
                guard let work = try await dependencies.store.lease(record.name, to: dependencies.holder) else {
                    continue
                }
                start(work, in: &group)
            }
        } catch {
            dependencies.logger.debug("webhooks cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the workers whose endpoint was changed by an operator; returns the endpoints that may be leased.
    private func adopt(_ records: [WebhookRecord]) -> [WebhookRecord] {
        let holder = dependencies.holder
        return state.withLock { state in
            state.records = Dictionary(records.map { ($0.name, $0) }) { $1 }
            var free: [WebhookRecord] = []
            for record in records {
                if let worker = state.workers[record.name] {
                    if worker.revision != record.revision { worker.abandon() }
                } else if state.endpoints[record.name] != nil, record.isEnabled,
                    record.isFree || record.lease == holder, !state.isStopping
                {
                    free.append(record)
                }
            }
            return free
        }
    }

    private func start(_ work: WebhookWork, in group: inout DiscardingTaskGroup) {
        let name = work.record.name
        let worker = state.withLock { state -> WebhookWorker? in
            guard let endpoint = state.endpoints[name], !state.isStopping else { return nil }
            let worker = WebhookWorker(endpoint, work, dependencies)
            state.workers[name] = worker
            if state.listener == nil { state.listener = watch.listen { [weak self] _ in self?.appended() } }
            return worker
        }
        group.addTask { [self] in
            if worker != nil { dependencies.logger.info("a webhook is served", metadata: ["webhook": "\(name)"]) }
            await worker?.run()
            // When the store does not answer, the lease is taken again from the same gateway, or ends with it.
            try? await dependencies.store.release(name, by: dependencies.holder)
            state.withLock { state in
                if let worker { state.counts[name] = (state.counts[name] ?? WebhookCounts()) + worker.counts }
                state.workers[name] = nil
                if state.workers.isEmpty, let listener = state.listener {
                    watch.stopListening(listener)
                    state.listener = nil
                }
            }
            bell.ring()
        }
    }

    private func appended() {
        for worker in state.withLock({ Array($0.workers.values) }) { worker.appended() }
    }

    /// Deletes old deliveries.
    package func purge() async throws(StoreError) {
        guard state.withLock({ !$0.records.isEmpty }) else { return }
        let now = dependencies.clock()
        while try await dependencies.store.purge(
            deliveredBefore: now - Self.deliveredRetention,
            failedBefore: now - Self.failedRetention,
            limit: 1000
        ), !Task.isCancelled {}
    }
}

/// What a gateway knows about an endpoint of its settings.
package struct WebhookStatus: Sendable, Hashable {
    package let endpoint: WebhookEndpoint
    package var isEnabled = true
    package var reason: String?
    /// When the first bad answer came after the last good one.
    package var failingSince: Timestamp?
    /// How long the oldest event has been waiting; nil when another gateway works the endpoint.
    package var lag: Duration?
    /// Of this gateway.
    package var counts = WebhookCounts()

    /// `record` is nil for an endpoint that no gateway has worked yet.
    package init(_ endpoint: WebhookEndpoint, _ record: WebhookRecord?) {
        self.endpoint = endpoint
        guard let record else { return }
        (isEnabled, reason, failingSince) = (record.isEnabled, record.reason, record.failingSince)
    }

    /// True when it has given no good answer for an hour, or gets nothing any more.
    package func isDown(now: Timestamp) -> Bool {
        !isEnabled || failingSince.map { now - $0 >= WebhookQueue.downAfter } ?? false
    }
}

extension WebhookService {
    /// The endpoints of the settings, by name.
    package func statuses(now: Timestamp) -> [WebhookStatus] {
        let (endpoints, workers, records, counts) = state.withLock { state in
            (state.endpoints, state.workers, state.records, state.counts)
        }
        return endpoints.values.sorted { $0.name < $1.name }.map { endpoint in
            var status = WebhookStatus(endpoint, records[endpoint.name])
            workers[endpoint.name]?.fill(&status, now: now)
            status.counts = status.counts + (counts[endpoint.name] ?? WebhookCounts())
            return status
        }
    }
}
