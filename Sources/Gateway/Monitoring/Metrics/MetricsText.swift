// SPDX-License-Identifier: Apache-2.0

/// Writes the Prometheus text exposition format, version 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(16 * 1024)
    }

    mutating func head(_ name: String, _ help: String, type: String) {
        append("# HELP \(name) ")
        escape(help, quotes: false)
        append("\n# TYPE \(name) \(type)\n")
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        append(name)
        if !labels.isEmpty {
            for (position, label) in labels.enumerated() {
                append(position == 0 ? "{" : ",")
                append("\(label.0)=\"")
                escape(label.1, quotes: true)
                append("\"")
            }
            append("}")
        }
        append(" \(Self.number(value))\n")
    }

    /// A whole number without a fraction, so that counts stay readable.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.isNaN { return "NaN" }
        if let whole = Int(exactly: value) { return String(whole) }
        return String(value)
    }

    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
