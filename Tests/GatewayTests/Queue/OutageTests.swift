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
            let isAsked = bench.machine.reconciling(id, .cutAfterBody, now: bench.now)
            #expect(isAsked && bench.state() == .up)
            #expect(bench.end(id, .failed(.cutAfterBody)).settlement?.state == .uncertain)
        }
        // Four failures: the circuit opens with the fifth, as soon as the questions about it begin.
        #expect(bench.admit([bench.message()]).attempts == ["m5@relay"])
        let isAsked = bench.machine.reconciling("m5", .cutAfterBody, now: bench.now)
        #expect(isAsked && bench.state() == .open)
        // That a service has a message says nothing of the way to it.
        #expect(bench.end("m5", .accepted(Receipt(id: "r"))).settlement?.state == .sent)
        #expect(bench.state() == .open)
    }

    @Test func noMoreMessagesAreAskedAboutThanTheProviderHasSlots() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 2))])
        var asked: [Bool] = []
        for round in 1...3 {
            #expect(bench.admit([bench.message()]).attempts == ["m\(round)@relay"])
            asked.append(bench.machine.reconciling("m\(round)", .cutAfterBody, now: bench.now))
        }
        #expect(asked == [true, true, false])
        _ = bench.end("m3", .failed(.cutAfterBody))
        _ = bench.end("m1", .failed(.cutAfterBody))
        #expect(bench.admit([bench.message()]).attempts == ["m4@relay"])
        let isAsked = bench.machine.reconciling("m4", .cutAfterBody, now: bench.now)
        #expect(isAsked)
    }

    @Test func aRepeatNeedsAProviderThatMayGetMail() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 4))])
        _ = bench.admit([bench.message(), bench.message()])
        for id in ["m1", "m2"] { _ = bench.machine.reconciling(id, .cutAfterBody, now: bench.now) }
        #expect(bench.machine.mayRepeat("m1"))
        let hasRoom = bench.machine.repeating("m1", now: bench.now)
        #expect(hasRoom)
        bench.machine.repeatFailed("m1", .limited(60), now: bench.now)
        let hasRoomWhileHeld = bench.machine.repeating("m2", now: bench.now)
        #expect(!hasRoomWhileHeld)
        bench.machine.setPaused(true, provider: "relay", now: bench.now)
        #expect(!bench.machine.mayRepeat("m1"))
    }

    /// What a service cannot express says nothing of it, and waits for no other provider when there is none.
    @Test func inexpressibleMailEndsWhenNoOtherProviderMayTakeIt() {
        let alone = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        let error = DeliveryError(.transient, scope: .capability, code: "x.attachment_type", detail: "x", remedy: "y")
        _ = alone.admit([alone.message()])
        let settlement = alone.end("m1", .failed(error)).settlement
        #expect(settlement?.state == .failed && settlement?.failure?.code == "x.attachment_type")
        let two = MachineBench([
            ("relay", ProviderLimits(concurrency: 1)), ("second", ProviderLimits(concurrency: 1)),
        ])
        _ = two.admit([two.message()])
        let moved = two.end("m1", .failed(error)).settlement
        #expect(moved?.state == .sending || moved?.keepsLease == true)
        #expect(moved?.attempts == 0)
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
