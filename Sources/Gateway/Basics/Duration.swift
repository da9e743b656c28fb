// SPDX-License-Identifier: Apache-2.0
import Synchronization

extension Duration {
    /// Parses the form used in settings: a number and one of `ms`, `s`, `m`, `h`, `d`.
    public init?(setting text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let amount = Double(digits), amount.isFinite, amount >= 0 else { return nil }
        let seconds: Double
        switch text.dropFirst(digits.count) {
        case "ms": seconds = amount / 1000
        case "s": seconds = amount
        case "m": seconds = amount * 60
        case "h": seconds = amount * 3600
        case "d": seconds = amount * 86_400
        default: return nil
        }
        guard seconds <= 100 * 366 * 86_400 else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// The duration in whole milliseconds, rounded down.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Duration {
    /// For display, in its two largest units: `40 s`, `5 min`, `2 h 5 min`, `3 d 1 h`.
    package var words: String {
        let seconds = max(0, milliseconds / 1000)
        let units: [(name: String, length: Int64)] = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
        guard let first = units.firstIndex(where: { seconds >= $0.length }) else { return "0 s" }
        let large = "\(seconds / units[first].length) \(units[first].name)"
        // Seconds are omitted once there are minutes.
        guard first < 2 else { return large }
        let rest = seconds % units[first].length / units[first + 1].length
        return rest == 0 ? large : "\(large) \(rest) \(units[first + 1].name)"
    }
}

extension Duration {
    /// The duration in seconds, to the precision of a `Double`.
    package var fractionalSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
