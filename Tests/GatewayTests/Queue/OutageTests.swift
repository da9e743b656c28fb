// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Delivery
@testable import Queue

/// What happens to the mail of a provider that is down, and how the provider recovers.
@Suite struct OutageTests {
    private static let two = [
        (name: "gmail", limits: ProviderLimits(concurrency: 4)),
        (name: "relay", limits: ProviderLimits(concurrency: 4)),
    ]
    private static let routingKey = RoutingKey(brand: "default", category: nil, pin: nil)
    private static let deadGrant = DeliveryError(
        .authentication,
        code: "oauth.invalid_grant",
        detail: "Token has been expired or revoked.",
        remedy: "run `posthaste tokens authorize relay`"
    )

    @Test func grantFoundDeadWithoutMailTakesTheProviderDownAtOnceAndSaysWhy() throws {
        let bench = MachineBench()
        bench.machine.note(Self.deadGrant, provider: "relay", now: bench.now)
        let status = try #require(bench.machine.statuses(now: bench.now).first)
        #expect(status.state == .down && status.remedy == Self.deadGrant.remedy)
        let settlement = try #require(bench.admit([bench.message()]).settlements.first)
        #expect(settlement.state == .parked && settlement.attempts == 0)
    }

    @Test(arguments: [DeliveryError.refusedConnection, .limited(60), .cutAfterBody, .greylisted, .noSuchUser])
    func troubleInTheBackgroundThatMayPassTouchesNothing(error: DeliveryError) {
        let bench = MachineBench()
        for _ in 0..<20 { bench.machine.note(error, provider: "relay", now: bench.now) }
        #expect(bench.state() == .up)
        #expect(bench.admit([bench.message()]).attempts == ["m1@relay"])
    }

