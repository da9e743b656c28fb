// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// Decides which message goes to which provider, when, and how each attempt is settled.
///
/// A pure value: its inputs are events, the time and a random number; its outputs are actions for the shell,
/// ``Dispatcher``. Messages stay in the store by routing key. They are read into memory only as far as the provider
/// that would take them has room, so a slow provider does not block another.
struct DispatchMachine: Sendable {
    /// What the shell must do.
    enum Action: Sendable, Equatable {
        /// Mark the message as being sent, pass it to the provider, report by
        /// ``finished(_:with:recipients:now:chance:)``.
        case attempt(id: String, provider: String)
        /// Write the settlement, then report by ``stored(_:)``.
        case settle(Settlement)
        /// Lease messages of a routing key, then report by ``claimed(_:limit:messages:now:)``.
        case claim(QueueKey, limit: Int)
        /// Sign in to the provider, report by ``probed(_:error:now:)``.
        case probe(provider: String)
        case park(RoutingKey, reason: String)
        case release(RoutingKey)
        /// Publish the finding to the other gateways.
        case tell(ProviderFinding, provider: String)
        /// Reserve attempts of a day, then report by ``reserved(_:asked:of:now:)``.
        case reserve(count: Int, UsageDay, limit: Int)
    }

    let holder: LeaseHolder
    private(set) var settings: DeliverySettings
    private(set) var pool: ProviderPool
    private(set) var backlog = Backlog()
    /// How often mail left by a provider other than the first of its route that was not paused.
    private(set) var failovers: [Failover: Int] = [:]
    private var items: [String: DispatchItem] = [:]
    /// Messages in memory without a provider; the next pump assigns them.
    private var unsettled: [String] = []
    private var isDraining = false

    /// The most messages that one claim reads.
    private static let claimLimit = 256

    /// `startsServices` is false in a process that only reports.
    init(
        settings: DeliverySettings,
        holder: LeaseHolder,
        usage: [String: Int],
        paused: Set<String>,
        startsServices: Bool = true,
        now: Timestamp
    ) {
        self.settings = settings
        self.holder = holder
        pool = ProviderPool(holder: holder, startsServices: startsServices)
        configure(settings, usage: usage, now: now)
        for name in paused { pool.setPaused(true, provider: name, now: now) }
    }

    // MARK: Settings and providers

    /// Applies new settings: waiting mail follows the new routes, attempts under way end where they are.
    mutating func configure(_ settings: DeliverySettings, usage: [String: Int] = [:], now: Timestamp) {
        self.settings = settings
        unsettled += withdraw(pool.configure(settings.providers, usage: usage, now: now))
    }

    /// Sets how many gateways share the store; from the first call on the limits are shared.
    mutating func setShare(_ share: ClusterShare) { pool.setShare(share) }

    mutating func setPaused(_ paused: Bool, provider: String, now: Timestamp) {
        pool.setPaused(paused, provider: provider, now: now)
    }

    /// Schedules a probe of the provider in any state.
    mutating func prove(_ provider: String, now: Timestamp) { pool.prove(provider, now: now) }

    mutating func probed(_ provider: String, error: DeliveryError?, now: Timestamp) {
        pool.probed(provider, error: error, now: now)
    }

    /// Records that a provider refuses this gateway although no mail was tried.
    ///
    /// Other errors than `authentication` and `misconfigured` may pass before mail needs the provider.
    mutating func note(_ error: DeliveryError, provider: String, now: Timestamp) {
        guard error.kind == .authentication || error.kind == .misconfigured, error.scope == .provider else { return }
        _ = pool.failed(error, provider, now: now)
    }

    /// Applies the findings of other gateways.
    mutating func merge(_ verdicts: [SharedHealth], now: Timestamp) { pool.merge(verdicts, now: now) }

    /// Applies a finding that another process made.
    mutating func adopt(_ finding: ProviderFinding, of provider: String, now: Timestamp) {
        pool.adopt(finding, of: provider, now: now)
    }

    /// Applies the answer to a reservation of attempts; nil when the store did not answer.
    mutating func reserved(_ grant: UsageGrant?, asked: Int, of usage: UsageDay, now: Timestamp) {
        unsettled += pool.reserved(grant, asked: asked, of: usage, now: now)
    }

    /// The reserved attempts that will not be used.
    mutating func releaseReservation(now: Timestamp) -> [UsageDay: Int] { pool.releaseReservation(now: now) }

