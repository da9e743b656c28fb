// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring
import Testing

@testable import PasswordReset

@Suite struct BurstWatchTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    @Test(arguments: [
        (ResetEvent.unknownAddress(message: "m"), BurstWatch.unknownAddresses),
        (.invalidToken, BurstWatch.wrongTokens), (.overLimit(.confirm), BurstWatch.refusedCalls),
    ])
    func manyOfOneKindAreToldUntilTenQuietMinutesHavePassed(_ event: ResetEvent, _ count: Int) {
        var watch = BurstWatch()
        for number in 1..<count { watch.note(event, now: Self.start + .milliseconds(number)) }
        #expect(watch.symptom(now: Self.start) == nil)
        watch.note(event, now: Self.start + .seconds(1))
        let symptom = watch.symptom(now: Self.start + .seconds(2))
        #expect(symptom?.key == AlertKey("password_reset_burst"))
        #expect(symptom?.reason?.contains("\(count)") == true)
        #expect(watch.symptom(now: Self.start + .seconds(500))?.since == symptom?.since)
        #expect(watch.symptom(now: Self.start + .seconds(601)) == nil)
    }

    @Test func usualTrafficIsNotTold() {
        var watch = BurstWatch()
        for number in 0..<1000 { watch.note(.requested(message: "m"), now: Self.start + .milliseconds(number)) }
        #expect(watch.symptom(now: Self.start + .seconds(1)) == nil)
    }
}
