// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// The providers of this gateway: health, limits, slots, and the messages that wait for them in memory.
///
/// A pure value; it knows a message by its id, its priority and what it needs.
struct ProviderPool: Sendable {
    /// The next provider of a message.
    enum Choice: Equatable {
        case go(String)
        /// Every remaining provider has asked for a wait; the first is free at this time.
        case later(Timestamp)
        /// Every remaining provider was tried in this pass, or cannot express the message.
        case exhausted
        /// None that it may use is up.
        case park
    }

    /// How many more messages of a queue may be read into memory, and for which provider.
    struct Room {
        let provider: String
        let count: Int
        /// False while a claim would be small: small claims cost as much as large ones.
        let isWorthAClaim: Bool
    }

    /// Attempts of a day that the waiting mail needs.
    struct Reservation {
        let usage: UsageDay
        let count: Int
        let limit: Int
    }

    /// The state of one provider.
    private struct Entry: Sendable {
        var settings: DeliverySettings.ProviderEntry { didSet { startable = settings.startable } }
        /// The provider, if its service runs beside the gateway.
        private(set) var startable: (any StartableProvider)?
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
        /// False once the settings do not have it any more; it goes when its last attempt has ended.
        var isConfigured = true
        /// Whether it was paused when it left the settings.
        var wasPaused = false
        /// Messages that it is asked about, or gets again; they hold no slot.
        var reconciling = 0

        init(_ settings: DeliverySettings.ProviderEntry, _ limiter: RateLimiter, now: Timestamp) {
            self.settings = settings
            self.limiter = limiter
            startable = settings.startable
            health = ProviderHealth(now: now)
        }

        /// False while it is not known what the provider can carry.
        var isReady: Bool { startable?.isReady ?? true }

        /// How many attempts may be under way at once: by the settings, or fewer when the service wants that.
        func slots(_ share: ClusterShare?) -> Int {
            let all = settings.limits.concurrency
            return min(share?.part(of: all) ?? all, startable?.declaration?.concurrency ?? .max)
        }

        var waitingCount: Int { waiting.reduce(0) { $0 + $1.count } }

        /// How many messages of one priority may wait in memory.
        var window: Int { max(32, 4 * settings.limits.concurrency) }

        func canCarry(_ needs: MessageNeeds) -> Bool {
            let provider = settings.provider
            return needs.areMet(by: provider.capabilities, maxMessageBytes: provider.maxMessageBytes)
        }

        /// When the next message can start behind `queued` others.
        func free(after queued: Int, now: Timestamp) -> Timestamp {
            max(health.heldUntil ?? now, limiter.next(after: queued, now: now))
        }

        mutating func removeWaiting() -> [String] {
            let ids = Array(waiting.joined())
            for priority in Priority.allCases { waiting[priority.rawValue].removeAll() }
            return ids
        }
    }

    private let holder: LeaseHolder
    /// False in a process that only reports: what a provider can carry is then known to running gateways only.
    private let startsServices: Bool
    private var entries: [String: Entry] = [:]
    /// This gateway's share of the limits; nil when its store allows one gateway only.
    private var share: ClusterShare?

    init(holder: LeaseHolder, startsServices: Bool = true) {
        self.holder = holder
        self.startsServices = startsServices
    }

    var names: [String] { Array(entries.keys) }

    func provider(_ name: String) -> DeliverySettings.ProviderEntry? { entries[name]?.settings }

    // Settings

