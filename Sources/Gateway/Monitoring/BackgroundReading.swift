// SPDX-License-Identifier: Apache-2.0
import Basics
import Synchronization

/// Runs work that may never end, with a time limit.
package enum Patience {
    /// The result of `work`; nil when it has none, or takes longer than `limit`.
    ///
    /// Work that takes longer is cancelled and not waited for.
    package static func result<T: Sendable>(
        within limit: Duration,
        _ work: @escaping @Sendable () async -> T?
    ) async -> T? {
        let (results, continuation) = AsyncStream.makeStream(of: T?.self)
        let question = Task { continuation.yield(await work()) }
        let alarm = Task {
            // Cancelled when the work ended first.
            if (try? await Task.sleep(for: limit)) != nil { continuation.yield(nil) }
        }
        defer {
            question.cancel()
            alarm.cancel()
        }
        for await result in results { return result }
        return nil
    }
}

/// A value that is read in the background, so that no caller waits for it.
final class BackgroundReading<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        /// When the read under way began; nil when there is none.
        var askedAt: Timestamp?
        /// When the next read may begin; nil before the first result.
        var nextAt: Timestamp?
    }

    private let state = Mutex(State())
    /// A read may take up to one part in `share` of the time.
    private static var share: Int { 100 }

    private let interval: Duration
    private let clock: Clock
    private let patience: Duration
    private let ask: @Sendable () async -> Value?

    /// A read without a result for more than `patience` is overdue.
    ///
    /// A slow read is repeated less often than every `interval`.
    init(
        every interval: Duration,
        patience: Duration,
        clock: @escaping Clock,
        ask: @escaping @Sendable () async -> Value?
    ) {
        self.interval = interval
        self.clock = clock
        self.patience = patience
        self.ask = ask
    }

    /// The last result, nil when there was none; starts a new read when it is old.
    func latest(now: Timestamp) -> (value: Value?, isOverdue: Bool) {
        let (value, isOverdue, isDue) = state.withLock { state in
            let isOverdue = state.askedAt.map { now - $0 > patience } ?? false
            let isDue = state.askedAt == nil && (state.nextAt.map { isTime($0, now: now) } ?? true)
            if isDue { state.askedAt = now }
            return (isOverdue ? nil : state.value, isOverdue, isDue)
        }
        if isDue {
            Task {
                let answer = await ask()
                let end = clock()
                let pause = max(interval, (end - now) * Self.share)
                state.withLock { $0 = State(value: answer, askedAt: nil, nextAt: end + pause) }
            }
        }
        return (value, isOverdue)
    }

    /// A clock that was set back must not stop the reads.
    private func isTime(_ next: Timestamp, now: Timestamp) -> Bool {
        now >= next || next - now > max(interval, patience * Self.share)
    }
}
