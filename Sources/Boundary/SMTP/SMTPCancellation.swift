// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Where a task's cancellation meets its job, whichever comes first.
final class SMTPCancellation: Sendable {
    private struct State {
        var job: SMTPJob?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Names the job to cancel; false when the task was cancelled before.
    func adopt(_ job: SMTPJob) -> Bool {
        state.withLock { state in
            guard !state.isCancelled else { return false }
            state.job = job
            return true
        }
    }

    /// Cancels; answers the job if there is one by now.
    func cancel() -> SMTPJob? {
        state.withLock { state in
            state.isCancelled = true
            return state.job
        }
    }
}