    /// Applies new settings; attempts under way end where they are.
    ///
    /// - Returns: The messages that waited for a provider that is gone.
    mutating func configure(
        _ providers: [DeliverySettings.ProviderEntry],
        usage: [String: Int],
        now: Timestamp
    ) -> [String] {
        var kept: [String: Entry] = [:]
        for provider in providers {
            var entry =
                entries[provider.name]
                ?? Entry(
                    provider,
                    RateLimiter(provider.limits, usedToday: usage[provider.name] ?? 0, now: now),
                    now: now
                )
            if entry.settings.limits != provider.limits {
                let old = entry.limiter
                entry.limiter = RateLimiter(provider.limits, usedToday: old.usedToday(now: now), now: now)
                entry.limiter.takeOver(old)
            }
            if let share {
                entry.limiter.reserveFirst()
                entry.limiter.divide(among: share.gateways)
            }
            entry.settings = provider
            if !entry.isConfigured { entry.health.setPaused(entry.wasPaused, now: now) }
            entry.isConfigured = true
            entry.health.probeSoon(now: now)
            if startsServices, !entry.isReady { entry.health.awaitService(now: now) }
            kept[provider.name] = entry
        }
        for (name, entry) in entries where kept[name] == nil && entry.running > 0 {
            var leaving = entry
            if entry.isConfigured { leaving.wasPaused = entry.health.isPaused }
            leaving.health.setPaused(true, now: now)
            leaving.isConfigured = false
            kept[name] = leaving
        }
        let removed = entries.filter { kept[$0.key] == nil }.flatMap { $0.value.waiting.joined() }
        entries = kept
        return removed
    }

    /// Sets how many gateways share the store; from the first call on the limits are shared.
    mutating func setShare(_ share: ClusterShare) {
        self.share = share
        for name in entries.keys {
            entries[name]?.limiter.reserveFirst()
            entries[name]?.limiter.divide(among: share.gateways)
        }
    }

    mutating func setPaused(_ paused: Bool, provider: String, now: Timestamp) {
        // A provider that left the settings stays paused until its last attempt has ended.
        guard entries[provider]?.isConfigured == true else { return }
        entries[provider]?.health.setPaused(paused, now: now)
    }

    // Choice

    /// The first of `via` that can take the message within ``ProviderHealth/patience``.
    func choose(
        among via: [String],
        priority: Priority,
        needs: MessageNeeds = MessageNeeds(),
        tried: Set<String> = [],
        now: Timestamp
    ) -> Choice {
        var earliest: Timestamp?
        var someUsable = false
        for name in via {
            guard let entry = entries[name], entry.health.isUsable else { continue }
            someUsable = true
            if tried.contains(name) || !carries(entry, needs) { continue }
            let ahead = priority.rawValue.advanced(by: 1)
            let queued = entry.waiting.prefix(ahead).reduce(0) { $0 + $1.count }
            let free = entry.free(after: queued, now: now)
            if free - now <= ProviderHealth.patience { return .go(name) }
            earliest = min(earliest ?? free, free)
        }
        if let earliest { return .later(earliest) }
        return someUsable ? .exhausted : .park
    }

    /// The room for messages of one priority; nil when there is none.
    ///
    /// `promised` is the room that is reserved already.
    func room(among via: [String], priority: Priority, promised: Int, now: Timestamp) -> Room? {
        guard case .go(let name) = choose(among: via, priority: priority, now: now), let entry = entries[name],
            // When there are more gateways than slots, this one may have none.
            ownSlots(of: entry) > 0
        else { return nil }
        let waiting = entry.waiting[priority.rawValue].count
        let allowed = entry.limiter.allowance(within: ProviderHealth.patience, now: now) - entry.waitingCount
        let count = min(entry.window - waiting, allowed) - promised
        guard count > 0 else { return nil }
        let isWorthAClaim = count >= entry.window / 4 || entry.waitingCount == 0
        return Room(provider: name, count: count, isWorthAClaim: isWorthAClaim)
    }

    /// True for a provider that can carry the message.
    ///
    /// A process that only reports starts no service: it takes a provider that is not ready as able.
    private func carries(_ entry: Entry, _ needs: MessageNeeds) -> Bool {
        entry.canCarry(needs) || (!startsServices && !entry.isReady)
    }

    /// True for a provider that can carry the message, or of which that is not known yet.
    func mayCarry(_ needs: MessageNeeds, _ name: String) -> Bool {
        entries[name].map { carries($0, needs) || !$0.isReady } ?? false
    }

