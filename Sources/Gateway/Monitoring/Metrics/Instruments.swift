// SPDX-License-Identifier: Apache-2.0
import Basics
import Synchronization

/// One metric with all its label sets.
///
/// An instrument is created on the first use of its label values; the caller keeps their number small.
final class MetricsFamily<Instrument: MetricsInstrument>: Sendable {
    private let name: String
    private let help: String
    private let labels: [String]
    private let make: @Sendable () -> Instrument
    private let instruments = Mutex<[[String]: Instrument]>([:])

    init(_ name: String, _ help: String, labels: [String] = [], make: @escaping @Sendable () -> Instrument) {
        self.name = name
        self.help = help
        self.labels = labels
        self.make = make
    }

    /// The instrument for these label values, in the order in which the labels were declared.
    subscript(values: String...) -> Instrument { self[values] }

    subscript(values: [String]) -> Instrument {
        instruments.withLock { instruments in
            if let instrument = instruments[values] { return instrument }
            let instrument = make()
            instruments[values] = instrument
            return instrument
        }
    }

    func write(to text: inout MetricsText) {
        let all = instruments.withLock { $0 }
        text.head(name, help, type: Instrument.type)
        for (values, instrument) in all.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            instrument.write(name, Array(zip(labels, values)), to: &text)
        }
    }

    /// The current label values and instruments.
    var current: [[String]: Instrument] { instruments.withLock { $0 } }
}

extension MetricsFamily where Instrument == MetricsCounter {
    convenience init(_ name: String, _ help: String, labels: [String] = []) {
        self.init(name, help, labels: labels) { MetricsCounter() }
    }
}

extension MetricsFamily where Instrument == MetricsHistogram {
    convenience init(_ name: String, _ help: String, labels: [String] = [], bounds: [Double]) {
        self.init(name, help, labels: labels) { MetricsHistogram(bounds: bounds) }
    }
}

/// An instrument that can be measured and written.
protocol MetricsInstrument: Sendable {
    /// The word of the `# TYPE` line.
    static var type: String { get }

    func write(_ name: String, _ labels: [(String, String)], to text: inout MetricsText)
}

/// A counter that only increases.
final class MetricsCounter: MetricsInstrument {
    static let type = "counter"

    private let value = Atomic<Int>(0)

    func add(_ amount: Int = 1) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    var total: Int { value.load(ordering: .relaxed) }

    func write(_ name: String, _ labels: [(String, String)], to text: inout MetricsText) {
        text.sample(name, labels, Double(total))
    }
}

/// Counts observations by size.
final class MetricsHistogram: MetricsInstrument {
    private struct Counts {
        /// One more than there are bounds: the last bucket counts what exceeds them all.
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
