// SPDX-License-Identifier: Apache-2.0

/// Decides which message goes to which provider, when, and what becomes of it.
///
/// A pure value: it is told what happened, with the time and a random number, and answers with what to do. ``Dispatcher`` is the
/// shell that does it. Messages are kept in the store by stream and read into memory only as far as the provider that would take
/// them has room, so nothing a slow provider does stands in another's way.
struct DispatchMachine: Sendable {
    /// What the shell has to do.
    enum Action: Sendable, Equatable {
        /// Mark the message as being sent, hand it to the provider, report by ``finished(_:with:recipients:now:chance:)``.
        case attempt(id: String, provider: String)
        /// Write the settlement, then report by ``stored(_:)``.
        case settle(Settlement)
        /// Lease messages of a stream, then report by ``claimed(_:limit:messages:now:)``.
        case claim(QueueKey, limit: Int)
        /// Sign in to the provider, report by ``probed(_:error:now:)``.
        case probe(provider: String)
        case park(Stream, reason: String)
        case release(Stream)
        /// Tell the other gateways.
        case tell(ProviderFinding, provider: String)
        /// Reserve attempts of a day, then report by ``reserved(_:asked:of:now:)``.
        case reserve(count: Int, UsageDay, limit: Int)
    }

    /// A stream's messages of one lane.
    struct QueueKey: Sendable, Hashable {
        let stream: Stream
        let lane: Lane
    }

    /// A message in memory, leased to this gateway.
    struct Item: Sendable {
        enum Phase: Sendable, Equatable {
            /// In a provider's queue.
            case waiting(provider: String)
            /// Holds a slot of the provider: being sent, or its outcome being stored.
            case running(provider: String)
            /// Being settled without a slot.
            case leaving
        }

        var message: QueuedMessage
        var needs: Capabilities
        var phase = Phase.leaving
        /// Providers that had their try in this pass.
        var tried: Set<String> = []
        /// When the attempt under way began.
        var startedAt = Timestamp(milliseconds: 0)
        /// Why the providers ahead of the one that has it now did not get it, until that is an event.
        var passedOver: String?
        /// The provider that takes over when the settlement under way is stored.
        var successor: String?
    }

    /// One provider as the machine sees it.
    struct Outlet: Sendable {
        var entry: DeliverySettings.ProviderEntry
        var health: ProviderHealth
        var limiter: RateLimiter
        var running = 0
        var waiting: [FIFO<String>] = Lane.allCases.map { _ in FIFO() }
        var lastSent: Timestamp?
        /// What all gateways know of it, as far as this one has told or heard.
        var common = ProviderFinding.fine
        /// What this gateway had found when it last looked.
        var found = ProviderFinding.fine
        /// Of the last verdict that was heard.
        var version: Int64 = 0

        var waitingCount: Int { waiting.reduce(0) { $0 + $1.count } }
    }

    let holder: LeaseHolder
    private(set) var settings: DeliverySettings
    var providers: [String: Outlet] = [:]
    var items: [String: Item] = [:]
    /// The earliest due moment of what is left in the store, as far as it is known.
    var heads: [QueueKey: Timestamp] = [:]
    /// Room that was promised or is being filled.
    var reserved: [QueueKey: Int] = [:]
    var claiming: Set<QueueKey> = []
    /// Queues whose last claim found nothing, although something was due: another gateway was faster.
    var restingUntil: [QueueKey: Timestamp] = [:]
    var parked: Set<Stream> = []
    /// Streams whose parking or release is under way in the store.
    var moving: Set<Stream> = []
    var isDraining = false
    /// This gateway's part of the limits; nil when it is alone by the nature of its store.
    private(set) var share: FleetShare?
    /// How often mail left by another provider than the first of its route that was not paused.
    var failovers: [Failover: Int] = [:]

    init(settings: DeliverySettings, holder: LeaseHolder, usage: [String: Int], paused: Set<String>, now: Timestamp) {
        self.settings = settings
        self.holder = holder
        configure(settings, usage: usage, now: now)
        for name in paused { providers[name]?.health.setPaused(true, now: now) }
    }

    /// Takes new settings; what waits follows the new routes, what is under way ends where it is.
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
        // A provider that is gone keeps its place until its last attempt has ended.
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

    /// Messages in memory that have no place since the last change of settings; the next pump finds them one.
    var unsettled: [String] = []

    /// Takes how many gateways share the store; from the first time on the limits are kept together.
    mutating func setShare(_ share: FleetShare) {
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

extension StoredRequest {
    /// What a service must be able to express to carry the message (see ``OutgoingMessage/needs``).
    public var needs: Capabilities {
        var needs: Capabilities = []
        if attachments.contains(where: { $0.disposition == .attachment }) { needs.insert(.attachments) }
        if attachments.contains(where: { $0.disposition == .inline }) { needs.insert(.inlineImages) }
        if !headers.isEmpty { needs.insert(.customHeaders) }
        if replyTo.count > 1 { needs.insert(.severalReplyTo) }
        if recipients.contains(where: { $0.kind != .to }) { needs.insert(.copies) }
        if recipients.contains(where: { !$0.mailbox.address.isASCII }) { needs.insert(.internationalAddresses) }
        return needs
    }
}
