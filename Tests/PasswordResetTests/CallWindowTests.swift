// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import Testing

@testable import PasswordReset

@Suite struct CallWindowTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    @Test func smallLimitIsExact() {
        var window = CallWindow(Limit(3, per: .seconds(3600)), stored: "")
        for second in [0, 10, 20] {
            #expect(window.fullUntil(Self.start + .seconds(second)) == nil)
            window.add(Self.start + .seconds(second))
        }
        #expect(window.fullUntil(Self.start + .seconds(21)) == Self.start + .seconds(3600))
        #expect(window.fullUntil(Self.start + .milliseconds(3_599_999)) != nil)
        #expect(window.fullUntil(Self.start + .seconds(3600)) == nil)
    }

    /// No window of any position holds more calls than the limit, and the state stays small.
    @Test(arguments: [33, 600, 5000])
    func largeLimitIsNeverPassed(_ count: Int) {
        let limit = Limit(count, per: .seconds(60))
        var text = ""
        var taken: [Int64] = []
        var generator = SeededGenerator(seed: UInt64(count))
        var now = Self.start
        for _ in 0..<(count * 4) {
            now = now + .milliseconds(Int64(generator.next() % UInt64(90_000 / count + 1)))
            var window = CallWindow(limit, stored: text)
            if window.fullUntil(now) == nil {
                window.add(now)
                taken.append(now.milliseconds)
            }
            text = window.text
            #expect(text.utf8.count < 1000)
        }
        var oldest = 0
        for (index, moment) in taken.enumerated() {
            while taken[oldest] <= moment - 60_000 { oldest += 1 }
            #expect(index - oldest + 1 <= count)
        }
        #expect(taken.count > count)
    }

    @Test func whatCannotBeReadIsPassedOver() {
        let window = CallWindow(Limit(2, per: .seconds(60)), stored: "x 12xy 1800000000000x2 ")
        #expect(window.fullUntil(Self.start + .seconds(1)) == Self.start + .seconds(60))
    }
}
