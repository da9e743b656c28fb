// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Logging
import Mail
import Queue
import SQL
import Storage
import Synchronization
import Testing

/// What a store shows of a message around its hand-over: a message that a provider may have is `sending`, and no other is.
@Suite(.timeLimit(.minutes(5))) struct HandOverTests {
    /// A step of the first attempts of a message.
    enum Step: Sendable, Hashable {
        case build(Int)
        case call(Int)
    }

    /// What is done while a step lasts.
    typealias Work = @Sendable (HandOverBench) async throws -> Void

    /// A gateway whose first call of a provider fails, and that does `work` while `step` lasts.
    private static func run(
        _ step: Step,
        _ work: @escaping Work,
        before: (StoreFile, SQLStores) async throws -> Void = { _, _ in }
    ) async throws -> (steps: [String], end: MessageRecord) {
        let file = StoreFile()
        let stores = try await file.stores()
        try await before(file, stores)
        let (begun, start) = (ContinuousClock.now, StoreFile.now)
        let bench = HandOverBench(stores, at: step, work)
        let dispatcher = try await Dispatcher(
            settings: DeliverySettings(
                providers: ["relay", "spare"].map { name in
                    DeliverySettings.ProviderEntry(
                        name: name,
                        kind: "stub",
                        isCapture: false,
                        limits: ProviderLimits(concurrency: 1),
                        provider: bench
                    )
                },
                routes: Routes([Routes.Route(via: ["relay", "spare"])])
            ),
            stores: Dispatcher.Stores(
                outbox: bench,
                keeping: stores.messages,
                controls: stores.controls,
                suppressions: stores.suppressions
            ),
            builder: bench,
            observer: NoObserver(),
            logger: Logger(label: "test") { [log = LogLines()] _ in log },
            clock: { start + (ContinuousClock.now - begun) },
            chance: { 0 }
        )
        let running = Task { await dispatcher.run() }
        try await stores.messages.insert([Sample.message(1)])
        let hasEnded = try await comesTrue {
            dispatcher.stored(Sample.routingKey, priority: .normal, due: start)
            return try await stores.messages.find(Sample.id(1))?.state.isFinal ?? false
        }
        #expect(hasEnded)
        running.cancel()
        await running.value
        let found = try await stores.messages.find(Sample.id(1))
        let record = try #require(found)
        // The folder of the store is removed with its value.
        withExtendedLifetime(file) {}
        return (bench.steps, record)
    }

    /// The first call fails, so the message goes to the second provider in the same pass.
    @Test func onlyACallOfAProviderIsSending() async throws {
        let (steps, end) = try await Self.run(.build(9)) { _ in }
        #expect(steps == ["build queued 0", "call sending 0", "build queued 1", "call sending 1"])
        #expect(end.state == .sent && end.attempts == 2)
    }

    /// The next process takes the leases of a dead one over when it registers.
    @Test(arguments: [(Step.build(1), 2, 0), (.call(1), 2, 1), (.build(2), 2, 0), (.call(2), 3, 1)])
    func deathCountsAsATryOnlyDuringACall(_ step: Step, attempts: Int, takenOver: Int) async throws {
        let (_, end) = try await Self.run(step) { bench in
            let registration = try await bench.stores.messages.register(now: StoreFile.now)
            #expect(registration.takenOver.count == takenOver)
        }
        #expect(end.state == .sent && end.attempts == attempts)
        let deaths = end.events.filter { $0.detail == "taken over from a gateway that died" }
        #expect(deaths.count == takenOver)
    }

    @Test(arguments: [Step.build(1), .build(2)])
    func messageThatIsCancelledBeforeACallIsNotHandedOver(_ step: Step) async throws {
        let (steps, end) = try await Self.run(step) { bench in
            let isCancelled = try await bench.stores.messages.cancel(Sample.id(1), by: nil, now: StoreFile.now)
            #expect(isCancelled)
        }
        #expect(end.state == .cancelled)
        #expect(steps.last?.hasPrefix("build") == true)
    }

    /// A suppression that cannot be read stops its message, and holds up no slot: the other message leaves by the only one.
    @Test func unreadableSuppressionHoldsUpNoOtherMail() async throws {
        let (steps, end) = try await Self.run(.build(9)) { _ in
        } before: { file, stores in
            let database = try await file.database()
            for address in Sample.message(2).request.recipients.map(\.mailbox.address.canonical) {
                let columns = "address, reason, created_at"
                _ = try await database.run(
                    "INSERT INTO suppressions (\(columns)) VALUES ('\(address)', 'manual', 'monday')",
                    []
                )
            }
            try await stores.messages.insert([Sample.message(2)])
        }
        #expect(end.state == .sent && steps.count == 4)
    }

    @Test func messageIsBuiltAnewWhenTheStoreWasAway() async throws {
        let (steps, end) = try await Self.run(.build(1)) { bench in
            bench.isAway.withLock { $0 = true }
        }
        #expect(steps.prefix(3) == ["build queued 0", "build queued 0", "call sending 0"] && end.attempts == 2)
    }
}

/// The builder, both providers and the queue of a gateway; it writes down what the store shows at each step.
final class HandOverBench: MessageBuilding, Provider, QueueStore {
    let stores: SQLStores
    /// True while the store does not answer, until the next mark.
    let isAway = Mutex(false)
    private let step: HandOverTests.Step
    private let work: HandOverTests.Work
    private let seen = Mutex<(builds: Int, calls: Int, lines: [String])>((0, 0, []))

    init(_ stores: SQLStores, at step: HandOverTests.Step, _ work: @escaping HandOverTests.Work) {
        (self.stores, self.step, self.work) = (stores, step, work)
    }

    /// The steps so far, as `step state attempts`.
    var steps: [String] { seen.withLock(\.lines) }

    func build(_ message: QueuedMessage, envelope: [EmailAddress]) async throws(BuildError) -> OutgoingMessage {
        let number = seen.withLock { seen in
            seen.builds += 1
            return seen.builds
        }
        await note("build", .build(number))
        return OutgoingMessage(
            id: message.id,
            messageID: "\(message.id)@example.org",
            date: message.createdAt,
            from: message.request.from,
            recipients: message.request.recipients,
            subject: "Hello",
            text: "Hello"
        )
    }

    var capabilities: Capabilities { .mime }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let number = seen.withLock { seen in
            seen.calls += 1
            return seen.calls
        }
        await note("call", .call(number))
        if number == 1 { throw DeliveryError(.transient, scope: .message, code: "test", detail: "") }
        return Receipt(id: nil)
    }

    func probe() async throws(DeliveryError) {}

    private func note(_ name: String, _ step: HandOverTests.Step) async {
        do {
            let record = try await stores.messages.find(Sample.id(1))
            let words = record.map { "\($0.state.rawValue) \($0.attempts)" } ?? "unknown"
            seen.withLock { $0.lines.append("\(name) \(words)") }
            if step == self.step { try await work(self) }
        } catch {
            Issue.record(error)
        }
    }

    func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult {
        try await stores.messages.insert(insertion)
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] { try await stores.messages.claim(claim) }

    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        let isAway = isAway.withLock { isAway in
            defer { isAway = false }
            return isAway
        }
        if isAway { throw .unavailable("away") }
        return try await stores.messages.begin(id, at: provider, holder: holder, now: now)
    }

    func settle(_ settlement: Settlement) async throws(StoreError) -> Bool {
        try await stores.messages.settle(settlement)
    }
}

private struct NoObserver: DispatchObserver {
    func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration) {}
    func settled(_ settlement: Settlement) {}
}
