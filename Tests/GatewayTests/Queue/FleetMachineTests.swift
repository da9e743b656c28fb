// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Delivery
@testable import Queue

/// How the gateways of a cluster cooperate, seen from the machine of one of them.
@Suite struct FleetMachineTests {
    private func bench(_ limits: ProviderLimits, _ share: ClusterShare = .init(gateways: 2, rank: 0)) -> MachineBench {
        let bench = MachineBench([("gmail", limits), ("relay", ProviderLimits(concurrency: 16))])
        bench.machine.setShare(share)
        return bench
    }

    private func verdict(_ finding: ProviderFinding, version: Int64, by number: Int64 = 2) -> SharedHealth {
        SharedHealth(
            provider: "gmail",
            version: version,
            gateway: LeaseHolder(number: number),
            finding: finding
        )
    }

    private let outage = DeliveryError(.transient, code: "smtp.connect", detail: "refused")

    @Test(arguments: [(2, 3, [1, 1, 0]), (16, 3, [6, 5, 5]), (1, 1, [1]), (2, 4, [1, 1, 0, 0])])
    func slotsAreDividedWithoutRest(_ count: Int, _ gateways: Int, _ parts: [Int]) {
        #expect((0..<gateways).map { ClusterShare(gateways: gateways, rank: $0).part(of: count) } == parts)
    }

