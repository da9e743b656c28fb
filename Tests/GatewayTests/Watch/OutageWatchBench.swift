// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Logging
import Synchronization

@testable import Basics
@testable import Monitoring
@testable import OAuth
@testable import Queue

/// An alert manager over doubles, with a manual clock.
final class OutageWatchBench: Sendable {
    struct World: Sendable {
        var now = WatchBench.start
        var statuses: [ProviderStatus] = [.stub("gmail"), .stub("relay")]
        var tokens: [TokenStatus] = []
        var depths: [QueueDepth]? = []
        var probes: [String] = []
        var notes: [String] = []
    }

    let world = Mutex(World())
    let metrics = Metrics()
    let log = LogLines()
    let store: any AlertStore
    let canaries: CanaryDouble
    let watch: AlertManager

    /// `patience` is real time: short for a store that never answers, else longer than any test takes.
    init(
        _ routes: [AlertRoute],
        store: any AlertStore = MemoryEpisodes(),
        canaries: CanaryDouble = CanaryDouble(),
        gateway: String = "a",
        patience: Duration = .seconds(3600)
    ) {
        self.store = store
        self.canaries = canaries
        let later = Later()
        let dependencies = AlertManager.Dependencies(
            statuses: { later.bench?.world.withLock { $0.statuses } ?? [] },
            failovers: { [:] },
            tokens: { later.bench?.world.withLock { $0.tokens } ?? [] },
            depths: { later.bench?.world.withLock { $0.depths } },
            isStoreReachable: { true },
            probe: { name in later.bench?.world.withLock { $0.probes.append(name) } },
            note: { error, name in later.bench?.world.withLock { $0.notes.append("\(name): \(error.code)") } },
            canaries: canaries
        )
        watch = AlertManager(
            host: "mail1",
            gateway: gateway,
            isAlone: false,
            settings: .init(),
            routes: routes,
            store: store,
            dependencies: dependencies,
            metrics: metrics,
            logger: Logger(label: "test") { [log] _ in log },
            clock: { later.bench?.world.withLock { $0.now } ?? WatchBench.start },
            patience: patience
        )
        later.found.withLock { $0.bench = self }
    }

    /// Closures that must exist before the bench.
    private final class Later: Sendable {
        struct Weak: Sendable { weak var bench: OutageWatchBench? }

        let found = Mutex(Weak())
        var bench: OutageWatchBench? { found.withLock { $0.bench } }
    }

    func change(_ change: (inout World) -> Void) { world.withLock { change(&$0) } }

    func set(_ provider: String, _ state: ProviderStatus.State) {
        change { world in
            for position in world.statuses.indices where world.statuses[position].name == provider {
                world.statuses[position] = .stub(provider, state)
                world.statuses[position].provenAt = world.now
            }
        }
    }

    /// Ticks one second at a time until `isDone`, or 2000 times.
    @discardableResult
    func tick(_ step: Duration = .seconds(1), until isDone: () async -> Bool) async -> Bool {
        for _ in 0..<2000 {
            change { $0.now = $0.now + step }
            await watch.tick()
            // Lets the tasks beside the tick run.
            for _ in 0..<20 { await Task.yield() }
            if await isDone() { return true }
        }
        return false
    }

    var metricLines: [String] {
        String(decoding: metrics.text([]), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

/// Records the alerts, and fails while it is set to.
final class RecordingChannel: Receiver {
    let told = Mutex<[String]>([])
    let failure: Mutex<AlertFailure?>
    let tries = Mutex(0)

    init(_ failure: AlertFailure? = nil) {
        self.failure = Mutex(failure)
    }

    func send(_ alert: AlertNotification) async throws(AlertFailure) {
        tries.withLock { $0 += 1 }
        if let failure = failure.withLock({ $0 }) { throw failure }
        told.withLock { $0.append(alert.what) }
    }

    var words: [String] { told.withLock { $0 } }
}

/// Alert records in memory.
final class MemoryEpisodes: AlertStore {
    private let content = Mutex<[AlertKey: AlertRecord]>([:])

    func episodes() async throws(StoreError) -> [AlertRecord] { content.withLock { Array($0.values) } }

    func put(_ episode: AlertRecord) async throws(StoreError) -> Bool {
        content.withLock { content in
            guard content[episode.key]?.version ?? 0 == episode.version else { return false }
            content[episode.key] = episode
            content[episode.key]?.version += 1
            return true
        }
    }

    func forget(endedBefore: Timestamp) async throws(StoreError) {}
}

/// A store that never answers, until the call is cancelled.
struct SilentEpisodes: AlertStore {
    func episodes() async throws(StoreError) -> [AlertRecord] {
        await Self.waitForCancellation()
        throw .unavailable("cancelled")
    }

    func put(_ episode: AlertRecord) async throws(StoreError) -> Bool {
        await Self.waitForCancellation()
        throw .unavailable("cancelled")
    }

    func forget(endedBefore: Timestamp) async throws(StoreError) { await Self.waitForCancellation() }

    private static func waitForCancellation() async {
        // Ends with its cancellation.
        try? await Task.sleep(for: .seconds(600))
    }
}

/// Accepts canary messages, and returns the set outcome for each.
final class CanaryDouble: CanaryPost {
    let sent = Mutex<[String]>([])
    let state = Mutex<MessageState?>(.queued)
    let failure = Mutex<AlertFailure?>(nil)

    func send(_ canary: CanarySettings, through provider: String) async throws(AlertFailure) -> String {
        if let failure = failure.withLock({ $0 }) { throw failure }
        return sent.withLock { sent in
            sent.append(provider)
            return "m\(sent.count)"
        }
    }

    func state(of id: String) async throws(AlertFailure) -> MessageState? { state.withLock { $0 } }
}