    // MARK: Messages in memory

    var isEmpty: Bool { items.isEmpty }

    /// A message in memory, leased to this gateway.
    func message(_ id: String) -> QueuedMessage? { items[id]?.message }

    /// Starts nothing new; what waits goes back to the store.
    mutating func drain() { isDraining = true }

    /// True while the gateway is not about to stop, so that a message may go on being asked about.
    var mayReconcile: Bool { !isDraining }

    /// How many more messages of a queue may be read into memory, and for which provider.
    func room(_ key: QueueKey, now: Timestamp) -> ProviderPool.Room? {
        guard !isDraining else { return nil }
        let promised = backlog.promised(key.priority)
        return pool.room(among: via(key.routingKey), priority: key.priority, promised: promised, now: now)
    }

    /// Reserves room for messages that are about to be stored; false leaves them in the store.
    ///
    /// While older messages of the queue wait in the store, new ones queue behind them.
    mutating func reserve(_ key: QueueKey, count: Int, now: Timestamp) -> Bool {
        guard !backlog.isDue(key, now: now), let room = room(key, now: now), room.count >= count else { return false }
        backlog.reserve(key, count: count)
        return true
    }

    mutating func unreserve(_ key: QueueKey, count: Int) { backlog.unreserve(key, count: count) }

    /// Admits messages leased to this gateway; one that is in memory already stays as it is.
    mutating func admit(_ messages: [QueuedMessage]) {
        for message in messages where items[message.id] == nil {
            items[message.id] = DispatchItem(message: message, needs: message.request.needs)
            unsettled.append(message.id)
        }
    }

    // MARK: Messages in the store

    /// Records that a queue has messages in the store.
    mutating func noteStored(_ key: QueueKey, due: Timestamp) { backlog.noteStored(key, due: due) }

    /// Records the queues that wait in the store.
    mutating func refreshed(heads: [QueueHead], parked: [RoutingKey]) {
        backlog.refreshed(heads: heads, parked: parked)
    }

    /// Records the result of a claim; a full one means that more may be due.
    mutating func claimed(_ key: QueueKey, limit: Int, messages: [QueuedMessage], now: Timestamp) {
        backlog.claimed(key, limit: limit, count: messages.count, now: now)
        admit(messages)
    }

    /// Records the end of one batch of parking or releasing; a full batch means that there may be more.
    mutating func moved(_ routingKey: RoutingKey, wasRelease: Bool, wasFull: Bool) {
        backlog.moved(routingKey, wasRelease: wasRelease, wasFull: wasFull)
    }

    // MARK: Work

    /// Does everything that is possible at `now` and returns the actions for the shell.
    mutating func pump(now: Timestamp) -> [Action] {
        var actions: [Action] = []
        unsettled += withdraw(pool.withdrawFromUnusable(isDraining: isDraining, now: now))
        placeUnsettled(now: now, &actions)
        actions += pool.publishHealth(now: now).map { .tell($0.finding, provider: $0.provider) }
        if !isDraining {
            actions += pool.reservations(now: now).map { .reserve(count: $0.count, $0.usage, limit: $0.limit) }
            actions += pool.startProbes(now: now).map { .probe(provider: $0) }
            start(now: now, &actions)
            park(now: now, &actions)
            claim(now: now, &actions)
        }
        return actions
    }

    /// The next time at which something can be done without a new event; nil when there is none.
    func nextWake(now: Timestamp) -> Timestamp? {
        var moments = backlog.wakes(now: now) + pool.wakes(now: now)
        for key in backlog.due(now: now) {
            if case .later(let free) = choose(key.routingKey, priority: key.priority, now: now) {
                moments.append(free - ProviderHealth.patience)
            }
        }
        return moments.filter { $0 > now }.min()
    }

    /// The first provider of the route that can take the message soon.
    func choose(
        _ routingKey: RoutingKey,
        priority: Priority,
        needs: MessageNeeds = MessageNeeds(),
        tried: Set<String> = [],
        now: Timestamp
    ) -> ProviderPool.Choice {
        pool.choose(among: via(routingKey), priority: priority, needs: needs, tried: tried, now: now)
    }

    private func via(_ routingKey: RoutingKey) -> [String] { settings.routes.via(routingKey).providers }

    /// Marks messages that were withdrawn from a provider's queue.
    private mutating func withdraw(_ ids: [String]) -> [String] {
        for id in ids { items[id]?.phase = .leaving }
        return ids
    }

