// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// One metric in all its labellings.
///
/// A labelling comes into being when it is first used; the caller sees to it that there are few.
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

    /// Label values and instruments as they are now.
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

/// Something that is measured and can be written down.
protocol MetricsInstrument: Sendable {
    /// The word of the `# TYPE` line.
    static var type: String { get }

    func write(_ name: String, _ labels: [(String, String)], to text: inout MetricsText)
}
