// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The first of several answers; later ones are dropped.
final class FirstAnswer<Value: Sendable>: Sendable {
    private let waiting = Mutex<CheckedContinuation<Value, Never>?>(nil)

    /// Calls `begin` with the function that gives an answer, and waits for the first one.
    func value(_ begin: (@escaping @Sendable (Value) -> Void) -> Void) async -> Value {
        await withCheckedContinuation { continuation in
            waiting.withLock { $0 = continuation }
            begin { [self] value in
                let continuation = waiting.withLock { waiting in
                    defer { waiting = nil }
                    return waiting
                }
                continuation?.resume(returning: value)
            }
        }
    }
}

/// Decides whether a commit begins or is withdrawn, whichever comes first.
final class Withdrawal: Sendable {
    private enum State {
        case waiting
        case running
        case withdrawn
    }

    private let state = Mutex(State.waiting)

    /// Begins the commit, which may be tried several times; false when it was withdrawn.
    func begin() -> Bool {
        state.withLock { state in
            if case .withdrawn = state { return false }
            state = .running
            return true
        }
    }

    /// Withdraws the commit; false when it has begun.
    func withdraw() -> Bool {
        state.withLock { state in
            guard case .waiting = state else { return false }
            state = .withdrawn
            return true
        }
    }
}
