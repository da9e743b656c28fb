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

    /// One routing key and priority.
    struct QueueKey: Sendable, Hashable {
        let routingKey: RoutingKey
        let priority: Priority
    }

    /// A message in memory, leased to this gateway.
    struct Item: Sendable {
        enum Phase: Sendable, Equatable {
            /// In a provider's in-memory queue.
            case waiting(provider: String)
            /// Holds a slot of the provider: being sent, or its outcome being stored.
            case running(provider: String)
            /// Being settled without holding a slot.
            case leaving
        }

        var message: QueuedMessage
        var needs: Capabilities
        var phase = Phase.leaving
        /// Providers that were tried in this pass.
        var tried: Set<String> = []
        /// When the current attempt began.
        var startedAt = Timestamp(milliseconds: 0)
        /// Why earlier providers of the route were passed over; nil once that is an event.
        var passedOver: String?
        /// The provider that takes over when the current settlement is stored.
        var successor: String?
    }

    /// The machine's state of one provider.
    struct Outlet: Sendable {
        var entry: DeliverySettings.ProviderEntry
        var health: ProviderHealth
        var limiter: RateLimiter
        var running = 0
        var waiting: [FIFO<String>] = Priority.allCases.map { _ in FIFO() }
        var lastSent: Timestamp?
        /// The finding shared by all gateways, as far as this one has published or received it.
        var common = ProviderFinding.fine
        /// This gateway's finding at the last check.
        var found = ProviderFinding.fine
        /// The version of the last verdict received.
        var version: Int64 = 0

        var waitingCount: Int { waiting.reduce(0) { $0 + $1.count } }
    }

    let holder: LeaseHolder
    private(set) var settings: DeliverySettings
    var providers: [String: Outlet] = [:]
    var items: [String: Item] = [:]
    /// The earliest due time of each queue's messages in the store, as far as known.
    var heads: [QueueKey: Timestamp] = [:]
    /// Room in memory that is reserved or being filled.
    var reserved: [QueueKey: Int] = [:]
    var claiming: Set<QueueKey> = []
    /// Queues whose last claim found nothing although something was due, because another gateway was faster.
    var restingUntil: [QueueKey: Timestamp] = [:]
    var parked: Set<RoutingKey> = []
    /// Routing keys for which a park or release is under way in the store.
    var moving: Set<RoutingKey> = []
    var isDraining = false
    /// This gateway's share of the limits; nil when its store allows one gateway only.
    private(set) var share: ClusterShare?
    /// How often mail left by a provider other than the first of its route that was not paused.
    var failovers: [Failover: Int] = [:]

    init(settings: DeliverySettings, holder: LeaseHolder, usage: [String: Int], paused: Set<String>, now: Timestamp) {
        self.settings = settings
        self.holder = holder
        configure(settings, usage: usage, now: now)
        for name in paused { providers[name]?.health.setPaused(true, now: now) }
    }

    /// Applies new settings: waiting mail follows the new routes, attempts under way end where they are.
    mutating func configure(_ settings: DeliverySettings, usage: [String: Int] = [:], now: Timestamp) {
        self.settings = settings
        var kept: [String: Outlet] = [:]
        for entry in settings.providers {
            var provider =
                providers[entry.name]
                ?? Outlet(
                    entry: entry,
                    health: ProviderHealth(now: now),
                    limiter: RateLimiter(entry.limits, usedToday: usage[entry.name] ?? 0, now: now)
                )
            if provider.entry.limits != entry.limits {
                let old = provider.limiter
                provider.limiter = RateLimiter(entry.limits, usedToday: old.usedToday(now: now), now: now)
                provider.limiter.takeOver(old)
            }
            if let share {
                provider.limiter.reserveFirst()
                provider.limiter.divide(among: share.gateways)
            }
            provider.entry = entry
            provider.health.probeSoon(now: now)
            kept[entry.name] = provider
        }
        // A removed provider keeps its entry until its last attempt has ended.
        for (name, provider) in providers where kept[name] == nil && provider.running > 0 {
            var leaving = provider
            leaving.health.setPaused(true, now: now)
            kept[name] = leaving
        }
        let homeless = providers.filter { kept[$0.key] == nil }.flatMap { $0.value.waiting.joined() }
        providers = kept
        for id in homeless { items[id]?.phase = .leaving }
        unsettled = homeless
    }

    /// Messages in memory without a provider since the last change of settings; the next pump assigns them.
    var unsettled: [String] = []

    /// Sets how many gateways share the store; from the first call on the limits are shared.
    mutating func setShare(_ share: ClusterShare) {
        self.share = share
        for name in providers.keys {
            providers[name]?.limiter.reserveFirst()
            providers[name]?.limiter.divide(among: share.gateways)
        }
    }

    mutating func setPaused(_ paused: Bool, provider: String, now: Timestamp) {
        providers[provider]?.health.setPaused(paused, now: now)
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

extension DispatchMachine {
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
        guard var item = items[id], case .running(let provider) = item.phase else { return nil }
        if let recipients { item.message.recipients = recipients }
        items[id] = item
        switch result {
        case .lost:
            free(id)
            return nil
        case .interrupted: return settlement(item, .queued, due: item.message.due, now: now)
        case .accepted(let receipt): return accepted(item, receipt, by: provider, now: now, chance: chance)
        case .failed(let error): return failed(&item, error, at: provider, now: now, chance: chance)
        case .unbound(let error):
            return retry(item, error, provider: nil, counted: false, events: [], now: now, chance: chance)
        case .suppressed(let recipients):
            var settlement = settlement(item, .suppressed, now: now)
            settlement.recipients = recipients
            settlement.events = [MessageEvent(at: now, kind: .suppressed)]
            return settlement
        case .unbuildable(let failure):
            var settlement = settlement(item, .failed, now: now)
            settlement.failure = failure
            settlement.events = [MessageEvent(at: now, kind: .failed, detail: "\(failure.code): \(failure.detail)")]
            return settlement
        case .discarded(let reason):
            var settlement = settlement(item, .discarded, now: now)
            settlement.events = [MessageEvent(at: now, kind: .discarded, detail: reason)]
            return settlement
        }
    }

    /// Records that a settlement is on disk: the slot is free, and a successor starts.
    mutating func stored(_ settlement: Settlement) {
        let id = settlement.id
        guard let item = items[id] else { return }
        guard settlement.keepsLease else {
            free(id)
            let key = QueueKey(routingKey: item.message.routingKey, priority: item.message.priority)
            if settlement.state == .queued, let due = settlement.due { noteStored(key, due: due) }
            if settlement.state == .parked { parked.insert(key.routingKey) }
            return
        }
        if case .running(let provider) = item.phase { providers[provider]?.running -= 1 }
        items[id]?.message.attempts = settlement.attempts
        if let recipients = settlement.recipients { items[id]?.message.recipients = recipients }
        items[id]?.successor = nil
        items[id]?.phase = .leaving
        unsettled.append(id)
    }

    /// Removes a message from memory and frees its slot.
    private mutating func free(_ id: String) {
        guard let item = items.removeValue(forKey: id) else { return }
        if case .running(let provider) = item.phase { release(provider) }
    }

    private mutating func release(_ provider: String) {
        providers[provider]?.running -= 1
        let isGone = !settings.providers.contains { $0.name == provider }
        if isGone && providers[provider]?.running == 0 { providers[provider] = nil }
    }

    // Outcomes

    private mutating func accepted(
        _ item: Item,
        _ receipt: Receipt,
        by provider: String,
        now: Timestamp,
        chance: Double
    ) -> Settlement {
        providers[provider]?.health.succeeded(now: now)
        providers[provider]?.lastSent = now
        let refused = Dictionary(receipt.refusals.map { ($0.address, $0.error) }) { first, _ in first }
        var recipients = item.message.recipients
        var events = attemptEvents(item, at: provider, "accepted")
        for index in recipients.indices where recipients[index].state == .pending {
            guard let error = refused[recipients[index].address] else {
                (recipients[index].state, recipients[index].detail) = (.sent, nil)
                continue
            }
            recipients[index].detail = error.debugDescription
            if error.kind == .rejected {
                recipients[index].state = .refused
                events.append(refusal(of: recipients[index], by: provider, error, now: now))
            }
        }
        var settlement = settlement(item, .sent, now: now)
        settlement.attempts += 1
        settlement.provider = provider
        settlement.providerMessageID = receipt.id
        settlement.usage = usage(provider, now: now)
        if recipients.contains(where: { $0.state == .pending }) {
            settle(remaining: &recipients, of: item, &settlement, &events, provider, now: now, chance: chance)
        } else {
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: receipt.id))
        }
        settlement.recipients = recipients
        settlement.events = events
        return settlement
    }

    /// Settles a message with deferred recipients: only those are retried, until the message is too old.
    private func settle(
        remaining recipients: inout [RecipientStatus],
        of item: Item,
        _ settlement: inout Settlement,
        _ events: inout [MessageEvent],
        _ provider: String,
        now: Timestamp,
        chance: Double
    ) {
        if now - item.message.agedFrom > settings.retry.giveUpAfter {
            for index in recipients.indices where recipients[index].state == .pending {
                recipients[index].state = .refused
            }
            events.append(MessageEvent(at: now, kind: .sent, provider: provider, detail: "some recipients given up"))
            return
        }
        settlement.state = .queued
        settlement.passes += 1
        let delay = settings.retry.delay(afterPass: settlement.passes, chance: chance)
        settlement.due = now + delay
        let left = recipients.count { $0.state == .pending }
        events.append(
            MessageEvent(at: now, kind: .deferred, provider: provider, detail: "\(left) recipients are tried again")
        )
    }
}

