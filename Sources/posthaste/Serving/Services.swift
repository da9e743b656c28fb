// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import ServiceLifecycle
import Storage
import Synchronization

/// Reads how deep the queue is, but not again while nothing has stirred in it.
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
        // A store that does not answer is reported by whoever asks whether it does.
        let depths = try? await store.stores.messages.depths()
        state.withLock { $0.last = depths }
        return depths
    }
}

/// Runs the dispatcher, and drains it when the gateway is told to stop.
struct DispatchService: Service {
    let dispatcher: Dispatcher
    /// Asked when it is needed, for settings may have changed.
    let grace: @Sendable () -> Duration

    func run() async throws {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: { [dispatcher, grace] in
            Task { await dispatcher.shutDown(grace: grace()) }
        }
    }
}

/// Does a piece of work again and again until the gateway is told to stop.
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
