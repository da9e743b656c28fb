// SPDX-License-Identifier: Apache-2.0

extension DispatchMachine {
    /// How many messages one claim reads at the most.
    private static let claimLimit = 256

    /// Does all that can be done at `now` and says what the shell has to do for it.
    mutating func pump(now: Timestamp) -> [Action] {
        var actions: [Action] = []
        withdrawFromUnusable(now: now)
        placeUnsettled(now: now, &actions)
        tellOthers(now: now, &actions)
        if !isDraining {
            reserveAttempts(now: now, &actions)
            probe(now: now, &actions)
            start(now: now, &actions)
            moveStreams(now: now, &actions)
            claim(now: now, &actions)
        }
        return actions
    }

    /// The next moment at which something can be done without anything else happening; nil when there is none.
    func nextWake(now: Timestamp) -> Timestamp? {
        var moments: [Timestamp] = heads.values.filter { $0 > now }
        for (key, due) in heads where due <= now {
            if case .later(let free) = choose(key.stream, lane: key.lane, now: now) {
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

    // Places in memory

    /// Takes back what waits for a provider that cannot have it soon.
    private mutating func withdrawFromUnusable(now: Timestamp) {
        for (name, outlet) in providers where outlet.waitingCount > 0 {
            let isHeld = (outlet.health.heldUntil ?? now) - now > ProviderHealth.patience
            guard !outlet.health.isUsable || isHeld || isDraining else { continue }
            for queue in outlet.waiting { unsettled.append(contentsOf: queue) }
            for lane in Lane.allCases { providers[name]?.waiting[lane.rawValue].removeAll() }
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
        switch choose(message.stream, lane: message.lane, needs: item.needs, tried: item.tried, now: now) {
        case .go(let name):
            notePassedOver(item, for: name)
            let reason = item.tried.isEmpty ? passedOver(message.stream, item.needs, for: name, now: now) : nil
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

    /// Counts mail that goes to a later provider because an earlier one cannot have it, without having been tried.
    ///
    /// What an operator has paused is passed over on purpose.
    private mutating func notePassedOver(_ item: Item, for name: String) {
        let via = settings.routes.via(item.message.stream).providers
        guard name != via.first, item.tried.isEmpty else { return }
        let first = via.first { candidate in
            providers[candidate].map { outlet in
                !outlet.health.isPaused && item.needs.isSubset(of: outlet.entry.provider.capabilities)
            } ?? false
        }
        if let first, first != name { failovers[Failover(from: first, to: name), default: 0] += 1 }
    }

    private mutating func enqueue(_ id: String, at provider: String) {
        guard let lane = items[id]?.message.lane else { return }
        items[id]?.phase = .waiting(provider: provider)
        providers[provider]?.waiting[lane.rawValue].append(id)
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
        guard let lane = startableLane(of: name, now: now) else { return nil }
        return providers[name]?.waiting[lane.rawValue].popFirst()
    }

    private func startableLane(of name: String, now: Timestamp) -> Lane? {
        guard let outlet = providers[name], outlet.health.isUsable, (outlet.health.heldUntil ?? now) <= now,
            let lane = Lane.allCases.first(where: { !outlet.waiting[$0.rawValue].isEmpty }),
            outlet.running < slots(lane, of: outlet), outlet.limiter.next(after: 0, now: now) <= now
        else { return nil }
        return lane
    }

    private mutating func probe(now: Timestamp, _ actions: inout [Action]) {
        for name in providers.keys where providers[name]?.health.startProbe(now: now) == true {
            actions.append(.probe(provider: name))
        }
    }

    // The store's part of the queue

    private mutating func claim(now: Timestamp, _ actions: inout [Action]) {
        guard !heads.isEmpty else { return }
        let due = heads.filter { key, due in
            due <= now && !claiming.contains(key) && (restingUntil[key] ?? now) <= now
        }
        for (key, _) in due.sorted(by: { ($0.key.lane, $0.value) < ($1.key.lane, $1.value) }) {
            guard let count = claimable(key, now: now) else { continue }
            claiming.insert(key)
            reserved[key, default: 0] += count
            actions.append(.claim(key, limit: count))
        }
    }

    private func claimable(_ key: QueueKey, now: Timestamp) -> Int? {
        // What nobody can take is read all the same, a little at a time, to be parked.
        if choose(key.stream, lane: key.lane, now: now) == .park { return 64 }
        // Small claims cost as much as large ones: wait until a good part of the window is free.
        guard let room = room(key, now: now), let outlet = providers[room.provider],
            room.count >= window(outlet) / 4 || outlet.waitingCount == 0
        else { return nil }
        return min(room.count, Self.claimLimit)
    }

    /// Takes the answer to a claim; it was full when there may be more that is due.
    mutating func claimed(_ key: QueueKey, limit: Int, messages: [QueuedMessage], now: Timestamp) {
        claiming.remove(key)
        restingUntil[key] = messages.isEmpty ? now + .seconds(1) : nil
        unreserve(key, count: limit)
        admit(messages)
        if messages.count < limit { heads[key] = nil }
    }

    /// Says that something of a queue waits in the store.
    mutating func noteStored(_ key: QueueKey, due: Timestamp) {
        heads[key] = min(heads[key] ?? due, due)
    }

    /// Takes what the store says is waiting.
    mutating func refreshed(heads found: [QueueHead], parked: [Stream]) {
        heads = [:]
        for head in found { heads[QueueKey(stream: head.stream, lane: head.lane)] = head.due }
        self.parked = Set(parked)
    }

    /// Parks what waits in streams that no provider can take, and brings back what one can take again.
    private mutating func moveStreams(now: Timestamp, _ actions: inout [Action]) {
        for stream in Set(heads.keys.map(\.stream)) where !parked.contains(stream) && !moving.contains(stream) {
            guard choose(stream, lane: .critical, now: now) == .park else { continue }
            moving.insert(stream)
            parked.insert(stream)
            actions.append(.park(stream, reason: outage(of: stream)))
        }
        for stream in parked where !moving.contains(stream) {
            guard choose(stream, lane: .critical, now: now) != .park else { continue }
            moving.insert(stream)
            actions.append(.release(stream))
        }
    }

    /// Takes the end of a piece of parking or releasing; a full piece means that there may be more.
    mutating func moved(_ stream: Stream, wasRelease: Bool, wasFull: Bool) {
        moving.remove(stream)
        if wasRelease && !wasFull { parked.remove(stream) }
        if !wasRelease && wasFull { parked.remove(stream) }
    }

    mutating func probed(_ provider: String, error: DeliveryError?, now: Timestamp) {
        providers[provider]?.health.probed(error, now: now)
    }
}
