// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Asks the store whether it answers, at most once in half a second however many ask, and never waits long for it.
package actor StoreProbe {
    private static let freshFor = Duration.milliseconds(500)

    private let isReachable: @Sendable () async -> Bool
    private let patience: Duration
    private var last: (at: ContinuousClock.Instant, answer: Bool)?
    private var running: Task<Bool, Never>?

    /// A store that does not answer within `patience` counts as gone.
    package init(patience: Duration = .seconds(3), isReachable: @escaping @Sendable () async -> Bool) {
        self.patience = patience
        self.isReachable = isReachable
    }

    package func answer() async -> Bool {
        if let last, ContinuousClock.now - last.at < Self.freshFor { return last.answer }
        if let running { return await running.value }
        let (isReachable, patience) = (isReachable, patience)
        let probe = Task { await Self.first(isReachable, patience) }
        running = probe
        let answer = await probe.value
        last = (.now, answer)
        running = nil
        return answer
    }

    /// A question to a dead store may never return, so the answer does not wait for its end.
    private static func first(_ isReachable: @escaping @Sendable () async -> Bool, _ patience: Duration) async -> Bool {
        let (answers, continuation) = AsyncStream.makeStream(of: Bool.self)
        let question = Task { continuation.yield(await isReachable()) }
        let alarm = Task {
            // Cancelled when the store was faster.
            if (try? await Task.sleep(for: patience)) != nil { continuation.yield(false) }
        }
        defer {
            question.cancel()
            alarm.cancel()
        }
        for await answer in answers { return answer }
        return false
    }
}
