// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts observations by size.
final class MetricsHistogram: MetricsInstrument {
    private struct Counts {
        /// One more than there are bounds: the last is for what exceeds them all.
        var buckets: [Int]
        var sum = 0.0
    }

    static let type = "histogram"
    /// Upper bounds in seconds for work that takes from fractions of a millisecond to a minute.
    static let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

    private let bounds: [Double]
    private let counts: Mutex<Counts>

    /// `bounds` ascend.
    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock { counts in
            counts.buckets[bucket] += 1
            counts.sum += value
        }
    }

    func observe(_ time: Duration) {
        observe(time.fractionalSeconds)
    }

    func write(_ name: String, _ labels: [(String, String)], to text: inout MetricsText) {
        let counts = counts.withLock { $0 }
        var total = 0
        for (bound, count) in zip(bounds, counts.buckets) {
            total += count
            text.sample("\(name)_bucket", labels + [("le", MetricsText.number(bound))], Double(total))
        }
        total += counts.buckets.last ?? 0
        text.sample("\(name)_bucket", labels + [("le", "+Inf")], Double(total))
        text.sample("\(name)_sum", labels, counts.sum)
        text.sample("\(name)_count", labels, Double(total))
    }
}

extension Duration {
    /// The span in seconds, to the precision of a `Double`.
    var fractionalSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