    /// True for a provider that would carry the message if it were free: it is not paused, and can express it.
    func wouldCarry(_ needs: MessageNeeds, _ name: String) -> Bool {
        entries[name].map { !$0.health.isPaused && carries($0, needs) } ?? false
    }

    /// Until when the provider asked for no mail; nil when it did not.
    func heldUntil(_ name: String) -> Timestamp? { entries[name]?.health.heldUntil }

    /// How many slots a priority may fill, so that a higher one always finds a free slot.
    private func slots(_ priority: Priority, of entry: Entry) -> Int {
        if entry.health.circuit == .halfOpen { return 1 }
        let all = ownSlots(of: entry)
        let kept = all > 1 ? max(1, all / 8) : 0
        return max(1, all - kept * priority.rawValue)
    }

    /// This gateway's share of the slots of a provider.
    private func ownSlots(of entry: Entry) -> Int {
        entry.slots(share)
    }

    // Waiting and attempts

    mutating func enqueue(_ id: String, _ priority: Priority, at provider: String) {
        entries[provider]?.waiting[priority.rawValue].append(id)
    }

    /// Takes the next message that can start at a provider; nil when none can.
    mutating func takeStartable(at name: String, now: Timestamp) -> String? {
        guard let entry = entries[name], entry.health.isUsable, (entry.health.heldUntil ?? now) <= now,
            let priority = Priority.allCases.first(where: { !entry.waiting[$0.rawValue].isEmpty }),
            entry.running < slots(priority, of: entry), entry.limiter.next(after: 0, now: now) <= now
        else { return nil }
        return entries[name]?.waiting[priority.rawValue].popFirst()
    }

    /// Takes a slot and an attempt of the limits.
    mutating func start(at name: String, now: Timestamp) {
        entries[name]?.running += 1
        entries[name]?.limiter.take(now: now)
    }

    /// Takes a message whose outcome is looked for out of its slot; false when too many of the provider are looked for.
    mutating func reconcile(at name: String) -> Bool {
        guard let entry = entries[name], entry.reconciling < max(1, ownSlots(of: entry)) else { return false }
        entries[name]?.reconciling += 1
        finish(at: name)
        return true
    }

    /// Ends the search for the outcome of a message.
    mutating func endReconciliation(at name: String) {
        // A provider that was removed meanwhile and added again has forgotten the message.
        if let count = entries[name]?.reconciling, count > 0 { entries[name]?.reconciling = count - 1 }
    }

    /// True while the provider may get a message again.
    func mayRepeat(at name: String) -> Bool {
        entries[name].map { $0.isConfigured && !$0.health.isPaused } ?? false
    }

    /// Counts a repeat of an attempt, which takes no slot; false when the provider may not get it at this moment.
    mutating func takeRepeat(at name: String, now: Timestamp) -> Bool {
        guard let entry = entries[name], (entry.health.heldUntil ?? now) <= now,
            entry.limiter.allowance(within: .zero, now: now) > 0
        else { return false }
        entries[name]?.limiter.take(now: now)
        return true
    }

    /// Frees a slot.
    mutating func finish(at name: String) {
        entries[name]?.running -= 1
        if let entry = entries[name], !entry.isConfigured, entry.running == 0 { entries[name] = nil }
    }

    /// Withdraws the messages that wait for a provider that cannot take them soon, or all when `isDraining`.
    mutating func withdrawFromUnusable(isDraining: Bool, now: Timestamp) -> [String] {
        var ids: [String] = []
        for (name, entry) in entries where entry.waitingCount > 0 {
            let isHeld = (entry.health.heldUntil ?? now) - now > ProviderHealth.patience
            guard !entry.health.isUsable || isHeld || isDraining else { continue }
            ids += entries[name]?.removeWaiting() ?? []
        }
        return ids
    }

