// SPDX-License-Identifier: Apache-2.0
import Basics
import Logging
import Queue
import Synchronization

/// Works one endpoint for as long as this gateway has its lease: the shell around ``WebhookQueue``.
final class WebhookWorker: Sendable {
    struct Dependencies: Sendable {
        let log: any EventLog
        let store: any WebhookStore
        let caller: WebhookCaller
        let holder: LeaseHolder
        let clock: Clock
        let chance: @Sendable () -> Double
        let logger: Logger
    }

    private struct State {
        var queue: WebhookQueue
        var counts = WebhookCounts()
        /// No further call begins.
        var isStopping = false
        /// Calls under way are ended; they are made again later.
        var isCutting = false
        /// The lease is gone, or an operator has decided something: nothing more is stored.
        var isObsolete = false
        var isSaving = false
    }

    private enum Step {
        case action(WebhookQueue.Action)
        case cut
        case end
    }

    let endpoint: WebhookEndpoint
    let revision: Int64
    private let name: String
    private let dependencies: Dependencies
    private let state: Mutex<State>
    private let bell = Doorbell()

    init(_ endpoint: WebhookEndpoint, _ work: WebhookWork, _ dependencies: Dependencies) {
        self.endpoint = endpoint
        name = endpoint.name
        revision = work.record.revision
        self.dependencies = dependencies
        state = Mutex(State(queue: WebhookQueue(work.record, pending: work.pending)))
    }

    /// Looks for events after the last one that was read.
    func appended() {
        state.withLock { $0.queue.appended() }
        bell.ring()
    }

    /// Begins no further call; ``run()`` ends when those under way have ended and all is stored.
    func stop() {
        state.withLock { $0.isStopping = true }
        bell.ring()
    }

    /// The same, and ends the calls that are under way.
    func cut() {
        state.withLock { state in
            (state.isStopping, state.isCutting) = (true, true)
        }
        bell.ring()
    }

    /// The same, and stores nothing more.
    func abandon() {
        state.withLock { $0.isObsolete = true }
        cut()
    }

    /// Adds this worker's figures to a status.
    func fill(_ status: inout WebhookStatus, now: Timestamp) {
        state.withLock { state in
            status.failingSince = state.queue.failingSince
            status.lag = state.queue.oldest.map { max(now - $0, .zero) } ?? .zero
            status.counts = state.counts
        }
    }

    var counts: WebhookCounts { state.withLock(\.counts) }

    /// Runs until ``stop()``, or until the endpoint is disabled or lost.
    func run() async {
        await withTaskCancellationHandler {
            await work()
        } onCancel: {
            cut()
        }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            while true {
                switch step() {
                case .end: return
                case .cut:
                    // The group waits for its tasks, which end at once.
                    group.cancelAll()
                    return
                case .action(.attempt(let delivery)): begin(delivery, in: &group)
                case .action(.load(let after, let limit)):
                    group.addTask { [self] in await load(after: after, limit: limit) }
                case .action(.disable(let reason)): return await disable(reason)
                case .action(.wait(let until)):
                    save(in: &group)
                    await bell.wait(for: until.map { max($0 - dependencies.clock(), .milliseconds(1)) })
                }
            }
        }
        await saveRest()
    }

    private func step() -> Step {
        let now = dependencies.clock()
        return state.withLock { state in
            guard state.isStopping else { return .action(state.queue.next(now: now)) }
            guard state.queue.isRunning else { return .end }
            return state.isCutting ? .cut : .action(.wait(until: nil))
        }
    }

    private func load(after: Int64, limit: Int) async {
        do throws(StoreError) {
            let page = try await dependencies.log.events(after: after, matching: endpoint.filter, limit: limit)
            let deliveries = page.events.map { WebhookDelivery($0) }
            state.withLock { $0.queue.loaded(deliveries, next: page.next) }
        } catch {
            dependencies.logger.debug("events cannot be read", metadata: ["webhook": "\(name)", "error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            state.withLock { $0.queue.loadFailed() }
        }
        bell.ring()
    }

    private func begin(_ delivery: WebhookDelivery, in group: inout DiscardingTaskGroup) {
        group.addTask { [self] in
            finish(delivery, await dependencies.caller.post(delivery.body, id: delivery.id, to: endpoint))
        }
    }

    private func finish(_ delivery: WebhookDelivery, _ outcome: WebhookOutcome?) {
        let (now, chance) = (dependencies.clock(), dependencies.chance())
        state.withLock { state in
            guard let outcome else { return state.queue.cancelled(delivery.sequence) }
            state.queue.finished(delivery.sequence, outcome, now: now, chance: chance)
            state.counts.add(outcome, attempts: delivery.attempts + 1)
        }
        if let error = outcome?.error {
            dependencies.logger.info(
                "a webhook was not delivered",
                metadata: [
                    "webhook": "\(name)", "id": "\(delivery.id)", "attempt": "\(delivery.attempts + 1)",
                    "error": "\(error)",
                ]
            )
        }
        bell.ring()
    }
}

/// Storing progress: one commit at a time, each with all that has ended since the last.
extension WebhookWorker {
    private func save(in group: inout DiscardingTaskGroup) {
        let progress = state.withLock { state -> WebhookProgress? in
            guard !state.isSaving, !state.isObsolete, let progress = state.queue.takeProgress() else { return nil }
            state.isSaving = true
            return progress
        }
        guard let progress else { return }
        group.addTask {
            await self.store(progress)
            self.state.withLock { $0.isSaving = false }
            self.bell.ring()
        }
    }

    /// Stores progress; repeats it while the store does not answer, unless the worker stops.
    private func store(_ progress: WebhookProgress) async {
        while !state.withLock(\.isObsolete) {
            do throws(StoreError) {
                let isOurs = try await dependencies.store.save(
                    progress,
                    of: name,
                    revision: revision,
                    by: dependencies.holder
                )
                if !isOurs { abandon() }
                return
            } catch {
                // What follows would move the cursor past what is lost here: the events are sent again instead.
                try? await Task.sleep(for: state.withLock(\.isStopping) ? .zero : .seconds(1))
                let isOver = state.withLock { state in
                    guard state.isStopping || Task.isCancelled else { return false }
                    state.isObsolete = true
                    return true
                }
                if isOver { return }
            }
        }
    }

    private func disable(_ reason: String) async {
        while state.withLock(\.isSaving) { await bell.wait(for: .milliseconds(50)) }
        var progress = state.withLock { state in
            state.isStopping = true
            return state.queue.takeAll()
        }
        progress.disabled = reason
        await store(progress)
        dependencies.logger.warning(
            "a webhook was disabled; mend its receiver, then run `posthaste webhooks enable \(name)`",
            metadata: ["webhook": "\(name)", "reason": "\(reason)"]
        )
    }

    private func saveRest() async {
        let progress = state.withLock { state in state.isObsolete ? nil : state.queue.takeRest() }
        if let progress { await store(progress) }
    }
}

/// How often the calls of an endpoint came to what, since the start of this gateway.
package struct WebhookCounts: Sendable, Hashable {
    package var delivered = 0
    package var retried = 0
    package var failed = 0

    package init() {}

    mutating func add(_ outcome: WebhookOutcome, attempts: Int) {
        if outcome.isSuccess {
            delivered += 1
        } else if attempts > WebhookQueue.schedule.count {
            failed += 1
        } else {
            retried += 1
        }
    }

    static func + (left: WebhookCounts, right: WebhookCounts) -> WebhookCounts {
        var sum = left
        sum.delivered += right.delivered
        sum.retried += right.retried
        sum.failed += right.failed
        return sum
    }
}