    @Test func messageThatIsAskedAboutHoldsNoSlotAndCountsItsFailureOnce() throws {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        for round in 1...4 {
            let id = "m\(round)"
            #expect(bench.admit([bench.message()]).attempts == ["\(id)@relay"])
            bench.machine.reconciling(id, .cutAfterBody, now: bench.now)
        }
        #expect(bench.state() == .up)
        for round in 1...4 { #expect(bench.end("m\(round)", .failed(.cutAfterBody)).settlement?.state == .uncertain) }
        // Four failures: the circuit opens with the fifth, as soon as the questions about it begin.
        #expect(bench.state() == .up)
        #expect(bench.admit([bench.message()]).attempts == ["m5@relay"])
        bench.machine.reconciling("m5", .cutAfterBody, now: bench.now)
        #expect(bench.state() == .open)
        #expect(bench.end("m5", .accepted(Receipt(id: "r"))).settlement?.state == .sent)
    }

    @Test func newTokenIsTriedAtOnceHoweverFarTheNextProbeIs() {
        let bench = MachineBench()
        bench.machine.note(Self.deadGrant, provider: "relay", now: bench.now)
        for wait in [5, 10, 20, 40, 60] {
            #expect(bench.pump(after: .seconds(wait)).probes == ["relay"])
            bench.machine.probed("relay", error: Self.deadGrant, now: bench.now)
        }
        #expect(bench.pump(after: .seconds(1)).probes == [])
        bench.machine.prove("relay", now: bench.now)
        #expect(bench.pump().probes == ["relay"])
        bench.machine.probed("relay", error: nil, now: bench.now)
        #expect(bench.state() == .halfOpen)
    }

    @Test func newTokenThatComesDuringAProbeIsProbedAgainAtOnce() {
        let bench = MachineBench()
        bench.machine.note(Self.deadGrant, provider: "relay", now: bench.now)
        #expect(bench.pump(after: .seconds(5)).probes == ["relay"])
        bench.machine.prove("relay", now: bench.now)
        #expect(bench.pump().probes == [])
        bench.machine.probed("relay", error: Self.deadGrant, now: bench.now)
        #expect(bench.pump().probes == ["relay"])
        bench.machine.probed("relay", error: Self.deadGrant, now: bench.now)
        #expect(bench.pump(after: .seconds(1)).probes == [])
    }

    @Test func mailOfADeadProviderIsParkedUncountedAndReleasedWhenAProbeSucceeds() throws {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        _ = bench.admit([bench.message(), bench.message(), bench.message()])
        let (first, then) = bench.end("m1", .failed(Self.deadGrant))
        let parked = try #require(first)
        #expect(parked.state == .parked && parked.attempts == 0 && parked.passes == 0)
        #expect(then.settlements.map(\.id) == ["m2", "m3"])
        #expect(then.settlements.allSatisfy { $0.state == .parked && $0.attempts == 0 })
        for settlement in then.settlements { bench.machine.stored(settlement) }
        #expect(!bench.pump().contains(.release(Self.routingKey)))
        bench.machine.prove("relay", now: bench.now)
        #expect(bench.pump().probes == ["relay"])
        bench.machine.probed("relay", error: nil, now: bench.now)
        // The store returns them oldest first; the provider gets them one at a time.
        #expect(bench.pump() == [.release(Self.routingKey)])
        bench.machine.moved(Self.routingKey, wasRelease: true, wasFull: false)
        let back = (1...3).map { _ in bench.message() }
        #expect(bench.admit(back).attempts == ["m4@relay"])
        #expect(bench.end("m4", .accepted(Receipt(id: nil))).then.attempts == ["m5@relay"])
        #expect(bench.state() == .up)
    }

    @Test func halfOpenProviderThatRefusesTheSignInIsDownAgainAndItsMailIsUncounted() throws {
        let bench = MachineBench()
        bench.machine.note(Self.deadGrant, provider: "relay", now: bench.now)
        _ = bench.pump(after: .seconds(5))
        bench.machine.probed("relay", error: nil, now: bench.now)
        _ = bench.admit([bench.message()])
        let settlement = try #require(bench.end("m1", .failed(Self.deadGrant)).settlement)
        #expect(settlement.state == .parked && settlement.attempts == 0)
        #expect(bench.state() == .down)
    }

    @Test func refusedSenderIsNotedThoughTheProviderStaysUp() throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message()])
        _ = bench.end("m1", .failed(.wrongSender))
        bench.machine.probed("relay", error: nil, now: bench.now)
        let status = try #require(bench.machine.statuses(now: bench.now).first)
        #expect(status.state == .up && status.complaint?.at == bench.now)
        #expect(status.complaint?.reason == "misconfigured (smtp.5.7.1): not your address")
    }

    @Test func openCircuitWhoseProbeIsRefusedIsDown() {
        let bench = MachineBench()
        bench.fail(5, .refusedConnection)
        _ = bench.pump(after: .seconds(5))
        bench.machine.probed("relay", error: .badPassword, now: bench.now)
        #expect(bench.state() == .down)
        _ = bench.pump(after: .seconds(10))
        bench.machine.probed("relay", error: .refusedConnection, now: bench.now)
        #expect(bench.state() == .open)
    }

    @Test func healthIsProvenByMailAndByProbesAlone() {
        let bench = MachineBench()
        #expect(bench.machine.statuses(now: bench.now).first?.provenAt == nil)
        bench.machine.prove("relay", now: bench.now)
        #expect(bench.pump().probes == ["relay"])
        bench.machine.probed("relay", error: .refusedConnection, now: bench.now)
        #expect(bench.machine.statuses(now: bench.now).first?.provenAt == nil)
        #expect(bench.state() == .up)
        bench.machine.prove("relay", now: bench.now)
        _ = bench.pump()
        bench.machine.probed("relay", error: nil, now: bench.now)
        #expect(bench.machine.statuses(now: bench.now).first?.provenAt == bench.now)
        _ = bench.admit([bench.message()])
        bench.now = bench.now + .seconds(5)
        _ = bench.end("m1", .accepted(Receipt(id: nil)))
        #expect(bench.machine.statuses(now: bench.now).first?.provenAt == bench.now)
    }

    @Test func failoverIsCountedWhetherTheFirstWasTriedOrPassedOver() {
        let bench = MachineBench(Self.two)
        let pair = Failover(from: "gmail", to: "relay")
        _ = bench.admit([bench.message()])
        #expect(bench.machine.failovers == [:])
        _ = bench.end("m1", .failed(.badPassword))
        #expect(bench.machine.failovers == [pair: 1])
        #expect(bench.admit([bench.message()]).attempts == ["m2@relay"])
        #expect(bench.machine.failovers == [pair: 2])
    }

    @Test func switchByAnOperatorIsNoFailover() {
        let bench = MachineBench(Self.two)
        bench.machine.setPaused(true, provider: "gmail", now: bench.now)
        #expect(bench.admit([bench.message()]).attempts == ["m1@relay"])
        #expect(bench.machine.failovers == [:])
    }

    @Test func providerThatCannotExpressTheMessageIsNotFailedOver() {
        let bench = MachineBench(Self.two, capabilities: ["gmail": [.textOnly]])
        #expect(bench.admit([bench.message(to: ["ana", "bo"], copies: true)]).attempts == ["m1@relay"])
        #expect(bench.machine.failovers == [:])
    }
}