    /// The moments after `now` at which a provider can do something without a new event.
    func wakes(now: Timestamp) -> [Timestamp] {
        var moments: [Timestamp] = []
        for entry in entries.values {
            if let probeAt = entry.health.probeAt, !entry.health.isProbing { moments.append(probeAt) }
            guard entry.waitingCount > 0 else { continue }
            moments.append(entry.free(after: 0, now: now))
        }
        return moments
    }

    // Health

    mutating func succeeded(_ name: String, now: Timestamp) {
        entries[name]?.health.succeeded(now: now)
        entries[name]?.lastSent = now
    }

    /// Records that the provider has a message of which the first answer was lost.
    ///
    /// The answer to a question says nothing about its sending.
    mutating func found(_ name: String, now: Timestamp) { entries[name]?.lastSent = now }

    /// - Returns: Whether the provider was healthy before.
    mutating func failed(_ error: DeliveryError, _ name: String, now: Timestamp) -> Bool {
        let wasHealthy = entries[name]?.health.isHealthy ?? false
        entries[name]?.health.failed(error, now: now)
        return wasHealthy
    }

    /// Schedules a probe in any state.
    mutating func prove(_ name: String, now: Timestamp) {
        entries[name]?.health.prove(now: now)
    }

    /// Starts the probes that are due, and returns the providers to probe.
    mutating func startProbes(now: Timestamp) -> [String] {
        entries.keys.filter { entries[$0]?.health.startProbe(now: now) == true }
    }

    mutating func probed(_ name: String, error: DeliveryError?, now: Timestamp) {
        entries[name]?.health.probed(error, now: now)
    }

    /// Applies a finding that another process made.
    mutating func adopt(_ finding: ProviderFinding, of name: String, now: Timestamp) {
        entries[name]?.health.adopt(finding, now: now)
    }

    /// Why a provider does not take mail, in a few words.
    func outage(of name: String) -> String {
        guard let health = entries[name]?.health else { return "\(name) is not configured" }
        if health.isPaused { return "\(name) is paused" }
        return "\(name) is down\(health.reason.map { ": \($0)" } ?? "")"
    }

    /// Why a message does not go to a provider now.
    func reason(against name: String, _ needs: MessageNeeds, now: Timestamp) -> String {
        guard let entry = entries[name] else { return "\(name) is not configured" }
        if !entry.health.isUsable { return outage(of: name) }
        if !carries(entry, needs) { return "\(name) cannot carry this message" }
        if let held = entry.health.heldUntil, held > now { return "\(name) asked to wait until \(held)" }
        return "\(name) is at its limit"
    }

    // Other gateways

    /// The findings of this gateway that changed since the last call and are news to the others.
    mutating func publishHealth(now: Timestamp) -> [(finding: ProviderFinding, provider: String)] {
        guard share != nil else { return [] }
        var news: [(ProviderFinding, String)] = []
        // That a service is being started here says nothing about those of other gateways.
        for (name, entry) in entries where entry.isReady && !entry.health.awaitsService {
            let finding = entry.health.finding
            guard finding != entry.found else { continue }
            entries[name]?.found = finding
            let hasTurned = finding.circuit != entry.found.circuit && finding.circuit != entry.common.circuit
            let isHeldLonger = (finding.heldUntil ?? now) > max(entry.common.heldUntil ?? now, now)
            guard hasTurned || isHeldLonger else { continue }
            entries[name]?.common = finding
            news.append((finding, name))
        }
        return news
    }

    /// Applies the findings of other gateways.
    mutating func merge(_ verdicts: [SharedHealth], now: Timestamp) {
        for verdict in verdicts {
            let name = verdict.provider
            guard let entry = entries[name], verdict.version != entry.version else { continue }
            entries[name]?.version = verdict.version
            guard verdict.gateway != holder else { continue }
            entries[name]?.common = verdict.finding
            entries[name]?.health.adopt(verdict.finding, now: now)
            // An adopted finding is not this gateway's own and is not published again.
            if let found = entries[name]?.health.finding { entries[name]?.found = found }
        }
    }

