// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Delivery
@testable import Queue

/// Limits, backlog, pause, reload and drain.
@Suite struct DispatchQueueTests {
    private static let key = QueueKey(
        routingKey: RoutingKey(brand: "default", category: nil, pin: nil),
        priority: .normal
    )

    @Test func attemptsKeepToTheLimitOfASecond() {
        let bench = MachineBench([("relay", ProviderLimits(perSecond: 5, concurrency: 50))])
        var started = bench.admit((1...20).map { _ in bench.message() }).attempts.count
        #expect(started == 1)
        for _ in 0..<20 { started += bench.pump(after: .milliseconds(100)).attempts.count }
        #expect(started == 11)
    }

    @Test func attemptsKeepToTheLimitOfADayAlsoAfterARestart() throws {
        let bench = MachineBench([("relay", ProviderLimits(perDay: 10, concurrency: 50))], usage: ["relay": 8])
        let actions = bench.admit((1...3).map { _ in bench.message() })
        #expect(actions.attempts == ["m1@relay", "m2@relay"])
        let deferred = try #require(actions.settlements.first)
        #expect(deferred.state == .queued)
        #expect(deferred.due == bench.now.nextUTCDay)
        #expect(bench.end("m1", .accepted(Receipt(id: nil))).settlement?.usage?.provider == "relay")
        bench.now = bench.now.nextUTCDay
        #expect(bench.admit([bench.message()]).attempts == ["m4@relay"])
    }

    @Test func newMailLinesUpBehindTheBacklog() {
        let bench = MachineBench()
        #expect(bench.reserve(Self.key, 1))
        bench.machine.unreserve(Self.key, count: 1)
        bench.machine.noteStored(Self.key, due: bench.now)
        #expect(!bench.reserve(Self.key, 1))
    }

