// SPDX-License-Identifier: Apache-2.0
internal import CCurl
import Delivery

/// The HTTP thread: takes requests from the queue, runs all transfers, and resumes the callers.
struct HTTPWorker {
    /// Handles kept for later requests.
    private static let spareLimit = 128
    /// Every new request and every byte wakes it earlier.
    private static let longestWait: Int32 = 60_000
    private static let shutdown = "the gateway is shutting down"

    private let queue: HTTPQueue
    private let options: HTTPSlot.Options
    private let multi: CurlMulti
    private var running: [UInt: HTTPSlot] = [:]
    private var spare: [HTTPSlot] = []

    init(_ queue: HTTPQueue, _ options: HTTPSlot.Options) throws(CurlError) {
        self.queue = queue
        self.options = options
        multi = try CurlMulti()
        queue.adopt(multi)
    }

    /// Runs until the queue is closed.
    mutating func run() {
        while true {
            let wishes = queue.take()
            for job in wishes.submitted { start(job) }
            for job in wishes.cancelled { cancel(job) }
            if wishes.isClosed { break }
            multi.perform()
            let hadEnded = finishEnded()
            if !hadEnded { multi.wait(milliseconds: Self.longestWait) }
        }
        for slot in running.values {
            multi.remove(slot.handle)
            slot.end(.failure(slot.failure(.cancelled, Self.shutdown)))
        }
        let unsent = HTTPFailure(stage: .connect, reason: .cancelled, detail: Self.shutdown)
        for job in queue.leave() { job.end(.failure(unsent)) }
    }

    private mutating func start(_ job: HTTPJob) {
        do throws(CurlError) {
            let slot: HTTPSlot
            if let kept = spare.popLast() { slot = kept } else { slot = try HTTPSlot(options) }
            try slot.begin(job)
            guard multi.add(slot.handle) else { throw .unusable }
            running[slot.handle.identity] = slot
        } catch {
            job.end(.failure(HTTPFailure(error)))
        }
    }

    private mutating func cancel(_ job: HTTPJob) {
        guard let (identity, slot) = running.first(where: { $0.value.job === job }) else { return }
        let failure = slot.failure(.cancelled, "the caller gave up")
        running[identity] = nil
        multi.remove(slot.handle)
        release(slot, .failure(failure))
    }

    /// Resumes the callers of all transfers that have ended; true when there was one.
    private mutating func finishEnded() -> Bool {
        var hadEnded = false
        while let (identity, code) = multi.nextEnded() {
            guard let slot = running.removeValue(forKey: identity) else { continue }
            hadEnded = true
            let outcome = slot.outcome(code)
            multi.remove(slot.handle)
            release(slot, outcome)
        }
        return hadEnded
    }

    /// Resumes the caller, and keeps the slot: outside the multi handle it has no state of the transfer any more.
    private mutating func release(_ slot: HTTPSlot, _ outcome: HTTPJob.Outcome) {
        slot.end(outcome)
        if spare.count < Self.spareLimit { spare.append(slot) }
    }
}
