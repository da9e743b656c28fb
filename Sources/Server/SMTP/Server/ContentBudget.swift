// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The memory that the content of all mails shares, from their first byte until they are stored or refused.
final class ContentBudget: Sendable {
    private struct State {
        var limit: Int
        var used = 0
    }

    private let state: Mutex<State>

    /// `limit` is in bytes.
    init(limit: Int) {
        state = Mutex(State(limit: limit))
    }

    func limit(to bytes: Int) {
        state.withLock { $0.limit = bytes }
    }

    /// The bytes that are left.
    var room: Int { state.withLock { max(0, $0.limit - $0.used) } }

    /// The bytes that are taken.
    var used: Int { state.withLock { $0.used } }

    /// Takes bytes; false when so many are not left, and then nothing is taken.
    ///
    /// The caller must release what it took.
    func take(_ bytes: Int) -> Bool {
        state.withLock { state in
            guard state.used + bytes <= state.limit else { return false }
            state.used += bytes
            return true
        }
    }

    func release(_ bytes: Int) {
        state.withLock { $0.used -= bytes }
    }
}

/// What one connection holds of a ``ContentBudget``.
struct ContentShare {
    private let budget: ContentBudget
    private(set) var bytes = 0

    init(_ budget: ContentBudget) {
        self.budget = budget
    }

    /// Changes the share to so many bytes; false when they are not left, and then the share is empty.
    mutating func hold(_ wanted: Int) -> Bool {
        if wanted <= bytes {
            budget.release(bytes - wanted)
        } else if !budget.take(wanted - bytes) {
            budget.release(bytes)
            bytes = 0
            return false
        }
        bytes = wanted
        return true
    }

    /// Hands the share over: the caller must release so many bytes.
    mutating func handOver() -> Int {
        defer { bytes = 0 }
        return bytes
    }
}
