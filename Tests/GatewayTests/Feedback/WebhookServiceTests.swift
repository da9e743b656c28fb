// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import GatewayTesting
import Logging
import Queue
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebhookServiceTests {
    private static let holder = LeaseHolder(number: 1)

    /// A running service over a log and a store in memory.
    private struct Stage {
        let log = MemoryLog()
        let store = MemoryWebhooks()
        let watch: EventWatch
        let service: WebhookService
        let receivers: MemoryReceivers
        let desk: WebhookDesk

        init(_ answer: @escaping @Sendable (HTTPRequest) async throws(HTTPFailure) -> HTTPResponse) {
            receivers = MemoryReceivers(answer)
            watch = EventWatch(log)
            let clock: Clock = { Timestamp(milliseconds: 1_800_000_000_000) }
            let caller = WebhookCaller(WebhookCaller.Clients(strict: receivers, free: receivers), clock: clock)
            service = WebhookService(
                log: log,
                store: store,
                caller: caller,
                watch: watch,
                holder: holder,
                clock: clock,
                chance: { 0.5 },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            desk = WebhookDesk(
                log: log,
                store: store,
                caller: caller,
                ids: IDs(clock: clock, random: { 4 }),
                clock: clock
            )
        }

        /// Runs the service while `work` runs.
        func run(_ names: [String], _ work: () async throws -> Void) async throws {
            service.configure(try names.map { try WebhookServiceTests.endpoint($0) })
            let (watch, service) = (watch, service)
            let tasks = [Task { await watch.run() }, Task { await service.run() }]
            defer { for task in tasks { task.cancel() } }
            #expect(await comesTrue { names.allSatisfy { store.record($0)?.lease == holder } })
            try await work()
            await service.shutDown(grace: .seconds(60))
            await tasks[1].value
        }
    }

    private static func endpoint(_ name: String) throws -> WebhookEndpoint {
        let url = try #require(HTTPURL("https://\(name).example.org/"))
        return WebhookEndpoint(name: name, url: url, secrets: [WebhookSecret(bytes: Array(repeating: 7, count: 32))])
    }

    @Test func newEventsArriveInOrderAndOldOnesDoNot() async throws {
        let stage = Stage { _ throws(HTTPFailure) in HTTPResponse(status: 200) }
        stage.log.append(1)
        try await stage.run(["shop"]) {
            for sequence in 2...700 { stage.log.append(Int64(sequence), sequence == 3 ? .accepted : .sent) }
            stage.watch.committed()
            #expect(await comesTrue { stage.store.record("shop")?.cursor == 700 })
        }
        let expected = (2...700).filter { $0 != 3 }.map { "evt_\($0)_\($0)" }
        #expect(stage.receivers.ids("shop.example.org") == expected)
        #expect(stage.store.delivery(2, of: "shop")?.state == .delivered)
        #expect(stage.store.record("shop")?.lease == nil)
    }

    @Test func aReceiverThatNeverAnswersHoldsUpNoOther() async throws {
        let stage = Stage { (request) throws(HTTPFailure) in
            guard request.url.host == "slow.example.org" else { return HTTPResponse(status: 200) }
            // Until the shutdown ends the call.
            try? await Task.sleep(for: .seconds(3600))
            throw HTTPFailure(stage: .answering, reason: .cancelled, detail: "the caller gave up")
        }
        stage.service.configure(try ["fast", "slow"].map { try Self.endpoint($0) })
        let (watch, service) = (stage.watch, stage.service)
        let tasks = [Task { await watch.run() }, Task { await service.run() }]
        #expect(await comesTrue { stage.store.record("slow")?.lease == Self.holder })
        for sequence in 1...20 { stage.log.append(Int64(sequence)) }
        watch.committed()
        #expect(await comesTrue { stage.store.record("fast")?.cursor == 20 })
        #expect(stage.receivers.ids("slow.example.org") == ["evt_1_1"])
        await service.shutDown(grace: .zero)
        await tasks[1].value
        tasks[0].cancel()
        // A call that was ended had no outcome: the next gateway makes it again.
        #expect(stage.store.delivery(1, of: "slow") == nil)
        #expect(stage.store.record("slow")?.cursor == 0)
    }

    @Test func anOperatorsDecisionIsTakenUp() async throws {
        let isGood = Mutex(false)
        let stage = Stage { _ throws(HTTPFailure) in HTTPResponse(status: isGood.withLock(\.self) ? 200 : 410) }
        try await stage.run(["shop"]) {
            stage.log.append(1)
            stage.log.append(2)
            stage.watch.committed()
            #expect(await comesTrue { stage.store.record("shop")?.isEnabled == false })
            let status = stage.service.statuses(now: Timestamp(milliseconds: 0)).first
            #expect(stage.store.record("shop")?.reason?.contains("410") == true)
            #expect(status?.counts.retried == 1)
            isGood.withLock { $0 = true }
            try await stage.desk.enable("shop")
            stage.service.changed()
            #expect(await comesTrue { stage.store.record("shop")?.cursor == 2 })
            #expect(stage.receivers.ids("shop.example.org").last == "evt_2_2")
            let count = stage.receivers.ids("shop.example.org").count
            try await stage.desk.replay("shop", since: Timestamp(milliseconds: 2000))
            stage.service.changed()
            #expect(await comesTrue { stage.receivers.ids("shop.example.org").count == count + 1 })
            #expect(stage.receivers.ids("shop.example.org").last == "evt_2_2")
        }
    }

    @Test func settingsChangeWhileItRuns() async throws {
        let stage = Stage { _ throws(HTTPFailure) in HTTPResponse(status: 200) }
        try await stage.run(["old"]) {
            stage.service.configure([try Self.endpoint("new")])
            #expect(await comesTrue { stage.store.record("new")?.lease == Self.holder })
            #expect(await comesTrue { stage.store.record("old")?.lease == nil })
            stage.log.append(1)
            stage.watch.committed()
            #expect(await comesTrue { stage.store.record("new")?.cursor == 1 })
            #expect(stage.receivers.ids("old.example.org") == [])
        }
    }

    @Test func withoutAListenerNothingIsAsked() async throws {
        let log = MemoryLog()
        let watch = EventWatch(log)
        let task = Task { await watch.run() }
        defer { task.cancel() }
        watch.committed()
        #expect(log.lookCount == 0)
        async let page = watch.events(after: 0, matching: EventFilter(), limit: 9, waiting: .seconds(3600))
        #expect(await comesTrue { log.lookCount > 0 })
        log.append(1)
        watch.committed()
        #expect(try await page.events.map(\.sequence) == [1])
        // A closed watch lets nothing wait.
        watch.close()
        #expect(try await watch.events(after: 1, matching: EventFilter(), limit: 9, waiting: .seconds(3600)).next == 1)
    }

    @Test func aReplayBeginsBeforeItsTime() async throws {
        let log = MemoryLog()
        for sequence in 1...2000 { log.append(Int64(sequence * 2), sequence.isMultiple(of: 3) ? .accepted : .sent) }
        let position = try await log.position(before: Timestamp(milliseconds: 3_000_000))
        // Ten minutes are allowed for clocks that differ.
        #expect((2_380...2_400).contains(position), "\(position)")
        #expect(try await log.position(before: Timestamp(milliseconds: 0)) == 0)
    }
}
