// SPDX-License-Identifier: Apache-2.0

/// A cache that keeps the most recently used values, up to a total cost.
struct BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        var value: Value
        var cost: Int
        var used: UInt64
    }

    private let limit: Int
    private var entries: [Key: Entry] = [:]
    private var total = 0
    private var uses: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func value(_ key: Key) -> Value? {
        uses += 1
        entries[key]?.used = uses
        return entries[key]?.value
    }

    /// Stores a value unless it alone costs more than a quarter of the limit.
    mutating func keep(_ value: Value, as key: Key, cost: Int) {
        guard cost <= limit / 4 else { return }
        uses += 1
        if let old = entries.updateValue(Entry(value: value, cost: cost, used: uses), forKey: key) { total -= old.cost }
        total += cost
        while total > limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) {
            entries[oldest.key] = nil
            total -= oldest.value.cost
        }
    }
}
