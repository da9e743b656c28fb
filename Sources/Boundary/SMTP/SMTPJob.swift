// SPDX-License-Identifier: Apache-2.0
import Delivery
internal import Synchronization

/// One task of a session, and the caller that waits for its outcome.
final class SMTPJob: Sendable {
    enum Task: Sendable {
        case submit(SMTPTransaction)
        case signIn(SMTPCredentials)
    }

    private enum Phase {
        case waiting
        case running(SocketWatch)
        case cancelled
        case ended
    }

    let task: Task
    private let caller: CheckedContinuation<SMTPOutcome, Never>
    private let phase = Mutex(Phase.waiting)

    init(_ task: Task, for caller: CheckedContinuation<SMTPOutcome, Never>) {
        self.task = task
        self.caller = caller
    }

    static let cancelled = SMTPOutcome.failed(
        at: .prepare,
        .cancelled,
        "the attempt was cancelled before it began"
    )

    /// Begins on a session's thread; false when the job was cancelled before.
    func begin(on watch: SocketWatch) -> Bool {
        watch.begin()
        return phase.withLock { phase in
            guard case .waiting = phase else { return false }
            phase = .running(watch)
            return true
        }
    }

    /// Resumes the caller.
    ///
    /// Called once.
    func end(with outcome: SMTPOutcome) {
        phase.withLock { $0 = .ended }
        caller.resume(returning: outcome)
    }

    /// Ends the attempt if it is running, else prevents it from starting.
    func cancel() {
        phase.withLock { phase in
            switch phase {
            case .waiting: phase = .cancelled
            case .running(let watch): watch.cut()
            case .cancelled, .ended: break
            }
        }
    }
}

/// Connects a task's cancellation with its job, in either order.
final class SMTPCancellation: Sendable {
    private struct State {
        var job: SMTPJob?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Sets the job to cancel; false when the task was cancelled before.
    func adopt(_ job: SMTPJob) -> Bool {
        state.withLock { state in
            guard !state.isCancelled else { return false }
            state.job = job
            return true
        }
    }

    /// Cancels; returns the job if there is one by now.
    func cancel() -> SMTPJob? {
        state.withLock { state in
            state.isCancelled = true
            return state.job
        }
    }
}
