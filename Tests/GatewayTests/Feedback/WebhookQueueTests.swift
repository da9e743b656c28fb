// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Testing

@Suite struct WebhookQueueTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// One endpoint, its log, and a clock that the test moves.
    private struct Stage {
        var queue: WebhookQueue
        var now = WebhookQueueTests.start
        var log: [Int64]
        /// The sequence numbers of calls, in their order.
        var calls: [Int64] = []
        var ended: String?

        init(_ log: [Int64] = [], record: WebhookRecord? = nil, pending: [WebhookDelivery] = []) {
            self.log = log
            queue = WebhookQueue(record ?? WebhookRecord(name: "shop", cursor: 0), pending: pending)
        }

        /// Runs until the queue waits; returns until when.
        ///
        /// `answer` says what a call comes to.
        mutating func run(_ answer: (Int64) -> WebhookOutcome) -> Timestamp? {
            while true {
                switch queue.next(now: now) {
                case .load(let after, let limit):
                    let found = log.filter { $0 > after }.prefix(limit)
                    queue.loaded(found.map { WebhookQueueTests.delivery($0) }, next: found.last ?? after)
                case .attempt(let delivery):
                    calls.append(delivery.sequence)
                    queue.finished(delivery.sequence, answer(delivery.sequence), now: now, chance: 0.5)
                case .disable(let reason):
                    ended = reason
                    return nil
                case .wait(let until): return until
                }
            }
        }

        /// Runs on for a span, from one wait to the next.
        mutating func run(for span: Duration, _ answer: (Int64) -> WebhookOutcome) {
            let end = now + span
            while let next = run(answer), next <= end, ended == nil { now = max(next, now) }
            now = end
        }
    }

    private static func delivery(_ sequence: Int64, at: Timestamp = start) -> WebhookDelivery {
        WebhookDelivery(sequence: sequence, id: "evt_\(sequence)", type: "message.sent", at: at, body: [1])
    }

    private static let good = WebhookOutcome(status: 204)
    private static let bad = WebhookOutcome(status: 500, error: "it answered with status 500")

    @Test func sendsInOrderAndStoresOnce() {
        var stage = Stage([2, 3, 7])
        #expect(stage.run { _ in Self.good } == nil)
        #expect(stage.calls == [2, 3, 7])
        let progress = stage.queue.takeProgress()
        #expect(progress?.cursor == 7)
        #expect(progress?.deliveries.map(\.state) == [.delivered, .delivered, .delivered])
        #expect(progress?.deliveries.allSatisfy { $0.body.isEmpty && $0.attempts == 1 && $0.status == 204 } == true)
        #expect(stage.queue.takeProgress() == nil)
        stage.log.append(9)
        stage.queue.appended()
        _ = stage.run { _ in Self.good }
        #expect(stage.calls.last == 9)
    }

    @Test func oneCallAtATimeAndNothingIsStoredAboutIt() {
        var stage = Stage([1, 2])
        guard case .load = stage.queue.next(now: stage.now) else {
            Issue.record("it must read first")
            return
        }
        stage.queue.loaded([1, 2].map { Self.delivery($0) }, next: 2)
        #expect(stage.queue.next(now: stage.now) == .attempt(Self.delivery(1)))
        // It reads on meanwhile.
        #expect(stage.queue.next(now: stage.now) == .load(after: 2, limit: 500))
        stage.queue.loaded([], next: 2)
        #expect(stage.queue.next(now: stage.now) == .wait(until: nil))
        #expect(stage.queue.takeRest() == nil)
        stage.queue.cancelled(1)
        #expect(stage.queue.next(now: stage.now) == .attempt(Self.delivery(1)))
        stage.queue.finished(1, Self.good, now: stage.now, chance: 0.5)
        #expect(stage.queue.takeProgress()?.cursor == 1)
    }

    /// The waits are those of the contract; half a chance is no jitter.
    @Test func retriesOnScheduleThenFails() {
        var stage = Stage([1])
        var waits: [Duration] = []
        while let next = stage.run({ _ in Self.bad }) {
            waits.append(next - stage.now)
            stage.now = next
        }
        let hours = [2, 5, 10, 14, 20, 24].map { Duration.seconds($0 * 3600) }
        #expect(waits == [.seconds(5), .seconds(300), .seconds(1800)] + hours)
        #expect(stage.calls.count == 10)
        let last = stage.queue.takeProgress()?.deliveries.last
        #expect(last?.state == .failed)
        #expect(last?.attempts == 10)
        #expect(last?.nextAt == nil)
        #expect(last?.body == [])
        #expect(stage.ended == nil)
    }

    @Test(arguments: [(0.0, 4500), (0.5, 5000), (0.9999, 5499)])
    func jitterIsATenth(_ chance: Double, _ milliseconds: Int64) {
        var queue = WebhookQueue(WebhookRecord(name: "shop", cursor: 0), pending: [])
        _ = queue.next(now: Self.start)
        queue.loaded([Self.delivery(1)], next: 1)
        _ = queue.next(now: Self.start)
        queue.finished(1, Self.bad, now: Self.start, chance: chance)
        #expect(queue.takeProgress()?.deliveries.first?.nextAt == Self.start + .milliseconds(milliseconds))
    }

    @Test func anEventHoldsUpLaterOnesForThreeTries() {
        var stage = Stage([1, 2, 3])
        let answer = { (sequence: Int64) in sequence == 1 ? Self.bad : Self.good }
        stage.run(for: .seconds(304), answer)
        #expect(stage.calls == [1, 1])
        stage.run(for: .seconds(10), answer)
        #expect(stage.calls == [1, 1, 1, 2, 3])
        stage.run(for: .seconds(1800), answer)
        #expect(stage.calls == [1, 1, 1, 2, 3, 1])
    }

    @Test func aRestartGoesOnWhereTheStoreSays() {
        var first = Stage([1, 2, 3])
        _ = first.run { _ in Self.bad }
        guard let progress = first.queue.takeProgress() else {
            Issue.record("a bad answer must be stored")
            return
        }
        #expect(progress.cursor == 1)
        #expect(progress.deliveries.map(\.body) == [[1]])
        #expect(progress.failingSince == Self.start)
        var record = WebhookRecord(name: "shop", cursor: progress.cursor)
        record.failingSince = progress.failingSince
        var second = Stage([1, 2, 3], record: record, pending: progress.deliveries)
        #expect(second.run { _ in Self.good } == Self.start + .seconds(5))
        second.run(for: .seconds(6)) { _ in Self.good }
        #expect(second.calls == [1, 2, 3])
        #expect(second.queue.failingSince == nil)
    }

    @Test(arguments: [(2, 5), (120, 120), (200_000, 86_400)])
    func retryAfterIsObeyed(_ seconds: Int, _ expected: Int) {
        var stage = Stage([1, 2])
        let busy = WebhookOutcome(status: 429, retryAfter: .seconds(seconds), error: "busy")
        let next = stage.run { _ in busy }
        #expect(stage.calls == [1])
        // Nothing at all is sent before the time that the receiver named.
        #expect(next == Self.start + .seconds(min(seconds, 86_400)))
        stage.run(for: .seconds(expected)) { _ in Self.good }
        #expect(stage.queue.takeProgress()?.deliveries.first?.attempts == 2)
        #expect(stage.calls == [1, 1, 2])
    }

    @Test func goneDisablesAtOnceAndKeepsTheEvent() {
        var stage = Stage([1, 2])
        _ = stage.run { _ in WebhookOutcome(status: 410, error: "gone") }
        #expect(stage.ended?.contains("410") == true)
        #expect(stage.calls == [1])
        let progress = stage.queue.takeAll()
        #expect(progress.cursor == 1)
        #expect(progress.deliveries.map(\.state) == [.pending])
    }

    @Test func isDownAfterAnHourAndDisabledAfterFiveDays() {
        var stage = Stage(Array(1...99))
        stage.run(for: .seconds(3599)) { _ in Self.bad }
        #expect(!stage.queue.isDown(now: stage.now))
        stage.run(for: .seconds(1)) { _ in Self.bad }
        #expect(stage.queue.isDown(now: stage.now))
        var record = WebhookRecord(name: "shop", cursor: 0)
        record.failingSince = Self.start - .seconds(5 * 86_400 - 10)
        stage = Stage([1, 2], record: record)
        stage.run(for: .seconds(9)) { _ in Self.bad }
        #expect(stage.ended == nil)
        stage.run(for: .seconds(600)) { _ in Self.bad }
        #expect(stage.ended?.contains("\(Self.start - .seconds(5 * 86_400 - 10))") == true)
        #expect(stage.calls == [1, 1, 1])
    }

    @Test func oneGoodAnswerEndsTheFailure() {
        var stage = Stage([1, 2])
        stage.run(for: .seconds(3000)) { $0 == 1 ? Self.bad : Self.good }
        #expect(stage.queue.failingSince == Self.start + .seconds(305 + 1800))
        #expect(!stage.queue.isDown(now: stage.now))
    }

    @Test func skipsWhatIsTooOldUpToItsPlace() {
        var record = WebhookRecord(name: "shop", cursor: 0)
        record.skip = WebhookSkip(through: 3, before: Self.start)
        var queue = WebhookQueue(record, pending: [])
        _ = queue.next(now: Self.start)
        let old = Self.start - .seconds(1)
        queue.loaded(
            [
                Self.delivery(1, at: old), Self.delivery(2), Self.delivery(3, at: old), Self.delivery(4, at: old),
            ],
            next: 4
        )
        var sent: [Int64] = []
        while case .attempt(let delivery) = queue.next(now: Self.start) {
            sent.append(delivery.sequence)
            queue.finished(delivery.sequence, Self.good, now: Self.start, chance: 0)
        }
        #expect(sent == [2, 4])
    }

    /// A read that began before an event was stored must not hide it.
    @Test func newsDuringAReadIsNotLost() {
        var queue = WebhookQueue(WebhookRecord(name: "shop", cursor: 5), pending: [])
        #expect(queue.next(now: Self.start) == .load(after: 5, limit: 500))
        queue.appended()
        queue.loaded([], next: 5)
        #expect(queue.next(now: Self.start) == .load(after: 5, limit: 500))
        queue.loaded([], next: 5)
        #expect(queue.next(now: Self.start) == .wait(until: nil))
    }

    @Test func theCursorAloneIsStoredSeldom() {
        var queue = WebhookQueue(WebhookRecord(name: "shop", cursor: 0), pending: [])
        _ = queue.next(now: Self.start)
        queue.loaded([], next: 9_999)
        #expect(queue.takeProgress() == nil)
        _ = queue.next(now: Self.start)
        queue.loaded([], next: 10_000)
        #expect(queue.takeProgress() == WebhookProgress(cursor: 10_000))
        _ = queue.next(now: Self.start)
        queue.loaded([], next: 10_001)
        #expect(queue.takeRest() == WebhookProgress(cursor: 10_001))
    }
}