    private mutating func placeUnsettled(now: Timestamp, _ actions: inout [Action]) {
        guard !unsettled.isEmpty else { return }
        let ids = unsettled
        unsettled = []
        for id in ids {
            guard let item = items[id] else { continue }
            if isDraining {
                leave(id, as: rules(now).settlement(item, .queued, due: item.message.due), &actions)
            } else {
                place(id, item, now: now, &actions)
            }
        }
    }

    private mutating func place(_ id: String, _ item: DispatchItem, now: Timestamp, _ actions: inout [Action]) {
        let (message, rules) = (item.message, rules(now))
        if let expiry = message.expiresAt, expiry <= now { return leave(id, as: rules.expired(item), &actions) }
        switch choose(message.routingKey, priority: message.priority, needs: item.needs, tried: item.tried, now: now) {
        case .go(let name):
            notePassedOver(item, for: name)
            let reason = item.tried.isEmpty ? passedOver(message.routingKey, item.needs, for: name, now: now) : nil
            items[id]?.passedOver = reason
            items[id]?.phase = .waiting(provider: name)
            pool.enqueue(id, message.priority, at: name)
        case .later(let free): leave(id, as: rules.limited(item, until: free), &actions)
        case .park: leave(id, as: rules.parked(item, because: outage(of: message.routingKey)), &actions)
        case .exhausted: leave(id, as: incapable(item, rules), &actions)
        }
    }

    /// No usable provider of the route can express the message: waits for one that can, or fails when there is none.
    private func incapable(_ item: DispatchItem, _ rules: SettlementRules) -> Settlement {
        let via = via(item.message.routingKey)
        guard via.contains(where: { pool.mayCarry(item.needs, $0) }) else { return rules.incapable(item, via) }
        return rules.parked(item, because: outage(of: item.message.routingKey))
    }

    /// Counts mail that goes to a later provider because an earlier one cannot take it, without having been tried.
    ///
    /// Paused providers are passed over on purpose and are not counted.
    private mutating func notePassedOver(_ item: DispatchItem, for name: String) {
        let via = via(item.message.routingKey)
        guard name != via.first, item.tried.isEmpty else { return }
        let first = via.first { pool.wouldCarry(item.needs, $0) }
        if let first, first != name { failovers[Failover(from: first, to: name), default: 0] += 1 }
    }

    private mutating func leave(_ id: String, as settlement: Settlement, _ actions: inout [Action]) {
        items[id]?.phase = .leaving
        actions.append(.settle(settlement))
    }

    private mutating func start(now: Timestamp, _ actions: inout [Action]) {
        for name in pool.names {
            while let id = pool.takeStartable(at: name, now: now) {
                guard var item = items[id] else { continue }
                if let expiry = item.message.expiresAt, expiry <= now {
                    leave(id, as: rules(now).expired(item), &actions)
                    continue
                }
                item.phase = .running(provider: name)
                item.tried.insert(name)
                item.startedAt = now
                items[id] = item
                pool.start(at: name, now: now)
                actions.append(.attempt(id: id, provider: name))
            }
        }
    }

    private mutating func claim(now: Timestamp, _ actions: inout [Action]) {
        for key in backlog.claimable(now: now) {
            guard let count = claimSize(key, now: now) else { continue }
            backlog.claim(key, limit: count)
            actions.append(.claim(key, limit: count))
        }
    }

    private func claimSize(_ key: QueueKey, now: Timestamp) -> Int? {
        // Mail that no provider can take is read as well, a little at a time, to be parked.
        if choose(key.routingKey, priority: key.priority, now: now) == .park { return 64 }
        guard let room = room(key, now: now), room.isWorthAClaim else { return nil }
        return min(room.count, Self.claimLimit)
    }

    /// Parks the messages of routing keys that no provider can take, and releases those that one can take again.
    private mutating func park(now: Timestamp, _ actions: inout [Action]) {
        for routingKey in backlog.unparked where choose(routingKey, priority: .critical, now: now) == .park {
            backlog.park(routingKey)
            actions.append(.park(routingKey, reason: outage(of: routingKey)))
        }
        for routingKey in backlog.releasable where choose(routingKey, priority: .critical, now: now) != .park {
            backlog.release(routingKey)
            actions.append(.release(routingKey))
        }
    }

    // MARK: Outcomes

