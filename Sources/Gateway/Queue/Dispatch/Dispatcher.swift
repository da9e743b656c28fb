// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import Logging
import Mail
public import SQL
import Synchronization

/// Moves mail from the queue to the providers: the shell around ``DispatchMachine``.
///
/// The machine decides under a lock that is held for microseconds; tasks of ``run()`` carry out its actions.
public final class Dispatcher: Sendable {
    /// What the dispatcher reads and writes.
    public struct Stores: Sendable {
        let outbox: any QueueStore
        let keeping: any MaintenanceStore
        let controls: any ControlStore
        let suppressions: any SuppressionStore
        /// Nil when no other gateway can use the store.
        let cluster: (any ClusterStore)?
        /// Nil when no command reads reports from the store.
        let reports: (any ReportStore)?
        /// Counts the announced changes of a topic; nil where changes are not announced.
        let changes: @Sendable (StoreTopic) -> Int?

        public init(
            outbox: any QueueStore,
            keeping: any MaintenanceStore,
            controls: any ControlStore,
            suppressions: any SuppressionStore,
            cluster: (any ClusterStore)? = nil,
            reports: (any ReportStore)? = nil,
            changes: @escaping @Sendable (StoreTopic) -> Int? = { _ in nil }
        ) {
            self.outbox = outbox
            self.keeping = keeping
            self.controls = controls
            self.suppressions = suppressions
            self.cluster = cluster
            self.reports = reports
            self.changes = changes
        }
    }

    /// The delay before a retry when the store did not answer.
    static let storeRetry = Duration.seconds(1)

    let stores: Stores
    let builder: any MessageBuilding
    let observer: any DispatchObserver
    let clock: Clock
    let logger: Logger
    let chance: @Sendable () -> Double
    /// Identifies this gateway in the store.
    package let holder: LeaseHolder
    let machine: Mutex<DispatchMachine>
    let watches = Mutex<[String: WeakWatch]>([:])
    let suppressions = Mutex(SuppressionKnowledge())
    let unconfirmed = Mutex(Unconfirmed())
    let outage = Mutex(StoreOutage())
    let reported = Mutex(Reported())
    /// The probe requests that were carried out.
    let probeRequests: Mutex<[String: Int64]>
    private let alarm = Mutex<Timestamp?>(nil)
    private let actions: AsyncStream<DispatchMachine.Action>
    private let todo: AsyncStream<DispatchMachine.Action>.Continuation
    /// Calls for a maintenance round; several pending ones count as one.
    let called: AsyncStream<Void>
    let calls: AsyncStream<Void>.Continuation

    /// Whether the suppression list is known to be empty, which saves a look-up for every message.
    struct SuppressionKnowledge {
        var isEmpty = false
        /// Counts the additions, so that a result read before an addition is not trusted after it.
        var additions = 0
    }

    /// Writes that the store may have committed although its answer was lost.
    struct Unconfirmed: Equatable {
        /// Messages that may have been stored.
        var ids: [String] = []
        /// The first to the last time of a claim that may have been granted.
        var claims: ClosedRange<Timestamp>?

        mutating func addClaim(_ moment: Timestamp) {
            claims = min(claims?.lowerBound ?? moment, moment)...max(claims?.upperBound ?? moment, moment)
        }

        /// Removes what has been checked.
        mutating func remove(_ settled: Unconfirmed) {
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
    ) async throws(StoreError) {
        let now = clock()
        let registration = try await stores.keeping.register(now: now)
        holder = registration.holder
        Self.log(takenOver: registration.takenOver, logger)
        let usage = try await stores.keeping.usage(now.utcDay)
        let paused = try await stores.controls.pausedProviders()
        // Requests from before the start count as done: a new gateway takes every provider as up.
        probeRequests = Mutex(try await stores.controls.probeRequests())
        var machine = DispatchMachine(settings: settings, holder: holder, usage: usage, paused: paused, now: now)
        if let cluster = stores.cluster {
            machine.setShare(try await cluster.share(of: holder, timeout: Self.leaseTimeout, now: now))
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

    /// Runs until ``shutDown(grace:)`` has ended, or until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.runMaintenance() }
            for await action in actions {
                group.addTask { await self.perform(action) }
            }
            group.cancelAll()
        }
    }

