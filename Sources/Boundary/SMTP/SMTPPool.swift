// SPDX-License-Identifier: Apache-2.0
import Delivery

/// Tracks busy and idle workers and waiting jobs.
///
/// A pure value; its owner holds a lock and carries out the results.
struct SMTPPool {
    enum Placement {
        /// Wake this worker with the job.
        case handed(SMTPWorker)
        /// Start a thread for this worker.
        case started(SMTPWorker)
        /// All workers are busy; the next free one takes the job.
        case queued
        case closed
    }

    enum Rest {
        case work(SMTPJob)
        case wait
        case end
    }

    private(set) var workers: [SMTPWorker] = []
    /// Idle workers, the most recently used last.
    private var idle: [SMTPWorker] = []
    /// Jobs that wait for a free worker, oldest first.
    private var waiting: [SMTPJob] = []
    private var isClosed = false
    private var closers: [CheckedContinuation<Void, Never>] = []

    mutating func place(_ job: SMTPJob, _ endpoint: SMTPEndpoint) -> Placement {
        if isClosed { return .closed }
        if let worker = idle.popLast() { return .handed(worker) }
        guard workers.count < max(1, endpoint.connections) else {
            waiting.append(job)
            return .queued
        }
        let worker = SMTPWorker(endpoint)
        workers.append(worker)
        return .started(worker)
    }

    /// `worker` has finished its job.
    mutating func rest(_ worker: SMTPWorker) -> Rest {
        if !waiting.isEmpty { return .work(waiting.removeFirst()) }
        if isClosed { return .end }
        idle.append(worker)
        return .wait
    }

    /// `worker` has been idle long enough; false when it got a job at the last moment.
    mutating func leave(_ worker: SMTPWorker) -> Bool {
        guard let position = idle.firstIndex(where: { $0 === worker }) else { return false }
        idle.remove(at: position)
        return true
    }

    /// Removes a job from the queue; false when it is not there.
    mutating func withdraw(_ job: SMTPJob) -> Bool {
        guard let position = waiting.firstIndex(where: { $0 === job }) else { return false }
        waiting.remove(at: position)
        return true
    }

    /// The thread of `worker` has ended; returns the callers that waited for the last one.
    mutating func ended(_ worker: SMTPWorker) -> [CheckedContinuation<Void, Never>] {
        workers.removeAll { $0 === worker }
        guard isClosed, workers.isEmpty else { return [] }
        defer { closers = [] }
        return closers
    }

    /// Accepts no more jobs; returns the jobs that will not be done and the workers to wake.
    mutating func close(
        _ closer: CheckedContinuation<Void, Never>
    ) -> (abandoned: [SMTPJob], idle: [SMTPWorker]) {
        isClosed = true
        defer {
            waiting = []
            idle = []
        }
        if workers.isEmpty { closer.resume() } else { closers.append(closer) }
        return (waiting, idle)
    }
}
