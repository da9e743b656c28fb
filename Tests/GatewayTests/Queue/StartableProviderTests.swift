// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Mail
import Synchronization
import Testing

@testable import Queue
@testable import Submission

/// A provider whose service says later what it supports.
private final class LateProvider: StartableProvider {
    private let said = Mutex<ServiceDeclaration?>(nil)

    func say(_ capabilities: Capabilities, concurrency: Int) {
        said.withLock { $0 = ServiceDeclaration(capabilities: capabilities, concurrency: concurrency) }
    }

    var declaration: ServiceDeclaration? { said.withLock(\.self) }
    var capabilities: Capabilities { declaration?.capabilities ?? [] }

    func start(changed: @escaping @Sendable () -> Void) {}
    func stop(afterCalls: Bool) async {}
    func continuing(_ earlier: any Provider) -> (any Provider)? { nil }
    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt { Receipt(id: nil) }
    func probe() async throws(DeliveryError) {}
}

@Suite struct StartableProviderTests {
    private let late = LateProvider()

    private func bench(beside other: String? = nil) -> MachineBench {
        let limits = ProviderLimits(concurrency: 16)
        var settings = MachineBench.settings(other.map { [($0, limits)] } ?? [], capabilities: ["plain": .textOnly])
        settings.providers.insert(
            DeliverySettings.ProviderEntry(
                name: "late",
                kind: "stub",
                isCapture: false,
                limits: limits,
                provider: late
            ),
            at: 0
        )
        settings.routes = Routes([.init(via: settings.providers.map(\.name))])
        let bench = MachineBench()
        bench.machine = DispatchMachine(
            settings: settings,
            holder: LeaseHolder(number: 1),
            usage: [:],
            paused: [],
            now: bench.now
        )
        return bench
    }

    @Test func itIsDownUntilItHasSaidWhatItSupports() throws {
        let bench = bench()
        let status = try #require(bench.machine.statuses(now: bench.now).first)
        #expect(status.state == .down && status.isStarting && status.capabilities == [])
        // The probe waits for the service.
        #expect(bench.pump().probes == ["late"])
        let parked = bench.admit([bench.message(to: ["ana", "bo"], copies: true)])
        #expect(parked.settlements.map(\.state) == [.parked])
        late.say([.textOnly, .copies], concurrency: 2)
        bench.machine.probed("late", error: nil, now: bench.now)
        #expect(bench.admit([bench.message(to: ["ana", "bo"], copies: true)]).attempts.count == 1)
        #expect(bench.machine.statuses(now: bench.now).first?.isStarting == false)
    }

    @Test func itsOwnConcurrencyCountsBesideTheLimit() {
        let bench = bench()
        late.say(.textOnly, concurrency: 2)
        _ = bench.pump()
        bench.machine.probed("late", error: nil, now: bench.now)
        // One attempt that succeeds closes the circuit.
        let first = bench.message(priority: .critical)
        #expect(bench.admit([first]).attempts.count == 1)
        _ = bench.end(first.id, .accepted(Receipt(id: nil)))
        #expect(bench.admit((1...6).map { _ in bench.message(priority: .critical) }).attempts.count == 2)
    }

    /// Mail that waits in the store when a gateway starts is not given up because a service starts more slowly.
    @Test func mailThatItMayCarryWaitsForIt() {
        let bench = bench(beside: "plain")
        let message = bench.message(to: ["ana", "bo"], copies: true)
        #expect(bench.admit([message]).settlements.map(\.state) == [.parked])
        late.say(.textOnly, concurrency: 2)
        #expect(bench.admit([bench.message(to: ["ana", "bo"], copies: true)]).settlements.map(\.state) == [.failed])
    }

    /// Each gateway starts its own service; only what mail or a probe shows of it is news to the others.
    @Test func itsStartIsNoNewsToOtherGateways() {
        let bench = bench()
        bench.machine.setShare(ClusterShare(gateways: 2, rank: 0))
        var actions = bench.pump()
        late.say(.textOnly, concurrency: 2)
        bench.machine.prove("late", now: bench.now)
        actions += bench.pump(after: .seconds(1))
        bench.machine.probed("late", error: nil, now: bench.now)
        actions += bench.pump(after: .seconds(1))
        _ = bench.admit([bench.message()])
        actions += bench.end("m1", .accepted(Receipt(id: nil))).then
        #expect(!actions.contains { if case .tell = $0 { true } else { false } })
        // It works here, and then fails: that is news.
        for _ in 0..<5 {
            let message = bench.message()
            _ = bench.admit([message])
            actions += bench.end(message.id, .failed(.refusedConnection)).then
        }
        #expect(actions.contains { if case .tell = $0 { true } else { false } })
    }

    /// A process that starts no service takes it as one that may carry anything.
    @Test func reportOfAProcessThatStartsNoneDoesNotCallItDown() throws {
        let settings = DeliverySettings(
            providers: [
                DeliverySettings.ProviderEntry(
                    name: "late",
                    kind: "stub",
                    isCapture: false,
                    limits: ProviderLimits(concurrency: 1),
                    provider: late
                )
            ],
            routes: Routes([.init(via: ["late"])])
        )
        let report = OfflineReport(settings: settings, usage: [:], paused: [], now: MachineBench.start)
        #expect(report.statuses().first?.status.state == .up)
    }

    /// A gateway refuses what may not be carried; a process that starts no providers leaves that to a gateway.
    @Test func acceptanceKnowsWhatIsCertain() {
        var settings = SubmissionSettings(
            defaultBrand: "default",
            routes: Routes([.init(via: ["late"])]),
            providers: ["late": late],
            criticalCategories: []
        )
        #expect(settings.assumedCapabilities(of: late) == .textOnly)
        settings.startsProviders = false
        #expect(settings.assumedCapabilities(of: late).contains(.attachments))
        late.say(.copies, concurrency: 1)
        #expect(settings.assumedCapabilities(of: late) == .copies)
    }
}