extension DispatchMachine {
    /// The most messages that one claim reads.
    private static let claimLimit = 256

    /// Does everything that is possible at `now` and returns the actions for the shell.
    mutating func pump(now: Timestamp) -> [Action] {
        var actions: [Action] = []
        withdrawFromUnusable(now: now)
        placeUnsettled(now: now, &actions)
        publishHealth(now: now, &actions)
        if !isDraining {
            reserveAttempts(now: now, &actions)
            probe(now: now, &actions)
            start(now: now, &actions)
            moveStreams(now: now, &actions)
            claim(now: now, &actions)
        }
        return actions
    }

    /// The next time at which something can be done without a new event; nil when there is none.
    func nextWake(now: Timestamp) -> Timestamp? {
        var moments: [Timestamp] = heads.values.filter { $0 > now }
        for (key, due) in heads where due <= now {
            if case .later(let free) = choose(key.routingKey, priority: key.priority, now: now) {
                moments.append(free - ProviderHealth.patience)
            }
        }
        for outlet in providers.values {
            if let probeAt = outlet.health.probeAt, !outlet.health.isProbing { moments.append(probeAt) }
            guard outlet.waitingCount > 0 else { continue }
            moments.append(max(outlet.health.heldUntil ?? now, outlet.limiter.next(after: 0, now: now)))
        }
        return moments.filter { $0 > now }.min()
    }

