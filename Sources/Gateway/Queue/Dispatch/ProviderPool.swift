// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

extension DispatchMachine {
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

    /// The first provider of the route that can take the message within ``ProviderHealth/patience``.
    func choose(
        _ routingKey: RoutingKey,
        priority: Priority,
        needs: Capabilities = [],
        tried: Set<String> = [],
        now: Timestamp
    ) -> Choice {
        var earliest: Timestamp?
        var someUsable = false
        for name in settings.routes.via(routingKey).providers {
            guard let outlet = providers[name], outlet.health.isUsable else { continue }
            someUsable = true
            if tried.contains(name) || !needs.isSubset(of: outlet.entry.provider.capabilities) { continue }
            let ahead = priority.rawValue.advanced(by: 1)
            let queued = outlet.waiting.prefix(ahead).reduce(0) { $0 + $1.count }
            let free = max(outlet.health.heldUntil ?? now, outlet.limiter.next(after: queued, now: now))
            if free - now <= ProviderHealth.patience { return .go(name) }
            earliest = min(earliest ?? free, free)
        }
        if let earliest { return .later(earliest) }
        return someUsable ? .exhausted : .park
    }

    /// How many messages of one priority may wait in memory for a provider.
    func window(_ outlet: Outlet) -> Int { max(32, 4 * outlet.entry.limits.concurrency) }

    /// How many slots a priority may fill, so that a higher one always finds a free slot.
    func slots(_ priority: Priority, of outlet: Outlet) -> Int {
        if outlet.health.circuit == .halfOpen { return 1 }
        let all = ownSlots(of: outlet)
        let kept = all > 1 ? max(1, all / 8) : 0
        return max(1, all - kept * priority.rawValue)
    }

    /// This gateway's share of the slots of a provider.
    func ownSlots(of outlet: Outlet) -> Int {
        let all = outlet.entry.limits.concurrency
        return share?.part(of: all) ?? all
    }

    /// How many more messages of a queue may be read into memory, and for which provider.
    func room(_ key: QueueKey, now: Timestamp) -> (provider: String, count: Int)? {
        guard !isDraining, case .go(let name) = choose(key.routingKey, priority: key.priority, now: now),
            let outlet = providers[name],
            // When there are more gateways than slots, this one may have none.
            ownSlots(of: outlet) > 0
        else { return nil }
        let waiting = outlet.waiting[key.priority.rawValue].count
        let promised = reserved.reduce(0) { $0 + ($1.key.priority == key.priority ? $1.value : 0) }
        let allowed = outlet.limiter.allowance(within: ProviderHealth.patience, now: now) - outlet.waitingCount
        let count = min(window(outlet) - waiting, allowed) - promised
        return count > 0 ? (name, count) : nil
    }

    /// Reserves room for messages that are about to be stored; false leaves them in the store.
    ///
    /// While older messages of the queue wait in the store, new ones queue behind them.
    mutating func reserve(_ key: QueueKey, count: Int, now: Timestamp) -> Bool {
        if let head = heads[key], head <= now { return false }
        guard let room = room(key, now: now), room.count >= count else { return false }
        reserved[key, default: 0] += count
        return true
    }

    mutating func unreserve(_ key: QueueKey, count: Int) {
        let left = (reserved[key] ?? 0) - count
        reserved[key] = left > 0 ? left : nil
    }

    /// Admits messages leased to this gateway; one that is in memory already stays as it is.
    mutating func admit(_ messages: [QueuedMessage]) {
        for message in messages where items[message.id] == nil {
            items[message.id] = Item(message: message, needs: message.request.needs)
            unsettled.append(message.id)
        }
    }
}
