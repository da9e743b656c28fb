// SPDX-License-Identifier: Apache-2.0
import Basics
package import Queue

/// The figures of one bucket: messages for `accepted`, `sent` and `failed`, recipients for the others.
package struct StatisticsCounts: Sendable, Hashable {
    package enum Figure: String, Sendable, Hashable, CaseIterable {
        case accepted, sent, delivered, bounced, complained, failed, opened, clicked

        /// The figure that an event of a message raises; nil for one that is not counted.
        package init?(_ kind: MessageEvent.Kind) {
            self.init(rawValue: kind.rawValue)
        }
    }

    private var counts: [Figure: Int] = [:]
    package private(set) var latencies = LatencyHistogram()

    package init() {}

    package subscript(figure: Figure) -> Int { counts[figure] ?? 0 }

    /// Counts an event; `latency` is the time from acceptance to hand-over, of an event that has one.
    package mutating func add(_ figure: Figure, latency: Duration? = nil) {
        counts[figure, default: 0] += 1
        if let latency { latencies.add(latency) }
    }

    package mutating func drop(_ figure: Figure) {
        counts[figure] = nil
    }

    package var isEmpty: Bool { counts.isEmpty }

    package mutating func add(_ other: StatisticsCounts) {
        for (figure, count) in other.counts { counts[figure, default: 0] += count }
        latencies.add(other.latencies)
    }

    /// The stored form: `accepted=3,sent=2`.
    package var text: String {
        Figure.allCases.filter { self[$0] != 0 }.map { "\($0.rawValue)=\(self[$0])" }.joined(separator: ",")
    }

    /// Reads the stored forms; a part that cannot be read counts as none.
    package init(text: String, latencies: String) {
        for item in text.split(separator: ",") {
            let pair = item.split(separator: "=")
            guard pair.count == 2, let figure = Figure(rawValue: String(pair[0])), let count = Int(pair[1]) else {
                continue
            }
            counts[figure] = count
        }
        self.latencies = LatencyHistogram(text: latencies)
    }
}

/// How often times of each size occurred, with a resolution of a fifth.
package struct LatencyHistogram: Sendable, Hashable {
    /// Slots of a factor of the fourth root of two; slot 0 is below a millisecond.
    private var slots: [Int: Int] = [:]

    package init() {}

    package mutating func add(_ time: Duration) {
        slots[Self.slot(of: time), default: 0] += 1
    }

    package mutating func add(_ other: LatencyHistogram) {
        for (slot, count) in other.slots { slots[slot, default: 0] += count }
    }

    /// The time in milliseconds that a share of all times did not exceed; nil without any.
    package func percentile(_ share: Double) -> Int? {
        let total = slots.values.reduce(0, +)
        guard total > 0 else { return nil }
        let rank = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for (slot, count) in slots.sorted(by: { $0.key < $1.key }) {
            seen += count
            if seen >= rank { return Self.milliseconds(of: slot) }
        }
        return nil
    }

    /// The stored form: `0:3,24:17`.
    package var text: String {
        slots.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
    }

    package init(text: String) {
        for item in text.split(separator: ",") {
            let pair = item.split(separator: ":")
            guard pair.count == 2, let slot = Int(pair[0]), let count = Int(pair[1]) else { continue }
            slots[slot] = count
        }
    }

    private static func slot(of time: Duration) -> Int {
        var (slot, bound) = (0, 1.0)
        let milliseconds = Double(max(0, time.milliseconds))
        while bound <= milliseconds, slot < 200 { (slot, bound) = (slot + 1, bound * step) }
        return slot
    }

    /// The middle of a slot.
    private static func milliseconds(of slot: Int) -> Int {
        guard slot > 0 else { return 0 }
        var bound = 1.0
        for _ in 1..<slot { bound *= step }
        return max(1, Int((bound * (1 + step) / 2).rounded()))
    }

    private static let step = 1.189_207_115
}
