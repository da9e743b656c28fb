// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number that only grows.
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
