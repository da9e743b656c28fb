// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import PasswordReset

@Suite struct LookupGateTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    @Test func afterThreeFailuresNoCallerAsksForAWhileAndThenOneDoes() {
        let gate = LookupGate()
        for _ in 1...3 {
            #expect(gate.mayAsk(now: Self.start))
            gate.failed(now: Self.start)
        }
        #expect(!gate.mayAsk(now: Self.start + .milliseconds(9999)))
        #expect(gate.mayAsk(now: Self.start + .seconds(10)))
        #expect(!gate.mayAsk(now: Self.start + .seconds(10)))
        gate.failed(now: Self.start + .seconds(20))
        #expect(!gate.mayAsk(now: Self.start + .seconds(29)))
        #expect(gate.mayAsk(now: Self.start + .seconds(30)))
        gate.answered()
        #expect(gate.mayAsk(now: Self.start + .seconds(30)) && gate.mayAsk(now: Self.start + .seconds(30)))
    }

    @Test func failuresInBetweenAreForgiven() {
        let gate = LookupGate()
        for _ in 1...10 {
            gate.failed(now: Self.start)
            gate.failed(now: Self.start)
            gate.answered()
            #expect(gate.mayAsk(now: Self.start))
        }
    }
}
