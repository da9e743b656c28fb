// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Queue
import ServiceLifecycle
import Storage
import Synchronization

/// Reads the queue depths, and caches them while the queue does not change.
final class DepthReading: Sendable {
    private struct State {
        var gate = PollTimer(every: .seconds(30))
        var last: [QueueDepth]?
    }

    private let store: OpenStore
    private let state = Mutex(State())

    init(_ store: OpenStore) {
        self.store = store
    }

    /// Nil when the store does not answer.
    func read() async -> [QueueDepth]? {
        let queueVersion = store.queueVersion
        let known = state.withLock { state in
            state.gate.isDue(queueVersion, now: ProcessContext.clock()) ? nil : state.last
        }
        if let known { return known }
        // The readiness check reports a store that does not answer.
        let depths = try? await store.stores.messages.depths()
        state.withLock { $0.last = depths }
        return depths
    }
}

/// Runs the dispatcher, and drains it on shutdown.
struct DispatchService: Service {
    let dispatcher: Dispatcher
    /// A closure, because settings may change.
    let grace: @Sendable () -> Duration

    func run() async throws {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: { [dispatcher, grace] in
            Task { await dispatcher.shutDown(grace: grace()) }
        }
    }
}

/// Processes what providers report of mail until shutdown.
struct FeedbackWork: Service {
    let service: FeedbackService

    func run() async throws {
        await cancelWhenGracefulShutdown { await service.run() }
    }
}

/// Repeats a task at an interval until shutdown.
struct RepeatedWork: Service {
    let interval: Duration
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await work()
                // A cancelled sleep ends the loop.
                try? await Task.sleep(for: interval)
            }
        }
    }
}