    /// Records the result of an attempt; `chance` is a random number in 0..<1 for the jitter.
    ///
    /// - Returns: The settlement to write; the slot stays taken until ``stored(_:)``. Nil when there is nothing to
    ///   write.
    mutating func finished(
        _ id: String,
        with result: AttemptResult,
        recipients: [RecipientStatus]? = nil,
        now: Timestamp,
        chance: Double
    ) -> Settlement? {
        guard var item = items[id], let provider = item.provider else { return nil }
        if let recipients { item.message.recipients = recipients }
        items[id] = item
        let rules = rules(now)
        switch result {
        case .lost:
            free(id)
            return nil
        case .interrupted: return rules.settlement(item, .queued, due: item.message.due)
        case .accepted(let receipt):
            if case .reconciling(_, _, isRepeated: false) = item.phase {
                pool.found(provider, now: now)
            } else {
                pool.succeeded(provider, now: now)
            }
            let usage = pool.usage(provider, now: now)
            return rules.accepted(item, receipt, by: provider, usage: usage, chance: chance)
        case .failed(let error): return failed(item, error, at: provider, now: now, chance: chance)
        case .unbound(let error):
            let attempt = SettlementRules.FailedAttempt(
                error: error,
                provider: nil,
                isCounted: false,
                events: [],
                usage: nil
            )
            return rules.retried(item, attempt, chance: chance)
        case .suppressed(let recipients): return rules.suppressed(item, recipients)
        case .unbuildable(let failure): return rules.unbuildable(item, failure)
        case .discarded(let reason): return rules.settlement(item, .discarded, .discarded, reason)
        }
    }

    /// Records that an attempt may have sent the message, and that its provider is asked what became of it.
    ///
    /// The failure counts for the provider at once, and the slot is free: an outage must not hide behind the questions.
    ///
    /// - Returns: False when as many messages as the provider has slots are asked about: then the policy decides at once.
    mutating func reconciling(_ id: String, _ error: DeliveryError, now: Timestamp) -> Bool {
        guard case .running(let provider)? = items[id]?.phase, pool.reconcile(at: provider) else { return false }
        let wasHealthy = pool.failed(error, provider, now: now)
        items[id]?.phase = .reconciling(provider: provider, wasHealthy: wasHealthy, isRepeated: false)
        return true
    }

    /// True while the provider of a message that is asked about may get it again: it is configured and not paused.
    func mayRepeat(_ id: String) -> Bool { items[id]?.provider.map(pool.mayRepeat) ?? false }

    /// Records that the provider gets a message again, which counts for its limits; false when they do not allow it now.
    mutating func repeating(_ id: String, now: Timestamp) -> Bool {
        guard case .reconciling(let provider, let wasHealthy, _)? = items[id]?.phase,
            pool.takeRepeat(at: provider, now: now)
        else { return false }
        items[id]?.phase = .reconciling(provider: provider, wasHealthy: wasHealthy, isRepeated: true)
        return true
    }

    /// Records that a repeat failed for a reason that concerns all mail of the provider.
    mutating func repeatFailed(_ id: String, _ error: DeliveryError, now: Timestamp) {
        guard let provider = items[id]?.provider else { return }
        _ = pool.failed(error, provider, now: now)
    }

    /// Records that a settlement is on disk: the slot is free, and the next provider of the pass takes over.
    mutating func stored(_ settlement: Settlement) {
        let id = settlement.id
        guard let item = items[id] else { return }
        guard settlement.keepsLease else {
            free(id)
            let key = QueueKey(routingKey: item.message.routingKey, priority: item.message.priority)
            if settlement.state == .queued, let due = settlement.due { backlog.noteStored(key, due: due) }
            if settlement.state == .parked { backlog.notePark(key.routingKey) }
            return
        }
        leave(item.phase)
        items[id]?.message.attempts = settlement.attempts
        if let recipients = settlement.recipients { items[id]?.message.recipients = recipients }
        items[id]?.phase = .leaving
        unsettled.append(id)
    }

    /// Removes a message from memory and frees its slot.
    private mutating func free(_ id: String) {
        guard let item = items.removeValue(forKey: id) else { return }
        leave(item.phase)
    }

    /// Gives up what a message holds at its provider.
    private mutating func leave(_ phase: DispatchItem.Phase) {
        switch phase {
        case .running(let provider): pool.finish(at: provider)
        case .reconciling(let provider, _, _): pool.endReconciliation(at: provider)
        case .waiting, .leaving: break
        }
    }

