// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Storage
import Testing

@Suite struct FleetTests {
    private let day = UsageDay(provider: "gmail", day: "2026-11-21")
    private let now = StoreFile.now

    @Test(arguments: Engine.allCases)
    func limitOfADayIsOneOverAllGateways(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await [file.stores().cluster, file.stores().cluster]
        let granted = try await withThrowingTaskGroup(of: Int.self) { group in
            for turn in 0..<40 {
                group.addTask { [day] in try await stores[turn % 2].reserve(7, of: day, limit: 100).count }
            }
            return try await group.reduce(0, +)
        }
        #expect(granted == 100)
        #expect(try await stores[0].reserve(1, of: day, limit: 100) == UsageGrant(count: 0, total: 100))
        try await stores[1].releaseReservation(3, of: day)
        #expect(try await stores[0].reserve(5, of: day, limit: 100) == UsageGrant(count: 3, total: 100))
        #expect(try await file.stores().messages.usage(day.day) == ["gmail": 100])
    }

    @Test(arguments: Engine.allCases)
    func limitThatWasLoweredGrantsNothing(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().cluster
        #expect(try await store.reserve(9, of: day, limit: 10).count == 9)
        #expect(try await store.reserve(9, of: day, limit: 5) == UsageGrant(count: 0, total: 9))
    }

    @Test(arguments: Engine.allCases)
    func verdictsAreReplacedAndCounted(_ engine: Engine) async throws {
        let file = try await engine.place()
        let (mine, other) = (LeaseHolder(number: 1), LeaseHolder(number: 2))
        let down = ProviderFinding(circuit: .down, heldUntil: now, reason: "535", remedy: "sign in again")
        try await file.stores().cluster.tell(down, of: "gmail", by: mine)
        let first = try await file.stores().cluster.verdicts()
        #expect(first == [SharedHealth(provider: "gmail", version: 1, gateway: mine, finding: down)])
        try await file.stores().cluster.tell(ProviderFinding(circuit: .closed), of: "gmail", by: other)
        let second = try await file.stores().cluster.verdicts()
        #expect(second.map(\.version) == [2] && second.map(\.gateway) == [other])
        #expect(second.map(\.finding) == [ProviderFinding(circuit: .closed)])
    }

    @Test(arguments: Engine.allCases)
    func theLivingAreCounted(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await file.stores()
        let (first, second) = (
            try await stores.messages.register(now: now).holder,
            try await stores.messages.register(now: now + .seconds(25)).holder
        )
        // An embedded store has one gateway at a time: the second has replaced the first.
        guard engine == .postgres else { return }
        let later = now + .seconds(26)
        let share = { (holder: LeaseHolder, moment: Timestamp) in
            try await stores.cluster.share(of: holder, timeout: .seconds(30), now: moment)
        }
        #expect(try await share(first, later) == ClusterShare(gateways: 2, rank: 0))
        #expect(try await share(second, later) == ClusterShare(gateways: 2, rank: 1))
        #expect(try await share(second, now + .seconds(31)) == ClusterShare(gateways: 1, rank: 0))
        try await stores.cluster.leave(first, now: later)
        #expect(try await share(second, later) == ClusterShare(gateways: 1, rank: 0))
    }

    @Test(arguments: Engine.allCases)
    func whatTheLeavingHeldIsFreeAtOnce(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await file.stores()
        let (first, second) = (try await stores.messages.register(now: now).holder, LeaseHolder(number: 99))
        try await stores.messages.insert([Sample.message(1, holder: first), Sample.message(2, holder: first)])
        #expect(try await stores.messages.begin(Sample.id(1), at: "relay", holder: first, now: now))
        try await stores.cluster.leave(first, now: now)
        let claim = Claim(routingKey: Sample.routingKey, priority: .normal, limit: 9, holder: second, now: now)
        #expect(try await stores.messages.claim(claim).map(\.id) == [Sample.id(1), Sample.id(2)])
        // The gateway did not die, so its messages have no such event.
        let event = try await stores.messages.find(Sample.id(1))?.events.last
        #expect(event?.kind == .attempted && event?.detail == "its gateway stopped before the outcome was known")
    }

    @Test(arguments: Engine.allCases)
    func leaseThatItsHolderDoesNotKnowIsGivenUp(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await file.stores()
        let (mine, other) = (try await stores.messages.register(now: now).holder, LeaseHolder(number: 99))
        try await stores.messages.insert([Sample.message(1, holder: mine), Sample.message(2, holder: mine)])
        #expect(try await stores.messages.begin(Sample.id(2), at: "relay", holder: mine, now: now))
        #expect(try await stores.cluster.leased(to: mine, touched: .distantPast...(now - .milliseconds(1))) == [])
        #expect(try await stores.cluster.leased(to: other, touched: now...now) == [])
        #expect(try await stores.cluster.leased(to: mine, touched: now...now) == [Sample.id(1)])
        try await stores.cluster.free([Sample.id(1), Sample.id(2)], of: mine, now: now)
        let claim = Claim(routingKey: Sample.routingKey, priority: .normal, limit: 9, holder: other, now: now)
        #expect(try await stores.messages.claim(claim).map(\.id) == [Sample.id(1)])
    }
}
