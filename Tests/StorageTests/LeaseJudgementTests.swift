// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Storage
import Testing

/// When a gateway may declare another one dead.
@Suite struct LeaseJudgementTests {
    @Test func silenceOfTheStoreIsNoDeathOfGateways() async throws {
        let messages = try await PostgresStore().stores().messages
        let (first, second) = try await (
            messages.register(now: Self.second(0)).holder, messages.register(now: Self.second(0)).holder
        )
        try await messages.insert([Sample.message(1, holder: first)])
        #expect(try await messages.begin(Sample.id(1), at: "relay", holder: first, now: Self.second(1)))
        // For 25 s the store did not answer; now the second gateway gets an answer a moment before the first.
        try await messages.heartbeat(second, timeout: .seconds(20), now: Self.second(25))
        try await messages.heartbeat(first, timeout: .seconds(20), now: Self.second(26))
        try await messages.heartbeat(second, timeout: .seconds(20), now: Self.second(30))
        let claim = Claim(
            routingKey: Sample.routingKey,
            priority: .normal,
            limit: 9,
            holder: second,
            now: Self.second(31)
        )
        #expect(try await messages.claim(claim).isEmpty)
        // A gateway without heartbeats is still declared dead.
        for moment in [35.0, 40, 45, 50] {
            try await messages.heartbeat(second, timeout: .seconds(20), now: Self.second(moment))
        }
        let late = Claim(
            routingKey: Sample.routingKey,
            priority: .normal,
            limit: 9,
            holder: second,
            now: Self.second(51)
        )
        #expect(try await messages.claim(late).map(\.id) == [Sample.id(1)])
    }

    /// The documentation promises 30 s; heartbeats of two gateways may have any offset.
    @Test(arguments: [0.0, 0.001, 2.5, 4.999])
    func mailOfADeadGatewayIsTakenOverWithinHalfAMinute(_ offset: Double) async throws {
        let messages = try await PostgresStore().stores().messages
        let (first, second) = try await (
            messages.register(now: Self.second(0)).holder, messages.register(now: Self.second(offset)).holder
        )
        try await messages.insert([Sample.message(1, holder: first)])
        let (interval, timeout) = (Dispatcher.lifeInterval, Dispatcher.leaseTimeout)
        var moment = Self.second(offset)
        var claimed: [QueuedMessage] = []
        while claimed.isEmpty, moment < Self.second(60) {
            moment = moment + interval
            try await messages.heartbeat(second, timeout: timeout, now: moment)
            let claim = Claim(routingKey: Sample.routingKey, priority: .normal, limit: 9, holder: second, now: moment)
            claimed = try await messages.claim(claim)
        }
        #expect(claimed.map(\.id) == [Sample.id(1)])
        // The rest of the 30 s is for one more maintenance round, and for a busy machine.
        #expect(moment >= Self.second(0) + timeout && moment <= Self.second(27), "\(moment)")
    }

    private static func second(_ number: Double) -> Timestamp {
        Timestamp(milliseconds: StoreFile.now.milliseconds + Int64(number * 1000))
    }
}
