// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Logging
import Queue

/// Takes reports into the store, and processes them afterwards.
///
/// A caller gets its answer when its events are on disk. The processing is a loop of its own, so that a burst of
/// reports costs the caller and the acceptance of mail no more than its commits.
package final class FeedbackService: FeedbackIntake {
    /// Called with the result of each commit that processed events.
    package typealias Observer = @Sendable (FeedbackResult) -> Void

    /// The most events of one commit.
    static let batch = 500

    private let store: any FeedbackStore
    private let policy: @Sendable () -> FeedbackPolicy
    private let observer: Observer
    private let logger: Logger
    private let clock: Clock
    private let called: AsyncStream<Void>
    private let calls: AsyncStream<Void>.Continuation

    /// `policy` is read for every commit, because settings may change.
    package init(
        store: any FeedbackStore,
        policy: @escaping @Sendable () -> FeedbackPolicy,
        observer: @escaping Observer,
        logger: Logger,
        clock: @escaping Clock
    ) {
        self.store = store
        self.policy = policy
        self.observer = observer
        self.logger = logger
        self.clock = clock
        (called, calls) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    package func add(_ events: [FeedbackEvent], of provider: String?) async throws(StoreError) {
        try await store.add(events, of: provider, now: clock())
        calls.yield()
    }

    /// Processes reports until the task is cancelled: at once when some were added here, and every `interval` those
    /// that wait for their message or that another gateway took in.
    package func run(every interval: Duration = .seconds(1)) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [calls] in
                // A cancelled sleep ends the loop.
                while !Task.isCancelled {
                    calls.yield()
                    try? await Task.sleep(for: interval)
                }
                calls.finish()
            }
            for await _ in called { await processAll() }
            group.cancelAll()
        }
    }

    /// Processes what is due now.
    package func processAll() async {
        while !Task.isCancelled {
            do throws(StoreError) {
                let result = try await store.process(limit: Self.batch, policy: policy(), now: clock())
                guard result.count > 0 else { return }
                observer(result)
                if let failure = result.failure {
                    logger.error("a report of a provider cannot be processed", metadata: ["error": "\(failure)"])
                }
                // Events that wait are due later.
                guard result.count == Self.batch else { return }
            } catch {
                // They stay in the store, and the next round tries again; readiness reports a store that is away.
                logger.warning("reports of providers cannot be processed now", metadata: ["error": "\(error)"])
                return
            }
        }
    }

    /// Forgets what is too old to matter.
    package func forget(messagesBefore: Timestamp, now: Timestamp) async {
        do throws(StoreError) {
            while try await store.forget(
                policy: policy(),
                messagesBefore: messagesBefore,
                now: now,
                limit: Self.batch
            ), !Task.isCancelled {}
        } catch {
            logger.warning("old reports cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}
