// SPDX-License-Identifier: Apache-2.0
import Delivery
internal import Synchronization

/// The requests of callers to the HTTP thread.
final class HTTPQueue: Sendable {
    private struct State {
        var submitted: [HTTPJob] = []
        var cancelled: [HTTPJob] = []
        var isRunning = false
        var isClosed = false
        var multi: CurlMulti?
    }

    struct Wishes {
        var submitted: [HTTPJob]
        var cancelled: [HTTPJob]
        var isClosed: Bool
    }

    private let state = Mutex(State())

    /// Adds a job; true when the caller must start a thread for it.
    func submit(_ job: HTTPJob) -> Bool {
        state.withLock { state in
            state.submitted.append(job)
            state.multi?.wakeUp()
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    func cancel(_ job: HTTPJob) {
        state.withLock { state in
            state.cancelled.append(job)
            state.multi?.wakeUp()
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.multi?.wakeUp()
        }
    }

    /// From now on callers wake this handle.
    func adopt(_ multi: CurlMulti) {
        state.withLock { $0.multi = multi }
    }

    /// Everything requested since the last call.
    func take() -> Wishes {
        state.withLock { state in
            defer { (state.submitted, state.cancelled) = ([], []) }
            return Wishes(submitted: state.submitted, cancelled: state.cancelled, isClosed: state.isClosed)
        }
    }

    /// Records that the thread ends; returns the jobs that remain undone.
    func leave() -> [HTTPJob] {
        state.withLock { state in
            defer { (state.submitted, state.cancelled, state.multi, state.isRunning) = ([], [], nil, false) }
            return state.submitted
        }
    }
}

/// A request under way, and the caller that waits for its outcome.
final class HTTPJob: Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPFailure>

    let request: HTTPRequest
    /// Nil to connect directly, whatever the environment says.
    let proxy: OutgoingProxy?
    private let waiter: Mutex<CheckedContinuation<Outcome, Never>?>

    init(_ request: HTTPRequest, through proxy: OutgoingProxy?, _ waiter: CheckedContinuation<Outcome, Never>) {
        self.request = request
        self.proxy = proxy
        self.waiter = Mutex(waiter)
    }

    /// Resumes the caller; only the first call counts.
    func end(_ outcome: Outcome) {
        let waiter = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: outcome)
    }
}
