// SPDX-License-Identifier: Apache-2.0
import Basics
import Synchronization

/// Waits for work that may never end, and not for long.
package enum Patience {
    /// The result of `work`; nil when it has none, or takes longer than `limit`.
    ///
    /// What takes longer is cancelled and left alone.
    package static func result<T: Sendable>(
        within limit: Duration,
        _ work: @escaping @Sendable () async -> T?
    ) async -> T? {
        let (results, continuation) = AsyncStream.makeStream(of: T?.self)
        let question = Task { continuation.yield(await work()) }
        let alarm = Task {
            // Cancelled when the work was faster.
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

/// A value that is asked for in the background, so that nobody waits for it.
final class BackgroundReading<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        /// When the question under way was asked; nil while there is none.
        var askedAt: Timestamp?
        /// When the next question may be asked; nil before the first answer.
        var nextAt: Timestamp?
    }

    private let state = Mutex(State())
    /// A question may take this part of the time at the most.
    private static var share: Int { 100 }

    private let interval: Duration
    private let clock: Clock
    private let patience: Duration
    private let ask: @Sendable () async -> Value?

    /// A question without an answer for more than `patience` is overdue.
    ///
    /// One that takes long is asked less often than every `interval`.
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

    /// The last answer, nil when there was none; asks again when that is old.
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

    /// A clock that was set back must not stop the questions.
    private func isTime(_ next: Timestamp, now: Timestamp) -> Bool {
        now >= next || next - now > max(interval, patience * Self.share)
    }
}