    @Test func roomIsPromisedOnlyAsFarAsItGoes() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        #expect(bench.reserve(Self.key, 32))
        #expect(!bench.reserve(Self.key, 1))
        bench.machine.unreserve(Self.key, count: 32)
        #expect(bench.reserve(Self.key, 1))
    }

    @Test func backlogIsClaimedOnceAndAsFarAsThereIsRoom() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        bench.machine.noteStored(Self.key, due: bench.now)
        #expect(bench.pump() == [.claim(Self.key, limit: 32)])
        #expect(bench.pump() == [])
        let messages = (1...32).map { _ in bench.message() }
        bench.machine.claimed(Self.key, limit: 32, messages: messages, now: bench.now)
        #expect(bench.pump().attempts == ["m1@relay"])
        #expect(bench.pump() == [])
    }

    @Test func emptyClaimRestsForASecond() {
        let bench = MachineBench()
        bench.machine.noteStored(Self.key, due: bench.now)
        guard case .claim(_, let limit)? = bench.pump().first else {
            Issue.record("nothing was claimed")
            return
        }
        bench.machine.claimed(Self.key, limit: limit, messages: [], now: bench.now)
        bench.machine.noteStored(Self.key, due: bench.now)
        #expect(bench.pump(after: .milliseconds(999)) == [])
        #expect(bench.pump(after: .milliseconds(1)) == [.claim(Self.key, limit: limit)])
    }

    @Test func mailOfAnotherStreamIsNotHeldUpByASlowProvider() {
        let slow = (name: "slow", limits: ProviderLimits(concurrency: 1))
        let quick = (name: "quick", limits: ProviderLimits(concurrency: 1))
        let bench = MachineBench([slow, quick], routes: [.init(brand: "a", via: ["slow"]), .init(via: ["quick"])])
        _ = bench.admit((1...200).map { _ in bench.message(brand: "a") })
        let other = QueueKey(
            routingKey: RoutingKey(brand: "b", category: nil, pin: nil),
            priority: .normal
        )
        #expect(bench.reserve(other, 1))
        #expect(bench.admit([bench.message(brand: "b")]).attempts == ["m201@quick"])
    }

    @Test func pausedProviderGetsNothingAndItsMailIsParkedAndReleased() throws {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        _ = bench.admit([bench.message(), bench.message()])
        bench.machine.setPaused(true, provider: "relay", now: bench.now)
        let parked = try #require(bench.pump().settlements.first)
        #expect(parked.state == .parked)
        #expect(parked.id == "m2")
        bench.machine.stored(parked)
        #expect(bench.end("m1", .accepted(Receipt(id: nil))).settlement?.state == .sent)
        bench.machine.setPaused(false, provider: "relay", now: bench.now)
        #expect(bench.pump() == [.release(Self.key.routingKey)])
        #expect(bench.pump() == [])
        bench.machine.moved(Self.key.routingKey, wasRelease: true, wasFull: true)
        #expect(bench.pump() == [.release(Self.key.routingKey)])
        bench.machine.moved(Self.key.routingKey, wasRelease: true, wasFull: false)
        #expect(bench.pump() == [])
    }

    @Test func outageParksWhatWaitsInTheStore() {
        let bench = MachineBench()
        bench.machine.refreshed(
            heads: [QueueHead(routingKey: Self.key.routingKey, priority: .normal, due: bench.now + .seconds(60))],
            parked: []
        )
        bench.machine.setPaused(true, provider: "relay", now: bench.now)
        #expect(bench.pump() == [.park(Self.key.routingKey, reason: "relay is paused")])
    }

    @Test func reloadMovesWaitingMailToTheNewRoute() {
        let first = (name: "first", limits: ProviderLimits(concurrency: 1))
        let second = (name: "second", limits: ProviderLimits(concurrency: 1))
        let bench = MachineBench([first])
        #expect(bench.admit([bench.message(), bench.message()]).attempts == ["m1@first"])
        bench.machine.configure(MachineBench.settings([second]), now: bench.now)
        #expect(bench.pump().attempts == ["m2@second"])
        #expect(bench.end("m1", .accepted(Receipt(id: nil))).settlement?.state == .sent)
        #expect(bench.machine.pool.provider("first") == nil)
    }

    @Test func drainStartsNothingAndGivesBackWhatWaits() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        _ = bench.admit([bench.message(), bench.message()])
        bench.machine.drain()
        let actions = bench.pump()
        #expect(actions.attempts.isEmpty)
        #expect(actions.settlements.map(\.id) == ["m2"])
        #expect(actions.settlements.map(\.state) == [.queued])
        #expect(actions.settlements.map(\.events.count) == [0])
        #expect(!bench.reserve(Self.key, 1))
    }

    @Test func pinnedMailGoesToItsProviderAlone() {
        let providers = [
            (name: "first", limits: ProviderLimits(concurrency: 4)),
            (name: "second", limits: ProviderLimits(concurrency: 4)),
        ]
        let bench = MachineBench(providers, routes: [.init(via: ["first"])])
        #expect(bench.admit([bench.message(pin: "second")]).attempts == ["m1@second"])
    }

    @Test func providerThatCannotExpressTheMessageIsPassedOver() {
        let providers = [
            (name: "plain", limits: ProviderLimits(concurrency: 4)),
            (name: "rich", limits: ProviderLimits(concurrency: 4)),
        ]
        let bench = MachineBench(providers, capabilities: ["plain": [.textOnly]])
        #expect(bench.admit([bench.message(to: ["ana", "bo"], copies: true)]).attempts == ["m1@rich"])
        #expect(bench.admit([bench.message()]).attempts == ["m2@plain"])
    }

    @Test func providerThatWouldFindTheMessageTooLargeIsPassedOver() {
        let providers = [
            (name: "small", limits: ProviderLimits(concurrency: 4)),
            (name: "large", limits: ProviderLimits(concurrency: 4)),
        ]
        let bench = MachineBench(providers, maxBytes: ["small": 2 << 20])
        let text = String(repeating: "long line\n", count: 300_000)
        #expect(bench.admit([bench.message(text: text)]).attempts == ["m1@large"])
        #expect(bench.admit([bench.message()]).attempts == ["m2@small"])
    }

    @Test func cancelledMailGivesItsSlotBack() {
        let bench = MachineBench([("relay", ProviderLimits(concurrency: 1))])
        _ = bench.admit([bench.message(), bench.message()])
        let (settlement, then) = bench.end("m1", .lost)
        #expect(settlement == nil)
        #expect(then.attempts == ["m2@relay"])
    }
}
