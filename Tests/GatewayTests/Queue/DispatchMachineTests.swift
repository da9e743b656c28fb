// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Delivery
@testable import Queue

@Suite struct DispatchMachineTests {
    private static let two = [
        (name: "first", limits: ProviderLimits(concurrency: 4)),
        (name: "second", limits: ProviderLimits(concurrency: 4)),
    ]

    @Test func acceptedMailIsSettledAsSent() throws {
        let bench = MachineBench()
        #expect(bench.admit([bench.message()]).attempts == ["m1@relay"])
        let settlement = try #require(bench.end("m1", .accepted(Receipt(id: "r1"))).settlement)
        #expect(settlement.state == .sent)
        #expect(settlement.attempts == 1)
        #expect(settlement.provider == "relay")
        #expect(settlement.providerMessageID == "r1")
        #expect(settlement.events.map(\.kind) == [.attempted, .sent])
        #expect(settlement.recipients?.map(\.state) == [.sent])
    }

    @Test func slotIsFreeOnlyWhenTheOutcomeIsStored() throws {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        #expect(bench.admit([bench.message(), bench.message()]).attempts == ["m1@relay"])
        let ended = bench.machine.finished("m1", with: .accepted(Receipt(id: nil)), now: bench.now, chance: 0)
        let settlement = try #require(ended)
        #expect(bench.pump().attempts.isEmpty)
        bench.machine.stored(settlement)
        #expect(bench.pump().attempts == ["m2@relay"])
    }

