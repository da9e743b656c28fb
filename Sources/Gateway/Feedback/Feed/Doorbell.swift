// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Wakes the one task that waits for it; a ring before the wait counts, and several count as one.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.isRung = true }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns after a ring, after `limit`, and when the task is cancelled.
    func wait(for limit: Duration? = nil) async {
        let alarm = limit.map { limit in
            Task {
                try? await Task.sleep(for: limit)
                if !Task.isCancelled { ring() }
            }
        }
        defer { alarm?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isRung = state.withLock { state in
                    guard !state.isRung else {
                        state.isRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isRung { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
