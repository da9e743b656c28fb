// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Waits for the first outcome of one message.
public final class OutcomeWatch: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Bool, Never>)
        case ended(Bool)
    }

    private let state = Mutex(State.idle)
    private let onEnd: @Sendable () -> Void

    /// `onEnd` is called once when the watch has ended.
    package init(onEnd: @escaping @Sendable () -> Void) {
        self.onEnd = onEnd
    }

    deinit { onEnd() }

    /// Returns true at the first outcome, at once if there is one already; false after `limit`.
    ///
    /// The caller calls it once.
    public func outcome(within limit: Duration) async -> Bool {
        let alarm = Task { [weak self] in
            // A cancelled sleep means that the outcome came first.
            try? await Task.sleep(for: limit)
            self?.end(false)
        }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ended: Bool? = state.withLock { state in
                    if case .ended(let result) = state { return result }
                    state = .waiting(continuation)
                    return nil
                }
                if let ended { continuation.resume(returning: ended) }
            }
        } onCancel: {
            end(false)
        }
    }

    /// Signals that the message has its first outcome.
    package func signal() { end(true) }

    private func end(_ result: Bool) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            switch state {
            case .ended: return nil
            case .idle:
                state = .ended(result)
                return nil
            case .waiting(let continuation):
                state = .ended(result)
                return continuation
            }
        }
        waiting?.resume(returning: result)
    }
}
