// SPDX-License-Identifier: Apache-2.0
import Delivery

/// Who works and who waits.
///
/// Pure bookkeeping; its owner holds a lock and does what it answers.
struct SMTPPool {
    enum Placement {
        /// Wake this worker with the job.
        case handed(SMTPWorker)
        /// Start a thread for this worker.
        case started(SMTPWorker)
        /// All are busy; the next to be free takes it.
        case queued
        case closed
    }

    enum Rest {
        case work(SMTPJob)
        case wait
        case end
    }

    private(set) var workers: [SMTPWorker] = []
    /// Workers that wait, the warmest last.
    private var idle: [SMTPWorker] = []
    /// What no worker was free for, oldest first.
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

    /// `worker` has nothing more to do.
    mutating func rest(_ worker: SMTPWorker) -> Rest {
        if !waiting.isEmpty { return .work(waiting.removeFirst()) }
        if isClosed { return .end }
        idle.append(worker)
        return .wait
    }

    /// `worker` has waited long enough; false when it was given something to do at the last moment.
    mutating func leave(_ worker: SMTPWorker) -> Bool {
        guard let position = idle.firstIndex(where: { $0 === worker }) else { return false }
        idle.remove(at: position)
        return true
    }

    /// Takes a job out of the queue; false when it is not there.
    mutating func withdraw(_ job: SMTPJob) -> Bool {
        guard let position = waiting.firstIndex(where: { $0 === job }) else { return false }
        waiting.remove(at: position)
        return true
    }

    /// The thread of `worker` is at its end; answers who waited for the last one.
    mutating func ended(_ worker: SMTPWorker) -> [CheckedContinuation<Void, Never>] {
        workers.removeAll { $0 === worker }
        guard isClosed, workers.isEmpty else { return [] }
        defer { closers = [] }
        return closers
    }

    /// Takes no more jobs; answers the jobs that will not be done and the workers to wake.
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
