// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// The revision of a templates folder, and the callers that wait for the next one.
package final class PreviewChanges: Sendable {
    private struct State {
        var revision: Int
        var isClosed = false
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state: Mutex<State>

    /// `first` distinguishes the revisions of this process from those of an earlier one.
    package init(first: Int) {
        state = Mutex(State(revision: first))
    }

    package var revision: Int { state.withLock(\.revision) }

    /// Increments the revision and resumes the waiting callers.
    package func announce() {
        wake { $0.revision += 1 }
    }

    /// Resumes all waiting callers and lets later ones return at once.
    package func close() {
        wake { $0.isClosed = true }
    }

    /// Returns the revision as soon as it differs from `known`, or after `limit`.
    func revision(otherThan known: Int, within limit: Duration) async -> Int {
        let (signals, continuation) = AsyncStream<Void>.makeStream()
        let place: Int? = state.withLock { state in
            guard state.revision == known, !state.isClosed else { return nil }
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        guard let place else { return revision }
        let alarm = Task {
            // A cancelled sleep means that the change came first.
            try? await Task.sleep(for: limit)
            continuation.finish()
        }
        for await _ in signals {}
        alarm.cancel()
        return state.withLock { state in
            state.waiting[place] = nil
            return state.revision
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values { continuation.finish() }
    }
}
