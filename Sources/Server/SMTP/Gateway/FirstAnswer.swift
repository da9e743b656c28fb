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