    /// Starts nothing new, waits up to `grace` for what is under way, and leaves the rest queued.
    public func shutDown(grace: Duration) async {
        feed { machine, _ in machine.drain() }
        let deadline = clock() + grace
        while clock() < deadline, machine.withLock({ !$0.isEmpty }) {
            // A cancelled wait means that the grace is over.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        }
        await leave()
        todo.finish()
    }

    /// Applies new settings without dropping any message.
    public func configure(_ settings: DeliverySettings) {
        feed { machine, now in machine.configure(settings, now: now) }
    }

    /// Applies a change to the machine and carries out the resulting actions.
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

    /// Schedules the next pump at `wake`; maintenance runs every second anyway.
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

extension Dispatcher {
    private static let suppressed = "on the suppression list"
    /// How many messages are parked or released in one transaction.
    private static let moveSize = 500

    func perform(_ action: DispatchMachine.Action) async {
        switch action {
        case .attempt(let id, let provider): await attempt(id, at: provider)
        case .settle(let settlement): await store(settlement)
        case .claim(let key, let limit): await claim(key, limit: limit)
        case .probe(let provider): await probe(provider)
        case .park(let routingKey, let reason): await move(routingKey, parkingBecause: reason)
        case .release(let routingKey): await move(routingKey, parkingBecause: nil)
        case .tell(let finding, let provider): await tell(finding, of: provider)
        case .reserve(let count, let usage, let limit): await reserve(count, of: usage, limit: limit)
        }
    }

    // One message

    private func attempt(_ id: String, at provider: String) async {
        let found = machine.withLock { machine in
            machine.message(id).flatMap { message in machine.pool.provider(provider).map { (message, $0) } }
        }
        guard let (message, entry) = found else { return }
        var recipients = message.recipients
        let started = clock()
        let (result, outgoing) = await result(of: message, &recipients, at: provider, by: entry.provider)
        let ended = clock()
        if let outcome = result.outcome {
            observer.attempted(provider, outcome: outcome, waited: started - message.due, took: ended - started)
        }
        log(result, of: message, at: provider)
        let random = chance()
        let settlement = feed { machine, now in
            machine.finished(id, with: result, recipients: recipients, now: now, chance: random)
        }
        guard var settlement else { return signal(id) }
        if let note = outgoing?.note { settlement.add(note) }
        if entry.showsSecrets, settlement.state == .sent, let values = outgoing?.sealedValues {
            settlement.request = message.request
            settlement.request?.captured = values
        }
        await store(settlement)
    }

    /// The result, and what was handed over.
    ///
    /// The store marks the message as being sent when nothing but the call of the provider is left. So a message with the mark may have been
    /// handed over when its gateway dies, and one without it has not.
    private func result(
        of message: QueuedMessage,
        _ recipients: inout [RecipientStatus],
        at provider: String,
        by carrier: any Provider
    ) async -> (AttemptResult, OutgoingMessage?) {
        while !Task.isCancelled {
            // At the next claim it expires.
            if let end = message.expiresAt, end <= clock() { return (.interrupted, nil) }
            let outgoing: OutgoingMessage
            switch await prepare(message, &recipients) {
            case .ready(let built): outgoing = built
            case .ended(let result): return (result, nil)
            }
            do throws(StoreError) {
                guard try await stores.outbox.begin(message.id, at: provider, holder: holder, now: clock()) else {
                    return (.lost, nil)
                }
                // A reload during the preparation may have put another provider into the place of the first.
                let current = machine.withLock { $0.pool.provider(provider)?.provider } ?? carrier
                let canCarry = message.request.needs.areMet(
                    by: current.capabilities,
                    maxMessageBytes: current.maxMessageBytes
                )
                guard canCarry else { return (.interrupted, nil) }
                return (await handOver(outgoing, of: message, to: current), outgoing)
            } catch {
                // What was looked up and built may be out of date when the store answers again, so it is prepared again.
                await waitForStore(error, doing: "marking a message as being sent")
            }
        }
        return (.lost, nil)
    }

    private enum Preparation {
        case ready(OutgoingMessage)
        /// Nothing is handed over.
        case ended(AttemptResult)
    }

    /// Builds the message for the recipients that may be mailed.
    private func prepare(_ message: QueuedMessage, _ recipients: inout [RecipientStatus]) async -> Preparation {
        if let result = await markSuppressed(&recipients, of: message) { return .ended(result) }
        let envelope = recipients.filter { $0.state == .pending }.map(\.address)
        guard !envelope.isEmpty else { return .ended(.suppressed(recipients)) }
        do throws(BuildError) {
            let outgoing = try await builder.build(message, envelope: envelope)
            var late = outgoing.envelope.filter { !envelope.contains($0) }.map {
                RecipientStatus(address: $0, kind: .to)
            }
            if late.isEmpty { return .ready(outgoing) }
            if let result = await markSuppressed(&late, of: message) { return .ended(result) }
            if late.contains(where: { $0.state == .pending }) { return .ready(outgoing) }
            for index in recipients.indices where recipients[index].state == .pending {
                (recipients[index].state, recipients[index].detail) = (.suppressed, Self.suppressed)
            }
            return .ended(.suppressed(recipients))
        } catch {
            return .ended(.init(error))
        }
    }

    private func handOver(
        _ message: OutgoingMessage,
        of queued: QueuedMessage,
        to carrier: any Provider
    ) async -> AttemptResult {
        do throws(DeliveryError) {
            return .accepted(try await carrier.send(message))
        } catch {
            if Task.isCancelled && error.kind == .transient { return .interrupted }
            guard Reconciliation.helps(after: error, by: carrier) else { return .failed(error) }
            let isAsked = feed { machine, now in machine.reconciling(queued.id, error, now: now) }
            guard isAsked else { return .failed(error) }
            switch await reconciliation(of: queued).outcome(of: message, after: error, by: carrier) {
            case .success(let receipt): return .accepted(receipt)
            case .failure(let error): return .failed(error)
            }
        }
    }

    private func reconciliation(of message: QueuedMessage) -> Reconciliation {
        let (id, expiry) = (message.id, message.expiresAt)
        return Reconciliation(
            waits: message.priority == .critical ? Reconciliation.criticalWaits : Reconciliation.waits,
            mayGoOn: { [self] in machine.withLock(\.mayReconcile) },
            mayRepeat: { [self] in
                (expiry.map { clock() < $0 } ?? true) && machine.withLock { $0.mayRepeat(id) }
            },
            takesRepeat: { [self] in feed { machine, now in machine.repeating(id, now: now) } },
            repeatFailed: { [self] error in feed { machine, now in machine.repeatFailed(id, error, now: now) } }
        )
    }

    /// Marks the recipients that are on the suppression list.
    ///
    /// - Returns: Nil, or the result of the attempt when the list cannot be read: then nothing may be sent.
    private func markSuppressed(_ recipients: inout [RecipientStatus], of message: QueuedMessage) async
        -> AttemptResult?
    {
        if suppressions.withLock(\.isEmpty) { return nil }
        let pending = recipients.filter { $0.state == .pending }.map(\.address)
        while true {
            do throws(StoreError) {
                let found = try await stores.suppressions.find(
                    pending,
                    list: message.request.list,
                    now: clock()
                )
                let stopped = found.filter { $0.stops(message.priority) }.map(\.address.canonical)
                for index in recipients.indices
                where recipients[index].state == .pending && stopped.contains(recipients[index].address.canonical) {
                    recipients[index].state = .suppressed
                    recipients[index].detail = Self.suppressed
                }
                return nil
            } catch {
                if Task.isCancelled { return .interrupted }
                if case .corrupt(let detail) = error {
                    // The message waits without a slot, so that one row holds up no other mail.
                    note(error, doing: "looking up suppressed addresses")
                    return .unbound(
                        DeliveryError(.transient, scope: .message, code: "store.unreadable", detail: detail)
                    )
                }
                await waitForStore(error, doing: "looking up suppressed addresses")
            }
        }
    }

    /// Writes a settlement; retries until the store answers, and keeps the slot and the lease until then.
    private func store(_ settlement: Settlement) async {
        while true {
            do throws(StoreError) {
                let isOurs = try await stores.outbox.settle(settlement)
                if isOurs { observer.settled(settlement) }
                break
            } catch {
                if Task.isCancelled { return }
                await waitForStore(error, doing: "writing an outcome")
            }
        }
        feed { machine, _ in machine.stored(settlement) }
        if !settlement.keepsLease { signal(settlement.id) }
    }

    func waitForStore(_ error: StoreError, doing what: String) async {
        note(error, doing: what)
        // The caller's loop notices a cancelled wait.
        try? await Task.sleep(for: Self.storeRetry)
    }

    /// Logs a failure of the store: once for each cause, however often it recurs.
    func note(_ error: StoreError, doing what: String) {
        let now = clock()
        let (isNews, words): (Bool, Logger.Message) =
            switch error {
            case .unavailable:
                (outage.withLock { $0.failed(error.description, now: now) }, "the store did not answer; trying again")
            case .corrupt:
                (
                    outage.withLock { $0.found(unreadable: error.description, now: now) },
                    "the store refused, or holds what cannot be read; trying again"
                )
            }
        logger.log(level: isNews ? .error : .debug, words, metadata: ["doing": "\(what)", "error": "\(error)"])
    }

    /// Records a successful write, and logs the end of an outage.
    func noteAnswer() {
        let now = clock()
        guard let span = outage.withLock({ $0.answered(now: now) }) else { return }
        logger.notice("the store is back", metadata: ["seconds": .stringConvertible(Int(span.milliseconds / 1000))])
    }

    private func log(_ result: AttemptResult, of message: QueuedMessage, at provider: String) {
        var metadata: Logger.Metadata = ["message_id": "\(message.id)", "provider": "\(provider)"]
        switch result {
        case .accepted(let receipt):
            if let id = receipt.id { metadata["provider_message_id"] = "\(id)" }
            logger.info("accepted by the provider", metadata: metadata)
        case .failed(let error):
            metadata["kind"] = "\(error.kind.name)"
            metadata["code"] = "\(error.code)"
            if !error.detail.isEmpty { metadata["detail"] = "\(error.loggedDetail)" }
            logger.warning("attempt failed", metadata: metadata)
        case .unbuildable(let failure):
            metadata["code"] = "\(failure.code)"
            logger.error("message cannot be built", metadata: metadata)
        default: logger.debug("attempt ended early", metadata: metadata)
        }
    }

    // The queue

    private func claim(_ key: QueueKey, limit: Int) async {
        var messages: [QueuedMessage] = []
        let claim = Claim(
            routingKey: key.routingKey,
            priority: key.priority,
            limit: limit,
            holder: holder,
            now: clock()
        )
        do throws(StoreError) {
            messages = try await stores.outbox.claim(claim)
        } catch {
            await waitForStore(error, doing: "reading the queue")
            // Only now: the claims of other gateways at the same moment have arrived by then.
            if stores.cluster != nil { unconfirmed.withLock { $0.addClaim(claim.now) } }
        }
        let count = messages.count
        feed { [messages] machine, now in
            machine.claimed(key, limit: limit, messages: messages, now: now)
        }
        if count < limit { await readHeads() }
    }

    private func probe(_ name: String) async {
        guard let provider = machine.withLock({ $0.pool.provider(name)?.provider }) else { return }
        var failure: DeliveryError?
        do throws(DeliveryError) {
            try await provider.probe()
        } catch {
            failure = error
        }
        logger.notice(
            "provider probed",
            metadata: ["provider": "\(name)", "result": "\(failure?.description ?? "ok")"]
        )
        feed { [failure] machine, now in machine.probed(name, error: failure, now: now) }
    }

    private func move(_ routingKey: RoutingKey, parkingBecause reason: String?) async {
        var count = 0
        do throws(StoreError) {
            if let reason {
                count = try await stores.keeping.park(routingKey, limit: Self.moveSize, reason: reason, now: clock())
            } else {
                count = try await stores.keeping.release(routingKey, limit: Self.moveSize, now: clock())
            }
        } catch {
            await waitForStore(error, doing: reason == nil ? "releasing parked mail" : "parking mail")
        }
        let wasFull = count == Self.moveSize
        if reason == nil { await readHeads() }
        feed { machine, _ in machine.moved(routingKey, wasRelease: reason == nil, wasFull: wasFull) }
    }

    func signal(_ id: String) {
        watches.withLock { $0.removeValue(forKey: id)?.watch }?.signal()
    }
}

extension Settlement {
    /// Adds the sender's note on a try to its event.
    fileprivate mutating func add(_ note: String) {
        for index in events.indices where events[index].kind == .attempted {
            let event = events[index]
            let detail = [event.detail, note].compactMap(\.self).joined(separator: ", ")
            events[index] = MessageEvent(at: event.at, kind: event.kind, provider: event.provider, detail: detail)
        }
    }
}

extension AttemptResult {
    fileprivate init(_ failure: BuildError) {
        switch failure {
        case .unbuildable(let failure): self = .unbuildable(failure)
        case .discarded(let reason): self = .discarded(reason)
        case .unbound(let error): self = .unbound(error)
        case .unavailable(let detail):
            self = .unbound(DeliveryError(.transient, scope: .message, code: "store.unavailable", detail: detail))
        }
    }

    /// The outcome label for metrics; nil when no provider was called.
    fileprivate var outcome: String? {
        switch self {
        case .accepted: "accepted"
        case .failed(let error): error.kind.name
        default: nil
        }
    }
}

extension Dispatcher: Dispatching {
    public func reserve(_ routingKey: RoutingKey, priority: Priority, count: Int) -> LeaseHolder? {
        let now = clock()
        let key = QueueKey(routingKey: routingKey, priority: priority)
        return machine.withLock { $0.reserve(key, count: count, now: now) } ? holder : nil
    }

    public func unreserve(_ routingKey: RoutingKey, priority: Priority, count: Int) {
        feed { machine, _ in
            machine.unreserve(QueueKey(routingKey: routingKey, priority: priority), count: count)
        }
    }

    public func noteUnconfirmed(_ ids: [String]) {
        guard stores.cluster != nil, !ids.isEmpty else { return }
        unconfirmed.withLock { $0.ids += ids }
        calls.yield()
    }

    public func accepted(_ messages: [QueuedMessage]) {
        feed { machine, _ in
            for message in messages {
                machine.unreserve(
                    QueueKey(routingKey: message.routingKey, priority: message.priority),
                    count: 1
                )
            }
            machine.admit(messages)
        }
    }

    public func stored(_ routingKey: RoutingKey, priority: Priority, due: Timestamp) {
        feed { machine, _ in
            machine.noteStored(QueueKey(routingKey: routingKey, priority: priority), due: due)
        }
    }

    public func watch(_ id: String) -> OutcomeWatch {
        let watch = OutcomeWatch { [weak self] in
            _ = self?.watches.withLock { $0.removeValue(forKey: id) }
        }
        watches.withLock { $0[id] = WeakWatch(watch: watch) }
        return watch
    }

    public func setPaused(_ paused: Bool, provider: String) {
        feed { machine, now in machine.setPaused(paused, provider: provider, now: now) }
    }

    public func statuses() -> [ProviderStatus] {
        let now = clock()
        return machine.withLock { $0.statuses(now: now) }
    }

    public func explain(_ record: MessageRecord) -> Explanation {
        let now = clock()
        return machine.withLock { $0.explain(record, now: now) }
    }
}

extension Dispatcher {
    /// Signals that an address was added to the suppression list; it applies to every attempt that starts from now
    /// on.
    public func suppressionAdded() {
        suppressions.withLock { known in
            known.isEmpty = false
            known.additions += 1
        }
    }
}

/// Takes knowledge about providers from sources other than mail.
extension Dispatcher {
    /// The number of failovers since the start, by pair.
    public func failovers() -> [Failover: Int] { machine.withLock { $0.failovers } }

    /// Probes a provider now because something changed outside, such as its token.
    ///
    /// Mail parked for it is released as soon as the probe succeeds.
    public func probeSoon(provider: String) {
        feed { machine, now in machine.prove(provider, now: now) }
    }

    /// Records that a provider refuses the gateway although no mail was tried, as when its grant was found dead.
    ///
    /// Only `authentication` and `misconfigured` count: other errors may pass before mail needs the provider.
    public func note(_ error: DeliveryError, provider: String) {
        feed { machine, now in machine.note(error, provider: provider, now: now) }
    }
}
