// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// Sends HTTP requests through libcurl, all on one thread: connections are kept, shared, and multiplexed where the server
/// speaks HTTP/2.
package final class CurlHTTPClient: Sendable {
    private let queue = HTTPQueue()
    private let options: HTTPOptions

    package init(_ options: HTTPOptions) {
        self.options = options
    }

    deinit { queue.close() }

    /// Sends one request; a cancelled task ends it.
    ///
    /// A request that ``HTTPSubmission/isWritable`` denies fails as `invalid` before anything is sent.
    package func perform(_ submission: HTTPSubmission) async -> HTTPExchange {
        guard submission.isWritable else {
            return HTTPWorker.unusable(.invalid, "the request cannot be written safely")
        }
        let current = Mutex<HTTPJob?>(nil)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let job = HTTPJob(submission, waiter)
                current.withLock { $0 = job }
                if queue.submit(job) { start() }
                // It may have been cancelled before there was a job to cancel.
                if Task.isCancelled { queue.cancel(job) }
            }
        } onCancel: {
            if let job = current.withLock(\.self) { queue.cancel(job) }
        }
    }

    private func start() {
        let (queue, options) = (queue, options)
        let isStarted = BlockingThread.start {
            do throws(CurlFault) {
                var worker = try HTTPWorker(queue, options)
                worker.run()
            } catch {
                for job in queue.leave() { job.end(HTTPWorker.unusable(error)) }
            }
        }
        guard !isStarted else { return }
        for job in queue.leave() { job.end(HTTPWorker.unusable(.disconnected, "the system has no thread left")) }
    }
}