    private mutating func failed(
        _ failing: DispatchItem,
        _ error: DeliveryError,
        at provider: String,
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        var item = failing
        let wasHealthy =
            if case .reconciling(_, let wasHealthy, _) = item.phase, error.kind == .uncertain {
                // Counted when the questions began.
                wasHealthy
            } else {
                pool.failed(error, provider, now: now)
            }
        let rules = rules(now)
        var attempt = SettlementRules.FailedAttempt(
            error: error,
            provider: provider,
            // A provider that was failing before says nothing about this message.
            isCounted: wasHealthy && error.scope != .capability
                && (error.kind == .transient || error.kind == .uncertain),
            events: rules.attemptEvents(item, at: provider, error.debugDescription),
            usage: pool.usage(provider, now: now)
        )
        item.passedOver = nil
        // The same provider may get the message again when the wait turns out to be short.
        if case .rateLimited = error.kind { item.tried.remove(provider) }
        items[item.message.id] = item
        switch error.kind {
        case .rejected: return rules.rejected(item, attempt, by: provider)
        case .uncertain where settings.whenUncertain[item.message.priority] != .resend:
            return rules.uncertain(item, attempt)
        case .uncertain:
            // Sent again like any failed attempt: at once by the next provider, or after a delay.
            attempt.events.append(rules.uncertainty(attempt))
            if error.staysHere { return rules.retried(item, attempt, chance: chance) }
        case .rateLimited, .authentication, .misconfigured, .transient: break
        }
        return next(item, attempt, after: provider, now: now, chance: chance)
    }

    /// Continues with the next provider of the pass, or ends the pass.
    private mutating func next(
        _ item: DispatchItem,
        _ attempt: SettlementRules.FailedAttempt,
        after provider: String,
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        let (message, rules) = (item.message, rules(now))
        switch choose(message.routingKey, priority: message.priority, needs: item.needs, tried: item.tried, now: now) {
        case .go(provider):
            // The service asked for a short wait: the message waits in the queue, where it can still be cancelled.
            return rules.deferred(item, attempt, until: max(pool.heldUntil(provider) ?? now, now))
        case .go(let successor):
            failovers[Failover(from: provider, to: successor), default: 0] += 1
            return rules.handedOn(item, attempt, to: successor)
        case .later(let free): return rules.deferred(item, attempt, until: free)
        case .park: return rules.parked(item, attempt, because: outage(of: message.routingKey))
        case .exhausted:
            // No wait makes a provider express the message.
            if attempt.error.scope == .capability, !mayLeaveElsewhere(item) {
                return rules.rejected(item, attempt, by: provider)
            }
            return rules.retried(item, attempt, chance: chance)
        }
    }

    /// True when a provider of the route that was not tried in this pass may take the message, now or later.
    private func mayLeaveElsewhere(_ item: DispatchItem) -> Bool {
        settings.routes.via(item.message.routingKey).providers.contains {
            !item.tried.contains($0) && pool.mayCarry(item.needs, $0)
        }
    }

    private func rules(_ now: Timestamp) -> SettlementRules {
        SettlementRules(holder: holder, retry: settings.retry, now: now)
    }

    // MARK: Reasons

    /// Why mail goes to `name` and not to an earlier provider of the route; nil when there is none.
    func passedOver(_ routingKey: RoutingKey, _ needs: MessageNeeds, for name: String, now: Timestamp) -> String? {
        let reasons = via(routingKey).prefix { $0 != name }.map { pool.reason(against: $0, needs, now: now) }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// Why no mail of a routing key can go out, in one sentence.
    func outage(of routingKey: RoutingKey) -> String {
        let via = via(routingKey)
        guard !via.isEmpty else { return "no route leads to a provider" }
        return via.map { pool.outage(of: $0) }.joined(separator: "; ")
    }
}

/// The outcome of an attempt, as seen by the shell.
enum AttemptResult: Sendable {
    case accepted(Receipt)
    case failed(DeliveryError)
    /// All remaining recipients are on the suppression list.
    case suppressed([RecipientStatus])
    /// The message cannot be rendered or built, now or ever.
    case unbuildable(MessageFailure)
    /// Its sender withdrew it at hand-over.
    case discarded(String)
    /// Values that the sender binds late are not available now; says nothing about the provider.
    case unbound(DeliveryError)
    /// The lease is gone: cancelled or taken over.
    case lost
    /// The gateway is stopping and nothing was handed over.
    case interrupted
}
