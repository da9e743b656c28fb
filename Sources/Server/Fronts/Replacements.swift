// SPDX-License-Identifier: Apache-2.0
internal import Queue

/// Literal replacement of several placeholders in one pass: what was put in is not searched again.
///
/// Where several placeholders fit, the longest counts.
struct Replacements: Sendable {
    /// The most placeholders of one message.
    static let countLimit = 1000

    /// Why the texts of a call cannot be written out: they would be too large, or take too long.
    struct Overrun: Error {}

    static let tooMuch = "with these filled in the mails would be too large; send several calls, or use a template"

    /// The octets that a call may still compare and write: it may have a thousand messages, each with texts of its own.
    struct Budget {
        private var work = 512 * 1024 * 1024
        /// The gateway does not store more for one call.
        private var output = 128 * 1024 * 1024

        mutating func compare(_ octets: Int) throws(Overrun) {
            work -= octets
            guard work >= 0 else { throw Overrun() }
        }

        mutating func write(_ octets: Int) throws(Overrun) {
            output -= octets
            guard output >= 0 else { throw Overrun() }
        }
    }

    private var values: [ArraySlice<UInt8>: [UInt8]] = [:]
    /// The lengths of the placeholders by their first octet, the longest first.
    private var lengths: [UInt8: [Int]] = [:]

    /// Of two pairs with one name the first counts; pairs without a name are left out.
    init(_ pairs: [(name: String, value: String)]) {
        for (name, value) in pairs {
            let name = Array(name.utf8)[...]
            guard let first = name.first, values[name] == nil else { continue }
            values[name] = Array(value.utf8)
            if lengths[first]?.contains(name.count) != true { lengths[first, default: []].append(name.count) }
        }
        lengths = lengths.mapValues { $0.sorted(by: >) }
    }

    /// The text with the values in place of the placeholders; at most as large as a message may be.
    func applied(to text: String, _ budget: inout Budget) throws(Overrun) -> String {
        let source = Array(text.utf8)
        try budget.compare(source.count)
        guard source.contains(where: { lengths[$0] != nil }) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(source.count)
        // The end of what is written.
        var (written, position) = (0, 0)
        while position < source.count {
            guard let (length, value) = try pair(in: source, at: position, &budget) else {
                position += 1
                continue
            }
            try Self.append(source[written..<position], to: &output, &budget)
            try Self.append(value[...], to: &output, &budget)
            position += length
            written = position
        }
        if written == 0 { return text }
        try Self.append(source[written...], to: &output, &budget)
        return String(decoding: output, as: UTF8.self)
    }

    /// The longest placeholder at a position.
    private func pair(
        in source: [UInt8],
        at position: Int,
        _ budget: inout Budget
    ) throws(Overrun) -> (length: Int, value: [UInt8])? {
        guard let lengths = lengths[source[position]] else { return nil }
        for length in lengths where length <= source.count - position {
            try budget.compare(length)
            if let value = values[source[position..<(position + length)]] { return (length, value) }
        }
        return nil
    }

    private static func append(
        _ octets: ArraySlice<UInt8>,
        to output: inout [UInt8],
        _ budget: inout Budget
    ) throws(Overrun) {
        try budget.write(octets.count)
        guard output.count + octets.count <= MessageSize.limit else { throw Overrun() }
        output += octets
    }
}
