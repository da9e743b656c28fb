// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Monitoring

@Suite struct AlertQueueTests {
    private static let start = WatchBench.start
    private static let failure = AlertFailure("no answer")

    private static func alert(_ name: String, _ seconds: Int = 0, _ state: NotificationKind = .firing)
        -> AlertNotification
    {
        AlertTests.alert(AlertKey(.providerDown, name), state, at: start + .seconds(seconds))
    }

    @Test func oneAlertIsOnItsWayAtATime() {
        var queue = AlertQueue()
        _ = queue.add(Self.alert("a"))
        _ = queue.add(Self.alert("b"))
        #expect(queue.next(now: Self.start)?.key.subject == "a")
        #expect(queue.next(now: Self.start) == nil)
        #expect(queue.ended(nil, now: Self.start) == .sent)
        #expect(queue.next(now: Self.start)?.key.subject == "b")
        #expect(queue.ended(nil, now: Self.start) == .sent)
        #expect(queue.isEmpty)
    }

    @Test func failedAlertIsTriedAgainLaterAndLater() {
        var queue = AlertQueue()
        _ = queue.add(Self.alert("a"))
        var now = Self.start
        for wait in [5, 10, 20, 40, 80, 160, 320, 600, 600] {
            #expect(queue.next(now: now) != nil)
            #expect(queue.ended(Self.failure, now: now) == .failed(next: now + .seconds(wait)))
            #expect(queue.next(now: now + .seconds(wait) - .milliseconds(1)) == nil)
            now = now + .seconds(wait)
        }
    }

    @Test(arguments: [(60, 60), (1, 5), (90_000, 600)])
    func whatTheOtherEndAsksForIsWaitedForWithinReason(asked: Int, waited: Int) {
        var queue = AlertQueue()
        _ = queue.add(Self.alert("a"))
        _ = queue.next(now: Self.start)
        let failure = AlertFailure(.retry(after: .seconds(asked)), "429")
        #expect(queue.ended(failure, now: Self.start) == .failed(next: Self.start + .seconds(waited)))
    }

    @Test func anotherEpisodeIsNotHeldUpButAnEndWaitsForItsBeginning() {
        var queue = AlertQueue()
        _ = queue.add(Self.alert("a"))
        _ = queue.next(now: Self.start)
        _ = queue.ended(Self.failure, now: Self.start)
        _ = queue.add(Self.alert("a", 1, .resolved))
        _ = queue.add(Self.alert("b", 1))
        let now = Self.start + .seconds(1)
        #expect(queue.next(now: now)?.key.subject == "b")
        _ = queue.ended(nil, now: now)
        #expect(queue.next(now: now) == nil)
        let later = Self.start + .seconds(5)
        #expect(queue.next(now: later)?.state == .firing)
        _ = queue.ended(nil, now: later)
        #expect(queue.next(now: later)?.state == .resolved)
    }

    @Test func unsuitableAlertIsPassedOverAndAnOldOneIsGivenUp() {
        var queue = AlertQueue()
        _ = queue.add(Self.alert("a"))
        _ = queue.next(now: Self.start)
        #expect(queue.ended(AlertFailure(.unsuitable, ""), now: Self.start) == .skipped)
        _ = queue.add(Self.alert("a"))
        let late = Self.start + AlertQueue.giveUpAfter
        _ = queue.next(now: late)
        #expect(queue.ended(Self.failure, now: late) == .givenUp)
        #expect(queue.isEmpty)
    }

    @Test func memoryIsBoundedAndTheOldestGoes() {
        var queue = AlertQueue()
        for number in 0..<AlertQueue.capacity { #expect(queue.add(Self.alert("p\(number)", number)) == nil) }
        #expect(queue.add(Self.alert("new", 1000))?.key.subject == "p0")
        #expect(queue.next(now: Self.start + .seconds(2000))?.key.subject == "p1")
        #expect(queue.add(Self.alert("newer", 1001))?.key.subject == "p2")
        #expect(queue.ended(nil, now: Self.start + .seconds(2000)) == .sent)
    }
}