    @Test func gatewayWithoutASlotTakesNothing() {
        let bench = bench(ProviderLimits(concurrency: 1), ClusterShare(gateways: 2, rank: 1))
        #expect(
            bench.machine.room(.init(routingKey: bench.message().routingKey, priority: .normal), now: bench.now) == nil
        )
    }

    @Test func attemptsASecondAreDivided() {
        var limiter = RateLimiter(ProviderLimits(perSecond: 2, concurrency: 9), usedToday: 0, now: MachineBench.start)
        limiter.divide(among: 4)
        limiter.take(now: MachineBench.start)
        #expect(limiter.next(after: 0, now: MachineBench.start) == MachineBench.start + .seconds(2))
    }

    @Test func noAttemptOfADayIsMadeThatWasNotReserved() {
        let bench = bench(ProviderLimits(perDay: 2, concurrency: 4))
        let actions = bench.admit([bench.message(), bench.message(), bench.message()])
        let day = UsageDay(provider: "gmail", day: bench.now.utcDay)
        #expect(actions == [.reserve(count: 1, day, limit: 2)])
        // Requested once, not again at every turn.
        #expect(bench.pump() == [])
        bench.machine.reserved(UsageGrant(count: 1, total: 1), asked: 1, of: day, now: bench.now)
        #expect(bench.pump() == [.reserve(count: 1, day, limit: 2), .attempt(id: "m1", provider: "gmail")])
        bench.machine.reserved(UsageGrant(count: 0, total: 2), asked: 1, of: day, now: bench.now)
        // The others continue with the next provider of the route.
        #expect(
            bench.pump().sorted { "\($0)" < "\($1)" } == [
                .attempt(id: "m2", provider: "relay"), .attempt(id: "m3", provider: "relay"),
            ]
        )
        let settlement = bench.end("m1", .accepted(Receipt(id: "x"))).settlement
        #expect(settlement?.usage == nil)
    }

    @Test func whatIsReservedAndNotUsedIsGivenBackOnTheSameDay() {
        let bench = bench(ProviderLimits(perDay: 1000, concurrency: 4))
        _ = bench.admit([bench.message()])
        let day = UsageDay(provider: "gmail", day: bench.now.utcDay)
        bench.machine.reserved(UsageGrant(count: 10, total: 10), asked: 10, of: day, now: bench.now)
        _ = bench.pump()
        #expect(bench.machine.statuses(now: bench.now)[0].usedToday == 1)
        #expect(bench.machine.releaseReservation(now: bench.now) == [day: 9])
        #expect(bench.machine.releaseReservation(now: bench.now) == [:])
    }

    @Test func reservationOfYesterdayCountsNothingToday() {
        let bench = bench(ProviderLimits(perDay: 1000, concurrency: 1))
        _ = bench.admit([bench.message()])
        let yesterday = UsageDay(provider: "gmail", day: bench.now.utcDay)
        bench.now = bench.now.nextUTCDay
        bench.machine.reserved(UsageGrant(count: 10, total: 10), asked: 10, of: yesterday, now: bench.now)
        #expect(bench.machine.releaseReservation(now: bench.now) == [:])
        #expect(bench.pump() == [.reserve(count: 10, UsageDay(provider: "gmail", day: bench.now.utcDay), limit: 1000)])
    }

    @Test func deadProviderIsToldOnceAndRecoveryToo() {
        let bench = bench(ProviderLimits(concurrency: 1))
        var told: [ProviderFinding.Circuit] = []
        func note(_ actions: [DispatchMachine.Action]) {
            for case .tell(let finding, "gmail") in actions { told.append(finding.circuit) }
        }
        for _ in 0..<ProviderHealth.failuresToOpen {
            let message = bench.message()
            note(bench.admit([message]))
            note(bench.end(message.id, .failed(outage)).then)
            bench.now = bench.now + .milliseconds(1)
        }
        #expect(told == [.open])
        let later = bench.pump(after: .seconds(6))
        #expect(later.contains(.probe(provider: "gmail")))
        bench.machine.probed("gmail", error: nil, now: bench.now)
        note(bench.pump())
        #expect(told == [.open])
        let message = bench.message()
        note(bench.admit([message]))
        note(bench.end(message.id, .accepted(Receipt(id: "x"))).then)
        #expect(told == [.open, .closed])
    }

    @Test func whatAnotherFoundIsBelievedAndProbedButNotRepeated() {
        let bench = bench(ProviderLimits(concurrency: 1))
        let dead = ProviderFinding(circuit: .down, reason: "535", remedy: "sign in again")
        bench.machine.merge([verdict(dead, version: 1)], now: bench.now)
        #expect(bench.state() == .down)
        #expect(bench.pump() == [])
        #expect(bench.machine.statuses(now: bench.now)[0].remedy == "sign in again")
        #expect(bench.pump(after: .seconds(5)) == [.probe(provider: "gmail")])
    }

    @Test func recoveryOfAnotherIsProvenByAProbe() {
        let bench = bench(ProviderLimits(concurrency: 1))
        bench.machine.merge([verdict(ProviderFinding(circuit: .open), version: 1)], now: bench.now)
        _ = bench.pump()
        bench.machine.merge([verdict(ProviderFinding(circuit: .closed), version: 2)], now: bench.now)
        #expect(bench.state() == .open)
        #expect(bench.pump() == [.probe(provider: "gmail")])
        bench.machine.probed("gmail", error: nil, now: bench.now)
        #expect(bench.state() == .halfOpen)
    }

    @Test func sameVerdictCountsOnce() {
        let bench = bench(ProviderLimits(concurrency: 1))
        let dead = verdict(ProviderFinding(circuit: .open), version: 1)
        bench.machine.merge([dead], now: bench.now)
        bench.machine.probed("gmail", error: nil, now: bench.now)
        bench.machine.merge([dead], now: bench.now)
        #expect(bench.state() == .halfOpen)
        bench.machine.merge([verdict(ProviderFinding(circuit: .open), version: 2, by: 1)], now: bench.now)
        #expect(bench.state() == .halfOpen)
    }

    @Test func patienceThatAServiceAskedForHoldsForAll() {
        let bench = bench(ProviderLimits(concurrency: 1))
        let held = ProviderFinding(circuit: .closed, heldUntil: bench.now + .seconds(90))
        bench.machine.merge([verdict(held, version: 1)], now: bench.now)
        #expect(bench.state() == .limited)
        let message = bench.message()
        #expect(bench.admit([message]).contains(.attempt(id: message.id, provider: "relay")))
    }

    @Test func gatewayAloneTellsNoOther() {
        let bench = MachineBench([("gmail", ProviderLimits(perDay: 5, concurrency: 1))])
        let message = bench.message()
        let error = DeliveryError(.authentication, code: "smtp.535", detail: "no")
        _ = bench.admit([message])
        let then = bench.end(message.id, .failed(error)).then
        #expect(!then.contains { if case .tell = $0 { true } else { false } })
    }
}
