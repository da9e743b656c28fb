// SPDX-License-Identifier: Apache-2.0
import Delivery
internal import Dispatch
internal import Synchronization

/// A thread with a session that runs its client's jobs.
final class SMTPWorker: Sendable {
    private let endpoint: SMTPEndpoint
    /// The sockets of the worker's connection.
    let watch = SocketWatch()
    private let next = Mutex<SMTPJob?>(nil)
    private let signal = DispatchSemaphore(value: 0)

    init(_ endpoint: SMTPEndpoint) {
        self.endpoint = endpoint
    }

    /// Passes the worker its next job, or with nil makes it check its state.
    ///
    /// Wakes it if it waits.
    func wake(with job: SMTPJob?) {
        next.withLock { $0 = job }
        signal.signal()
    }

    /// Waits on the worker's thread; nil when `wake(with:)` was not called within `time`.
    func wait(_ time: DispatchTimeInterval) -> SMTPJob?? {
        guard signal.wait(timeout: .now() + time) == .success else { return nil }
        return .some(takeNext())
    }

    /// Waits for a call of `wake(with:)` that is certain to come.
    func wait() -> SMTPJob? {
        signal.wait()
        return takeNext()
    }

    private func takeNext() -> SMTPJob? {
        next.withLock { job in
            defer { job = nil }
            return job
        }
    }

    /// Runs jobs on the current thread until `nextJob` returns nil; closes the connection before it returns.
    ///
    /// `nextJob` gets the function that resumes the caller of the previous job, and calls it once.
    func work(from first: SMTPJob, _ nextJob: (_ finish: () -> Void) -> SMTPJob?) {
        var session: SMTPSession?
        var next: SMTPJob? = first
        while let job = next {
            let outcome = job.begin(on: watch) ? run(job.task, on: &session) : SMTPJob.cancelled
            next = nextJob { job.end(with: outcome) }
        }
    }

    private func run(_ task: SMTPJob.Task, on session: inout SMTPSession?) -> SMTPOutcome {
        do throws(CurlError) {
            switch task {
            case .submit(let transaction):
                if let session { return session.submit(transaction) }
                let opened = try SMTPSession(endpoint, watch)
                session = opened
                return opened.submit(transaction)
            case .signIn(let credentials): return try SMTPSession(endpoint, watch).signIn(credentials)
            }
        } catch {
            return .failed(at: .prepare, .unsupported, error.description)
        }
    }
}