    // Room in memory

    /// Withdraws messages that wait for a provider that cannot take them soon.
    private mutating func withdrawFromUnusable(now: Timestamp) {
        for (name, outlet) in providers where outlet.waitingCount > 0 {
            let isHeld = (outlet.health.heldUntil ?? now) - now > ProviderHealth.patience
            guard !outlet.health.isUsable || isHeld || isDraining else { continue }
            for queue in outlet.waiting { unsettled.append(contentsOf: queue) }
            for priority in Priority.allCases { providers[name]?.waiting[priority.rawValue].removeAll() }
        }
    }

    private mutating func placeUnsettled(now: Timestamp, _ actions: inout [Action]) {
        guard !unsettled.isEmpty else { return }
        let ids = unsettled
        unsettled = []
        for id in ids {
            guard let item = items[id] else { continue }
            if isDraining {
                actions.append(leave(id, as: settlement(item, .queued, due: item.message.due, now: now)))
            } else {
                place(id, item, now: now, &actions)
            }
        }
    }

    private mutating func place(_ id: String, _ item: Item, now: Timestamp, _ actions: inout [Action]) {
        let message = item.message
        if let expiry = message.expiresAt, expiry <= now {
            actions.append(leave(id, as: expired(item, now: now)))
            return
        }
        switch choose(message.routingKey, priority: message.priority, needs: item.needs, tried: item.tried, now: now) {
        case .go(let name):
            notePassedOver(item, for: name)
            let reason = item.tried.isEmpty ? passedOver(message.routingKey, item.needs, for: name, now: now) : nil
            items[id]?.passedOver = reason
            enqueue(id, at: name)
        case .later(let free):
            var settlement = settlement(item, .queued, due: free, now: now)
            settlement.events = [MessageEvent(at: now, kind: .deferred, detail: "waits for a rate limit until \(free)")]
            actions.append(leave(id, as: settlement))
        case .park: actions.append(leave(id, as: park(item, now: now)))
        case .exhausted: actions.append(leave(id, as: incapable(item, now: now)))
        }
    }

    /// Counts mail that goes to a later provider because an earlier one cannot take it, without having been tried.
    ///
    /// Paused providers are passed over on purpose and are not counted.
    private mutating func notePassedOver(_ item: Item, for name: String) {
        let via = settings.routes.via(item.message.routingKey).providers
        guard name != via.first, item.tried.isEmpty else { return }
        let first = via.first { candidate in
            providers[candidate].map { outlet in
                !outlet.health.isPaused && item.needs.isSubset(of: outlet.entry.provider.capabilities)
            } ?? false
        }
        if let first, first != name { failovers[Failover(from: first, to: name), default: 0] += 1 }
    }

    private mutating func enqueue(_ id: String, at provider: String) {
        guard let priority = items[id]?.message.priority else { return }
        items[id]?.phase = .waiting(provider: provider)
        providers[provider]?.waiting[priority.rawValue].append(id)
    }

    private mutating func leave(_ id: String, as settlement: Settlement) -> Action {
        items[id]?.phase = .leaving
        return .settle(settlement)
    }

    // Attempts