    @Test func higherLaneGoesFirstAndAlwaysFindsASlot() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 4))])
        let bulk = (1...8).map { _ in bench.message(priority: .bulk) }
        #expect(bench.admit(bulk).attempts.count == 2)
        #expect(bench.admit([bench.message(priority: .normal)]).attempts == ["m9@relay"])
        #expect(bench.admit([bench.message(priority: .normal)]).attempts.isEmpty)
        #expect(bench.admit([bench.message(priority: .critical)]).attempts == ["m11@relay"])
        _ = bench.end("m1", .accepted(Receipt(id: nil)))
        #expect(bench.end("m2", .accepted(Receipt(id: nil))).then.attempts.isEmpty == false)
    }

    @Test func transientFailureGoesToTheNextProviderInTheSamePass() throws {
        let bench = MachineBench(Self.two)
        _ = bench.admit([bench.message()])
        let (failover, then) = bench.end("m1", .failed(.refusedConnection))
        #expect(failover?.keepsLease == true && failover?.state == .queued)
        #expect(failover?.attempts == 1)
        #expect(failover?.events.map(\.kind) == [.attempted, .failedOver])
        #expect(then.attempts == ["m1@second"])
        let last = try #require(bench.end("m1", .failed(.refusedConnection)).settlement)
        #expect(last.state == .queued)
        #expect(last.attempts == 2)
        #expect(last.passes == 1)
        #expect(last.due == bench.now + .seconds(5))
    }

    @Test(arguments: [(1, 5), (2, 15), (3, 45), (7, 3600), (60, 3600)])
    func backoffGrowsUpToItsLimit(pass: Int, seconds: Int) {
        #expect(RetryPolicy(jitter: 0).delay(afterPass: pass, chance: 0.9) == .seconds(seconds))
        #expect(RetryPolicy().delay(afterPass: pass, chance: 0) == .milliseconds(seconds * 700))
    }

    @Test func rejectionNeitherFailsOverNorHurtsTheProvider() throws {
        let bench = MachineBench(Self.two)
        for _ in 0..<20 {
            let message = bench.message()
            _ = bench.admit([message])
            let settlement = try #require(bench.end(message.id, .failed(.noSuchUser)).settlement)
            #expect(settlement.state == .failed)
            #expect(settlement.provider == "first")
            #expect(settlement.recipients?.map(\.state) == [.refused])
            #expect(settlement.events.map(\.kind) == [.attempted, .recipientRefused, .failed])
        }
        #expect(bench.machine.statuses(now: bench.now).map(\.state) == [.up, .up])
    }

    @Test func fiveProviderWideFailuresOpenTheCircuitAndAProbeClosesIt() {
        let bench = MachineBench()
        bench.fail(4, .refusedConnection)
        #expect(bench.state() == .up)
        bench.fail(1, .refusedConnection)
        #expect(bench.state() == .open)
        #expect(bench.pump(after: .seconds(4)).probes.isEmpty)
        #expect(bench.pump(after: .seconds(1)).probes == ["relay"])
        bench.machine.probed("relay", error: .refusedConnection, now: bench.now)
        #expect(bench.pump(after: .seconds(9)).probes.isEmpty)
        #expect(bench.pump(after: .seconds(1)).probes == ["relay"])
        bench.machine.probed("relay", error: nil, now: bench.now)
        #expect(bench.state() == .halfOpen)
        #expect(bench.admit([bench.message(), bench.message()]).attempts == ["m6@relay"])
        #expect(bench.end("m6", .accepted(Receipt(id: nil))).then.attempts == ["m7@relay"])
        #expect(bench.state() == .up)
    }

    @Test func failuresOfSingleMessagesNeverOpenTheCircuit() {
        let bench = MachineBench()
        bench.fail(50, .greylisted)
        #expect(bench.state() == .up)
    }

    @Test func failuresOfAnUnhealthyProviderAreNotCounted() throws {
        let bench = MachineBench()
        bench.fail(5, .refusedConnection)
        _ = bench.pump(after: .seconds(5))
        bench.machine.probed("relay", error: nil, now: bench.now)
        let message = bench.message()
        _ = bench.admit([message])
        let settlement = try #require(bench.end(message.id, .failed(.refusedConnection)).settlement)
        #expect(settlement.attempts == 0)
        #expect(settlement.state == .parked)
    }

    @Test func shortRateLimitIsWaitedForAndALongOneFailsOver() throws {
        let bench = MachineBench(Self.two)
        _ = bench.admit([bench.message(), bench.message()])
        let short = bench.end("m1", .failed(.limited(8)))
        #expect(short.settlement?.attempts == 0)
        #expect(short.settlement?.state == .queued)
        #expect(short.settlement?.due == bench.now + .seconds(8))
        let long = bench.end("m2", .failed(.limited(60)))
        #expect(long.settlement?.events.map(\.kind) == [.attempted, .failedOver])
        #expect(long.then.attempts.contains("m2@second"))
    }

    @Test func withoutAnotherProviderALongRateLimitIsWaitedForInTheStore() throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message()])
        let settlement = try #require(bench.end("m1", .failed(.limited(3600))).settlement)
        #expect(settlement.state == .queued)
        #expect(settlement.attempts == 0)
        #expect(settlement.due == bench.now + .seconds(3600))
    }

    /// A service or a plugin may ask for anything.
    @Test(arguments: [(-5, 1), (0, 1), (60, 60), (86_400, 86_400), (Int.max / 2000, 86_400)])
    func anAskedWaitIsASecondToADay(asked: Int, held: Int) throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message()])
        let settlement = try #require(bench.end("m1", .failed(.limited(asked))).settlement)
        #expect(settlement.due == bench.now + .seconds(held))
    }

    @Test func refusedLoginTakesTheProviderDownAtOnceAndParksItsMail() throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message(), bench.message()])
        let first = try #require(bench.end("m1", .failed(.badPassword)).settlement)
        #expect(first.state == .parked)
        #expect(first.attempts == 0)
        #expect(bench.state() == .down)
        let third = bench.admit([bench.message()]).settlements
        #expect(third.map(\.state) == [.parked])
    }

    @Test func refusedSenderFailsOverAndAsksTheProbe() throws {
        let bench = MachineBench(Self.two)
        _ = bench.admit([bench.message()])
        let (settlement, then) = bench.end("m1", .failed(.wrongSender))
        #expect(settlement?.attempts == 0)
        #expect(then.attempts == ["m1@second"])
        #expect(then.probes == ["first"])
        bench.machine.probed("first", error: nil, now: bench.now)
        #expect(bench.state() == .up)
    }

    @Test(arguments: [(Priority.critical, MessageState.queued), (.normal, .uncertain), (.bulk, .uncertain)])
    func uncertainMailIsHeldOrSentAgainByItsLane(priority: Priority, state: MessageState) throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message(priority: priority)])
        let settlement = try #require(bench.end("m1", .failed(.cutAfterBody)).settlement)
        #expect(settlement.state == state)
        #expect(settlement.events.map(\.kind).prefix(2) == [.attempted, .uncertain])
    }

    @Test func uncertainCriticalMailGoesToTheNextProviderAtOnce() {
        let bench = MachineBench(Self.two)
        _ = bench.admit([bench.message(priority: .critical)])
        #expect(bench.end("m1", .failed(.cutAfterBody)).then.attempts == ["m1@second"])
    }

    @Test func serviceThatKeepsAskingForPatienceIsPassedOver() throws {
        let bench = MachineBench(Self.two)
        let message = bench.message()
        _ = bench.admit([message])
        #expect(bench.end("m1", .failed(.limited(nil))).settlement?.due == bench.now + .seconds(5))
        bench.now = bench.now + .seconds(5)
        bench.forgetStore()
        #expect(bench.admit([message]).attempts == ["m1@first"])
        #expect(bench.end("m1", .failed(.limited(nil))).then.attempts == ["m1@second"])
    }

    @Test func recipientsThatAreGivenUpAreNotLeftPending() throws {
        let bench = MachineBench()
        var message = bench.message(to: ["ana", "bo"])
        message.recipients[0].state = .sent
        message.agedFrom = bench.now - .seconds(3 * 86_400 + 1)
        _ = bench.admit([message])
        let settlement = try #require(bench.end("m1", .failed(.greylisted)).settlement)
        #expect(settlement.state == .sent)
        #expect(settlement.recipients?.map(\.state) == [.sent, .refused])
    }

    @Test func putOffRecipientsAreTriedAloneAndTheRestIsSent() throws {
        let bench = MachineBench()
        let message = bench.message(to: ["ana", "bo", "cy"])
        _ = bench.admit([message])
        let refusals = [
            Receipt.Refusal(address: message.recipients[1].address, error: .greylisted),
            Receipt.Refusal(address: message.recipients[2].address, error: .noSuchUser),
        ]
        let first = try #require(bench.end("m1", .accepted(Receipt(id: "r", refusals: refusals))).settlement)
        #expect(first.state == .queued)
        #expect(first.recipients?.map(\.state) == [.sent, .pending, .refused])
        #expect(first.events.map(\.kind) == [.attempted, .recipientRefused, .deferred])
        var again = message
        again.recipients = try #require(first.recipients)
        _ = bench.admit([again])
        let last = try #require(bench.end("m1", .failed(.noSuchUser)).settlement)
        #expect(last.state == .sent)
        #expect(last.recipients?.map(\.state) == [.sent, .refused, .refused])
    }

    /// A service that counts the recipients it refused, and names none.
    @Test func unnamedRefusalsAreOneEvent() throws {
        let bench = MachineBench()
        _ = bench.admit([bench.message(to: ["ana", "bo", "cy"])])
        let receipt = Receipt(id: "r", refusalNote: "refused 2 of 3 recipients", detail: "more")
        let settlement = try #require(bench.end("m1", .accepted(receipt)).settlement)
        #expect(settlement.state == .sent && settlement.recipients?.map(\.state) == [.sent, .sent, .sent])
        #expect(settlement.events.map(\.kind) == [.attempted, .recipientRefused, .sent])
        #expect(settlement.events.map(\.detail) == ["accepted", "refused 2 of 3 recipients", "r; more"])
        #expect(settlement.events.allSatisfy { $0.provider == "relay" })
    }

    @Test func whatIsTooOldIsGivenUpAfterItsLastTry() throws {
        let bench = MachineBench()
        var message = bench.message()
        message.agedFrom = bench.now - .seconds(3 * 86_400 + 1)
        _ = bench.admit([message])
        let settlement = try #require(bench.end("m1", .failed(.greylisted)).settlement)
        #expect(settlement.state == .failed)
        #expect(settlement.failure?.code == "smtp.4.7.1")
    }

    @Test func expiredMailIsNotSent() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        let expiry = bench.now + .seconds(5)
        #expect(bench.admit([bench.message(), bench.message(expiresAt: expiry)]).attempts == ["m1@relay"])
        bench.now = bench.now + .seconds(5)
        let then = bench.end("m1", .accepted(Receipt(id: nil))).then
        #expect(then.attempts.isEmpty)
        #expect(then.settlements.map(\.state) == [.expired])
    }
}
