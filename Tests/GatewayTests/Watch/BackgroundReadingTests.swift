// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Synchronization
import Testing

@testable import Basics
@testable import Monitoring

@Suite struct BackgroundReadingTests {
    /// Answers on demand, and counts the calls.
    private final class Oracle: Sendable {
        let now = Mutex(WatchBench.start)
        let asked = Mutex(0)
        let answers: AsyncStream<Int>
        let give: AsyncStream<Int>.Continuation

        init() { (answers, give) = AsyncStream.makeStream(of: Int.self) }

        func answer() async -> Int? {
            asked.withLock { $0 += 1 }
            for await answer in answers { return answer }
            return nil
        }

        func pass(_ seconds: Int) -> Timestamp {
            now.withLock { now in
                now = now + .seconds(seconds)
                return now
            }
        }
    }

    private let oracle = Oracle()

    private func reading() -> BackgroundReading<Int> {
        BackgroundReading(every: .seconds(3), patience: .seconds(3), clock: { [oracle] in oracle.now.withLock { $0 } })
        {
            [oracle] in await oracle.answer()
        }
    }

    @Test func readingDoesNotWaitForAnAnswerAndALateOneIsOverdue() async {
        let reading = reading()
        #expect(reading.latest(now: oracle.pass(0)) == (nil, false))
        #expect(await comesTrue { oracle.asked.withLock { $0 } == 1 })
        #expect(reading.latest(now: oracle.pass(3)) == (nil, false))
        #expect(reading.latest(now: oracle.pass(1)) == (nil, true))
        #expect(oracle.asked.withLock { $0 } == 1)
    }

    @Test func answerIsAskedForAgainWhenItIsOldAndAnExpensiveOneLessOften() async {
        let reading = reading()
        _ = reading.latest(now: oracle.pass(0))
        oracle.give.yield(7)
        let now = oracle.now.withLock { $0 }
        #expect(await comesTrue { reading.latest(now: now).value == 7 })
        #expect(reading.latest(now: oracle.pass(2)).value == 7)
        #expect(oracle.asked.withLock { $0 } == 1)
        _ = reading.latest(now: oracle.pass(1))
        #expect(await comesTrue { oracle.asked.withLock { $0 } == 2 })
        // The reading took two seconds, so the next one is due after two hundred.
        let asked = oracle.pass(2)
        oracle.give.yield(8)
        #expect(await comesTrue { reading.latest(now: asked).value == 8 })
        _ = reading.latest(now: oracle.pass(199))
        #expect(oracle.asked.withLock { $0 } == 2)
        _ = reading.latest(now: oracle.pass(1))
        #expect(await comesTrue { oracle.asked.withLock { $0 } == 3 })
    }

    @Test func clockThatIsSetBackStopsNoQuestion() async {
        let reading = reading()
        _ = reading.latest(now: oracle.pass(0))
        oracle.give.yield(7)
        let now = oracle.now.withLock { $0 }
        #expect(await comesTrue { reading.latest(now: now).value == 7 })
        _ = reading.latest(now: oracle.pass(-90_000))
        #expect(await comesTrue { oracle.asked.withLock { $0 } == 2 })
    }
}
