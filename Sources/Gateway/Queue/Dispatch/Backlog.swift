// SPDX-License-Identifier: Apache-2.0
import Basics

/// One routing key and priority.
struct QueueKey: Sendable, Hashable {
    let routingKey: RoutingKey
    let priority: Priority
}

/// The queues in the store as this gateway knows them: what is due, what is being read into memory, and what is parked.
///
/// A pure value.
struct Backlog: Sendable {
    /// The earliest due time of each queue's messages in the store, as far as known.
    private var heads: [QueueKey: Timestamp] = [:]
    /// Room in memory that is reserved or being filled.
    private var reserved: [QueueKey: Int] = [:]
    private var claiming: Set<QueueKey> = []
    /// Queues whose last claim found nothing although something was due, because another gateway was faster.
    private var restingUntil: [QueueKey: Timestamp] = [:]
    private(set) var parked: Set<RoutingKey> = []
    /// Routing keys for which a park or release is under way in the store.
    private var moving: Set<RoutingKey> = []

    /// Records that a queue has messages in the store.
    mutating func noteStored(_ key: QueueKey, due: Timestamp) {
        heads[key] = min(heads[key] ?? due, due)
    }

    mutating func notePark(_ routingKey: RoutingKey) { parked.insert(routingKey) }

    /// Replaces what is known of the store.
    mutating func refreshed(heads found: [QueueHead], parked: [RoutingKey]) {
        heads = [:]
        for head in found {
            heads[QueueKey(routingKey: head.routingKey, priority: head.priority)] = head.due
        }
        self.parked = Set(parked)
    }

    /// The moments after `now` at which stored mail becomes due.
    func wakes(now: Timestamp) -> [Timestamp] { heads.values.filter { $0 > now } }

    /// The queues with mail that is due.
    func due(now: Timestamp) -> [QueueKey] { heads.filter { $0.value <= now }.map(\.key) }

    // Room in memory

    /// The room that is reserved for a priority, in all queues.
    func promised(_ priority: Priority) -> Int {
        reserved.reduce(0) { $0 + ($1.key.priority == priority ? $1.value : 0) }
    }

    /// True while older messages of the queue wait in the store.
    func isDue(_ key: QueueKey, now: Timestamp) -> Bool { heads[key].map { $0 <= now } ?? false }

    mutating func reserve(_ key: QueueKey, count: Int) { reserved[key, default: 0] += count }

    mutating func unreserve(_ key: QueueKey, count: Int) {
        let left = (reserved[key] ?? 0) - count
        reserved[key] = left > 0 ? left : nil
    }

    // Claims

    /// The queues that a claim may read, highest priority and longest due first.
    func claimable(now: Timestamp) -> [QueueKey] {
        guard !heads.isEmpty else { return [] }
        let due = heads.filter { key, due in
            due <= now && !claiming.contains(key) && (restingUntil[key] ?? now) <= now
        }
        return due.sorted { ($0.key.priority, $0.value) < ($1.key.priority, $1.value) }.map(\.key)
    }

    mutating func claim(_ key: QueueKey, limit: Int) {
        claiming.insert(key)
        reserve(key, count: limit)
    }

    /// Records how many messages a claim returned; a full one means that more may be due.
    mutating func claimed(_ key: QueueKey, limit: Int, count: Int, now: Timestamp) {
        claiming.remove(key)
        restingUntil[key] = count == 0 ? now + .seconds(1) : nil
        unreserve(key, count: limit)
        if count < limit { heads[key] = nil }
    }

    // Parking

    /// The routing keys with stored mail that is not parked.
    var unparked: [RoutingKey] {
        Set(heads.keys.map(\.routingKey)).filter { !parked.contains($0) && !moving.contains($0) }
    }

    /// The routing keys whose parked mail may be released.
    var releasable: [RoutingKey] { parked.filter { !moving.contains($0) } }

    mutating func park(_ routingKey: RoutingKey) {
        moving.insert(routingKey)
        parked.insert(routingKey)
    }

    mutating func release(_ routingKey: RoutingKey) { moving.insert(routingKey) }

    /// Records the end of one batch of parking or releasing; a full batch means that there may be more.
    mutating func moved(_ routingKey: RoutingKey, wasRelease: Bool, wasFull: Bool) {
        moving.remove(routingKey)
        if wasRelease != wasFull { parked.remove(routingKey) }
    }
}