    /// The attempts of this day that the waiting mail needs.
    mutating func reservations(now: Timestamp) -> [Reservation] {
        guard share != nil else { return [] }
        return entries.keys.compactMap { name in
            guard let waiting = entries[name]?.waitingCount, waiting > 0,
                let wanted = entries[name]?.limiter.reservation(waiting: waiting, now: now)
            else { return nil }
            let usage = UsageDay(provider: name, day: now.utcDay)
            return Reservation(usage: usage, count: wanted.count, limit: wanted.limit)
        }
    }

    /// Applies the answer to a reservation; nil when the store did not answer.
    ///
    /// - Returns: The messages beyond the granted attempts: they go to another provider, or back to the store.
    mutating func reserved(_ grant: UsageGrant?, asked: Int, of usage: UsageDay, now: Timestamp) -> [String] {
        entries[usage.provider]?.limiter.reserved(grant, asked: asked, day: usage.day, now: now)
        guard let grant, grant.count < asked else { return [] }
        return withdraw(from: usage.provider, keeping: entries[usage.provider]?.limiter.quota?.left ?? 0)
    }

    /// The reserved attempts that will not be used.
    mutating func releaseReservation(now: Timestamp) -> [UsageDay: Int] {
        var unused: [UsageDay: Int] = [:]
        for name in entries.keys {
            let count = entries[name]?.limiter.releaseReservation(now: now) ?? 0
            if count > 0 { unused[UsageDay(provider: name, day: now.utcDay)] = count }
        }
        return unused
    }

    /// The usage count to raise in the store; nil without a daily limit.
    func usage(_ name: String, now: Timestamp) -> UsageDay? {
        // Reserved attempts are counted already.
        guard let entry = entries[name], entry.settings.limits.perDay != nil, entry.limiter.quota == nil else {
            return nil
        }
        return UsageDay(provider: name, day: now.utcDay)
    }

    /// Withdraws the messages that wait for a provider, except the first `count`, highest priority first.
    private mutating func withdraw(from provider: String, keeping count: Int) -> [String] {
        var (kept, withdrawn) = (count, [String]())
        for priority in Priority.allCases.map(\.rawValue) {
            guard let queue = entries[provider]?.waiting[priority], !queue.isEmpty else { continue }
            let ids = Array(queue)
            let stay = min(kept, ids.count)
            kept -= stay
            entries[provider]?.waiting[priority].removeAll()
            for id in ids.prefix(stay) { entries[provider]?.waiting[priority].append(id) }
            withdrawn += ids.dropFirst(stay)
        }
        return withdrawn
    }

    // Status

    /// The state of a provider; nil for one that is unknown.
    func status(of name: String, now: Timestamp) -> ProviderStatus? {
        guard let entry = entries[name] else { return nil }
        let health = entry.health
        let free = entry.free(after: 0, now: now)
        let state: ProviderStatus.State =
            if health.isPaused {
                .paused
            } else {
                switch health.circuit {
                case .down: .down
                case .open: .open
                case .halfOpen: .halfOpen
                case .closed: free - now > .seconds(1) ? .limited : .up
                }
            }
        var status = ProviderStatus(
            name: entry.settings.name,
            kind: entry.settings.kind,
            isCapture: entry.settings.isCapture,
            state: state,
            since: health.since,
            until: state == .limited ? free : health.probeAt,
            reason: health.reason,
            remedy: health.remedy,
            limits: entry.settings.limits,
            running: entry.running,
            usedToday: entry.limiter.usedToday(now: now),
            waiting: entry.waitingCount,
            lastSent: entry.lastSent,
            provenAt: health.provenAt,
            probe: health.probe,
            complaint: health.complaint
        )
        status.showsSecrets = entry.settings.showsSecrets
        status.isStarting = !entry.isReady
        status.capabilities = entry.settings.provider.capabilities
        status.maxMessageBytes = entry.settings.provider.maxMessageBytes
        return status
    }
}
