// SPDX-License-Identifier: Apache-2.0
package import Delivery
internal import Dispatch
internal import Synchronization

/// An SMTP client for one server with pooled connections.
///
/// libcurl 7.88 blocks while it waits for the reply to a message, so each connection has a thread of its own. Threads
/// are started on demand, up to `endpoint.connections`. The most recently used one gets the next job, so that few
/// connections stay warm. One that was idle for a minute sends QUIT to its server and ends.
package final class CurlSMTPClient: SMTPClient {
    /// The time limit for the server's reply to QUIT when the client is closed.
    private static let goodbye = DispatchTimeInterval.seconds(2)

    private let endpoint: SMTPEndpoint
    private let idleTime: DispatchTimeInterval
    private let pool = Mutex(SMTPPool())

    package init(_ endpoint: SMTPEndpoint, idleSeconds: Double = 60) {
        self.endpoint = endpoint
        idleTime = .milliseconds(Int(idleSeconds * 1000))
    }

    /// The number of connections that currently have a thread.
    package var openConnections: Int { pool.withLock(\.workers.count) }

    /// Runs one mail transaction.
    ///
    /// Cancelling the task ends it at once.
    package func submit(_ transaction: SMTPTransaction) async -> SMTPOutcome {
        if let fault = transaction.fault { return .failed(at: .prepare, .refused, fault) }
        return await run(.submit(transaction))
    }

    /// Opens a new connection, starts TLS, authenticates, sends QUIT and sends no mail.
    package func signIn(_ credentials: SMTPCredentials) async -> SMTPOutcome {
        await run(.signIn(credentials))
    }

    /// Closes all connections and ends all threads; waiting jobs are cancelled, running ones are finished first.
    package func close() async {
        await withCheckedContinuation { continuation in
            let (abandoned, idle) = pool.withLock { $0.close(continuation) }
            for job in abandoned { job.end(with: SMTPJob.cancelled) }
            for worker in idle { worker.wake(with: nil) }
            let cutting = DispatchTime.now() + Self.goodbye
            DispatchQueue.global().asyncAfter(deadline: cutting) { for worker in idle { worker.watch.cut() } }
        }
    }

    private func run(_ task: SMTPJob.Task) async -> SMTPOutcome {
        guard endpoint.url != nil else {
            return .failed(at: .prepare, .unsupported, "`\(endpoint.host)` cannot be the name of a mail server")
        }
        let cancellation = SMTPCancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let job = SMTPJob(task, for: continuation)
                if cancellation.adopt(job) { dispatch(job) } else { job.end(with: SMTPJob.cancelled) }
            }
        } onCancel: {
            guard let job = cancellation.cancel() else { return }
            job.cancel()
            if pool.withLock({ $0.withdraw(job) }) { job.end(with: SMTPJob.cancelled) }
        }
    }

    private func dispatch(_ job: SMTPJob) {
        switch pool.withLock({ $0.place(job, endpoint) }) {
        case .handed(let worker): worker.wake(with: job)
        case .started(let worker): start(worker, with: job)
        case .queued: break
        case .closed: job.end(with: SMTPJob.cancelled)
        }
    }

    private func start(_ worker: SMTPWorker, with first: SMTPJob) {
        let isStarted = BlockingThread.start { [self] in
            worker.work(from: first) { nextJob(for: worker, after: $0) }
            for closer in pool.withLock({ $0.ended(worker) }) { closer.resume() }
        }
        guard !isStarted else { return }
        for closer in pool.withLock({ $0.ended(worker) }) { closer.resume() }
        first.end(with: .failed(at: .prepare, .disconnected, "the system has no thread left"))
    }

    /// The next job of `worker`; nil when it must end.
    ///
    /// The caller of the previous job is resumed only when the worker is free again: its next message then finds a
    /// warm connection.
    private func nextJob(for worker: SMTPWorker, after finish: () -> Void) -> SMTPJob? {
        let rest = pool.withLock { $0.rest(worker) }
        finish()
        switch rest {
        case .work(let job): return job
        case .end: return nil
        case .wait: break
        }
        if let woken = worker.wait(idleTime) { return woken }
        // A job may have been assigned between the end of the wait and here; then its signal is on the way.
        return pool.withLock { $0.leave(worker) } ? nil : worker.wait()
    }
}
