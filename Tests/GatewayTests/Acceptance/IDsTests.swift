// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Basics
@testable import Mail
@testable import Submission

@Suite struct IDsTests {
    @Test func namesAscendEvenWhenTheClockGoesBack() {
        let time = ManualTime(AcceptanceBench.start)
        var generator = SystemRandomNumberGenerator()
        let seeds = (0..<4096).map { _ in generator.next() as UInt64 }
        let position = Position()
        let ids = IDs(clock: time.now, random: { seeds[position.next() % seeds.count] })
        var made: [String] = []
        for step in 0..<10_000 {
            if step.isMultiple(of: 100) { time.advance(.milliseconds(step.isMultiple(of: 300) ? -50 : 30)) }
            made.append(ids.message())
        }
        #expect(made == made.sorted())
        #expect(Set(made).count == made.count)
    }

    @Test func nameIsAPrefixAndAULID() {
        let ids = IDs(clock: { Timestamp(milliseconds: 1_469_918_176_385) }, random: { .max })
        // The example of the ULID specification has this time; all random bits are 1.
        #expect(ids.message() == "msg_01ARYZ6S41ZZZZZZZZZZZZZZZZ")
    }

    @Test func nameTellsItsMoment() {
        let moment = Timestamp(milliseconds: 1_469_918_176_385)
        let name = IDs(clock: { moment }, random: { .max }).message()
        #expect(IDs.moment(of: name) == moment)
        for foreign in ["", "msg_", "m100", "msg_01ARYZ6S41ZZZZZZZZZZZZZZZ", "msg_01ARYZ6S4iZZZZZZZZZZZZZZZZ"] {
            #expect(IDs.moment(of: foreign) == nil, "\(foreign)")
        }
    }

    @Test(arguments: [UInt64.min, .max])
    func namesOfAMomentStandBetweenItsFirstAndThatOfTheNext(_ random: UInt64) {
        let moment = Timestamp(milliseconds: 1_469_918_176_385)
        let name = IDs(clock: { moment }, random: { random }).message()
        #expect(IDs.firstMessage(at: moment) < name)
        #expect(name < IDs.firstMessage(at: moment + .milliseconds(1)))
    }

    @Test func namesGoOnWhenAllRandomBitsAreUsedUp() {
        let ids = IDs(clock: { Timestamp(milliseconds: 1_469_918_176_385) }, random: { .max })
        let made = (0..<3).map { _ in ids.message() }
        #expect(made == made.sorted())
        #expect(Set(made).count == 3)
    }

    @Test func messageIDFollowsFromIdAndSender() {
        let from = Mailbox.fixture("Ana <ana@Example.org>")
        #expect(MessageID.of("msg_01ARYZ6S41ZZZZZZZZZZZZZZZZ", from: from) == "01ARYZ6S41ZZZZZZZZZZZZZZZZ@example.org")
    }
}
