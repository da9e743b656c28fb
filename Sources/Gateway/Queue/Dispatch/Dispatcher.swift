// SPDX-License-Identifier: Apache-2.0
public import Logging
import Synchronization

/// Moves mail from the outbox to the providers: the shell around ``DispatchMachine``.
///
/// The machine decides under a lock that is held for microseconds; what it decides is done in tasks of ``run()``.
public final class Dispatcher: Sendable {
    /// What the dispatcher reads and writes.
    public struct Stores: Sendable {
        let outbox: any Outbox
        let keeping: any QueueKeeping
        let controls: any ControlStore
        let suppressions: any SuppressionStore
        /// Nil when no other gateway can use the store.
        let fleet: (any FleetStore)?
        /// Nil when no command reads reports from the store.
        let reports: (any ReportStore)?
        /// Counts the announcements of a topic; nil where changes are not announced.
        let changes: @Sendable (StoreTopic) -> Int?

        public init(
            outbox: any Outbox,
            keeping: any QueueKeeping,
            controls: any ControlStore,
            suppressions: any SuppressionStore,
            fleet: (any FleetStore)? = nil,
            reports: (any ReportStore)? = nil,
            changes: @escaping @Sendable (StoreTopic) -> Int? = { _ in nil }
        ) {
            self.outbox = outbox
            self.keeping = keeping
            self.controls = controls
            self.suppressions = suppressions
            self.fleet = fleet
            self.reports = reports
            self.changes = changes
        }
    }

    /// The store is asked again after this long when it did not answer.
    static let storeRetry = Duration.seconds(1)

    let stores: Stores
    let builder: any MessageBuilding
    let observer: any DispatchObserver
    let clock: Clock
    let logger: Logger
    let chance: @Sendable () -> Double
    let holder: LeaseHolder
    let machine: Mutex<DispatchMachine>
    let watches = Mutex<[String: WeakWatch]>([:])
    let suppressions = Mutex(SuppressionKnowledge())
    let doubtful = Mutex(Doubts())
    let outage = Mutex(StoreOutage())
    let reported = Mutex(Reported())
    /// The requests for probes that were answered.
    let probeRequests: Mutex<[String: Int64]>
    private let alarm = Mutex<Timestamp?>(nil)
    private let actions: AsyncStream<DispatchMachine.Action>
    private let todo: AsyncStream<DispatchMachine.Action>.Continuation
    /// Calls to look after the house; several that nobody has answered yet are one.
    let called: AsyncStream<Void>
    let calls: AsyncStream<Void>.Continuation

    /// Whether the list of suppressed addresses is known to be empty, which spares every message a look-up.
    struct SuppressionKnowledge {
        var isEmpty = false
        /// Counts the additions, so that what was read before one is not believed after it.
        var additions = 0
    }

    /// What the store may have done without being heard.
    struct Doubts: Equatable {
        /// Messages that it may have taken.
        var ids: [String] = []
        /// From the first to the last moment whose claim it may have granted.
        var claims: ClosedRange<Timestamp>?

        mutating func addClaim(_ moment: Timestamp) {
            claims = min(claims?.lowerBound ?? moment, moment)...max(claims?.upperBound ?? moment, moment)
        }

        /// Forgets doubts that have been looked into.
        mutating func remove(_ settled: Doubts) {
            ids.removeAll(where: settled.ids.contains)
            if claims == settled.claims { claims = nil }
        }
    }

    struct WeakWatch {
        weak var watch: OutcomeWatch?
    }

    /// Registers with the store and takes over what dead gateways left; `chance` gives random numbers in 0..<1.
    public init(
        settings: DeliverySettings,
        stores: Stores,
        builder: any MessageBuilding,
        observer: any DispatchObserver,
        logger: Logger,
        clock: @escaping Clock,
        chance: @escaping @Sendable () -> Double
    ) async throws(OutboxError) {
        let now = clock()
        let registration = try await stores.keeping.register(now: now)
        holder = registration.holder
        Self.log(takenOver: registration.takenOver, logger)
        let usage = try await stores.keeping.usage(now.utcDay)
        let paused = try await stores.controls.pausedProviders()
        // What was asked for before the start is answered by it: a new gateway takes every provider for well.
        probeRequests = Mutex(try await stores.controls.probeRequests())
        var machine = DispatchMachine(settings: settings, holder: holder, usage: usage, paused: paused, now: now)
        if let fleet = stores.fleet {
            machine.setShare(try await fleet.share(of: holder, timeout: Self.leaseTimeout, now: now))
        }
        self.machine = Mutex(machine)
        (actions, todo) = AsyncStream.makeStream(of: DispatchMachine.Action.self)
        (called, calls) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.stores = stores
        self.builder = builder
        self.observer = observer
        self.logger = logger
        self.clock = clock
        self.chance = chance
    }

    /// Works until ``shutDown(grace:)`` has ended, or until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keepHouse() }
            for await action in actions {
                group.addTask { await self.perform(action) }
            }
            group.cancelAll()
        }
    }

    /// Starts nothing more, waits up to `grace` for what is under way, and leaves the rest queued.
    public func shutDown(grace: Duration) async {
        feed { machine, _ in machine.isDraining = true }
        let deadline = clock() + grace
        while clock() < deadline, machine.withLock({ !$0.items.isEmpty }) {
            // A cancelled wait means that even the grace is over.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        await leave()
        todo.finish()
    }

    /// Takes new settings without dropping anything.
    public func configure(_ settings: DeliverySettings) {
        feed { machine, now in machine.configure(settings, now: now) }
    }

    /// Lets the machine decide and passes on what it wants done.
    func feed<T: Sendable>(_ change: (inout DispatchMachine, Timestamp) -> T) -> T {
        let now = clock()
        let (result, actions, wake) = machine.withLock { machine in
            let result = change(&machine, now)
            return (result, machine.pump(now: now), machine.nextWake(now: now))
        }
        for action in actions { todo.yield(action) }
        if let wake { arm(wake, now: now) }
        return result
    }

    /// Sees to it that the machine is asked again at `wake`; the house is kept every second anyway.
    private func arm(_ wake: Timestamp, now: Timestamp) {
        guard wake - now < .seconds(1) else { return }
        let isEarlier = alarm.withLock { armed in
            if let armed, armed <= wake, armed > now { return false }
            armed = wake
            return true
        }
        guard isEarlier else { return }
        Task { [weak self] in
            // Nothing cancels this task, and it ends within a second.
            try? await Task.sleep(for: max(wake - now, .milliseconds(1)))
            self?.feed { _, _ in }
        }
    }
}