    private mutating func start(now: Timestamp, _ actions: inout [Action]) {
        for name in providers.keys {
            while let id = takeStartable(name, now: now) {
                guard var item = items[id] else { continue }
                if let expiry = item.message.expiresAt, expiry <= now {
                    actions.append(leave(id, as: expired(item, now: now)))
                    continue
                }
                item.phase = .running(provider: name)
                item.tried.insert(name)
                item.startedAt = now
                items[id] = item
                providers[name]?.running += 1
                providers[name]?.limiter.take(now: now)
                actions.append(.attempt(id: id, provider: name))
            }
        }
    }

    private mutating func takeStartable(_ name: String, now: Timestamp) -> String? {
        guard let priority = startableLane(of: name, now: now) else { return nil }
        return providers[name]?.waiting[priority.rawValue].popFirst()
    }

    private func startableLane(of name: String, now: Timestamp) -> Priority? {
        guard let outlet = providers[name], outlet.health.isUsable, (outlet.health.heldUntil ?? now) <= now,
            let priority = Priority.allCases.first(where: { !outlet.waiting[$0.rawValue].isEmpty }),
            outlet.running < slots(priority, of: outlet), outlet.limiter.next(after: 0, now: now) <= now
        else { return nil }
        return priority
    }

    private mutating func probe(now: Timestamp, _ actions: inout [Action]) {
        for name in providers.keys where providers[name]?.health.startProbe(now: now) == true {
            actions.append(.probe(provider: name))
        }
    }

    // Claims, parking and release in the store

    private mutating func claim(now: Timestamp, _ actions: inout [Action]) {
        guard !heads.isEmpty else { return }
        let due = heads.filter { key, due in
            due <= now && !claiming.contains(key) && (restingUntil[key] ?? now) <= now
        }
        for (key, _) in due.sorted(by: { ($0.key.priority, $0.value) < ($1.key.priority, $1.value) }) {
            guard let count = claimable(key, now: now) else { continue }
            claiming.insert(key)
            reserved[key, default: 0] += count
            actions.append(.claim(key, limit: count))
        }
    }

    private func claimable(_ key: QueueKey, now: Timestamp) -> Int? {
        // Mail that no provider can take is read as well, a little at a time, to be parked.
        if choose(key.routingKey, priority: key.priority, now: now) == .park { return 64 }
        // Small claims cost as much as large ones: wait until a good part of the window is free.
        guard let room = room(key, now: now), let outlet = providers[room.provider],
            room.count >= window(outlet) / 4 || outlet.waitingCount == 0
        else { return nil }
        return min(room.count, Self.claimLimit)
    }

    /// Records the result of a claim; a full one means that more may be due.
    mutating func claimed(_ key: QueueKey, limit: Int, messages: [QueuedMessage], now: Timestamp) {
        claiming.remove(key)
        restingUntil[key] = messages.isEmpty ? now + .seconds(1) : nil
        unreserve(key, count: limit)
        admit(messages)
        if messages.count < limit { heads[key] = nil }
    }

    /// Records that a queue has messages in the store.
    mutating func noteStored(_ key: QueueKey, due: Timestamp) {
        heads[key] = min(heads[key] ?? due, due)
    }

    /// Records the queues that wait in the store.
    mutating func refreshed(heads found: [QueueHead], parked: [RoutingKey]) {
        heads = [:]
        for head in found { heads[QueueKey(routingKey: head.routingKey, priority: head.priority)] = head.due }
        self.parked = Set(parked)
    }

    /// Parks the messages of routing keys that no provider can take, and releases those that one can take again.
    private mutating func moveStreams(now: Timestamp, _ actions: inout [Action]) {
        for routingKey in Set(heads.keys.map(\.routingKey))
        where !parked.contains(routingKey) && !moving.contains(routingKey) {
            guard choose(routingKey, priority: .critical, now: now) == .park else { continue }
            moving.insert(routingKey)
            parked.insert(routingKey)
            actions.append(.park(routingKey, reason: outage(of: routingKey)))
        }
        for routingKey in parked where !moving.contains(routingKey) {
            guard choose(routingKey, priority: .critical, now: now) != .park else { continue }
            moving.insert(routingKey)
            actions.append(.release(routingKey))
        }
    }

    /// Records the end of one batch of parking or releasing; a full batch means that there may be more.
    mutating func moved(_ routingKey: RoutingKey, wasRelease: Bool, wasFull: Bool) {
        moving.remove(routingKey)
        if wasRelease && !wasFull { parked.remove(routingKey) }
        if !wasRelease && wasFull { parked.remove(routingKey) }
    }

    mutating func probed(_ provider: String, error: DeliveryError?, now: Timestamp) {
        providers[provider]?.health.probed(error, now: now)
    }
}
