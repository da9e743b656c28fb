// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Basics
@testable import Monitoring
@testable import Queue

@Suite struct CanaryScheduleTests {
    private static let start = WatchBench.start
    private var schedule = Canary(every: .seconds(900), now: CanaryScheduleTests.start)

    private static func at(_ seconds: Int) -> Timestamp { start + .seconds(seconds) }

    @Test func firstOneFliesAMinuteAfterTheStartUnlessMailWasSent() {
        #expect(!schedule.isDue(lastSent: nil, now: Self.at(59)))
        #expect(schedule.isDue(lastSent: nil, now: Self.at(60)))
        #expect(!schedule.isDue(lastSent: Self.at(30), now: Self.at(929)))
        #expect(schedule.isDue(lastSent: Self.at(30), now: Self.at(930)))
        #expect(Canary(every: .seconds(5), now: Self.start).isDue(lastSent: nil, now: Self.at(5)))
    }

    @Test mutating func oneIsOnItsWayAtATime() {
        schedule.left("m1", now: Self.at(60))
        #expect(!schedule.isDue(lastSent: nil, now: Self.at(9000)))
        for state in [MessageState.queued, .sending, .parked, .uncertain, .scheduled] {
            schedule.saw(state, now: Self.at(70))
            #expect(schedule.bird?.id == "m1")
        }
        schedule.saw(.sent, now: Self.at(80))
        #expect(!schedule.isDue(lastSent: nil, now: Self.at(979)))
        #expect(schedule.isDue(lastSent: nil, now: Self.at(980)))
        #expect(schedule.absence(lastSent: nil, now: Self.at(80)) == nil)
    }

    @Test func absenceIsTwiceTheIntervalWithoutAnyMail() {
        #expect(schedule.absence(lastSent: nil, now: Self.at(1799)) == nil)
        #expect(schedule.absence(lastSent: nil, now: Self.at(1800))?.since == Self.start)
        #expect(schedule.absence(lastSent: Self.at(10), now: Self.at(1809)) == nil)
        #expect(schedule.absence(lastSent: Self.at(10), now: Self.at(1810))?.since == Self.at(10))
    }

    @Test(arguments: [MessageState.failed, .expired, .cancelled, .suppressed, .discarded, .bounced, nil])
    func canaryThatEndedBadlyIsAbsentAtOnce(state: MessageState?) {
        var schedule = Canary(every: .seconds(900), now: Self.start)
        schedule.left("m1", now: Self.at(60))
        schedule.saw(state, now: Self.at(61))
        #expect(schedule.absence(lastSent: nil, now: Self.at(61))?.since == Self.at(61))
        #expect(schedule.absence(lastSent: Self.at(62), now: Self.at(62)) == nil)
        #expect(!schedule.isDue(lastSent: nil, now: Self.at(959)))
        #expect(schedule.isDue(lastSent: nil, now: Self.at(960)))
    }

    @Test mutating func canaryThatIsNotAcceptedIsAbsentWithItsReason() {
        schedule.stayed("422: no From", now: Self.at(60))
        #expect(schedule.absence(lastSent: nil, now: Self.at(61))?.reason == "422: no From")
        #expect(!schedule.isDue(lastSent: nil, now: Self.at(61)))
    }
}
