// SPDX-License-Identifier: Apache-2.0

/// The size of a header block: its bytes, its fields, and how many of them are `Received`.
///
/// The block ends at an empty line, and before the first line that is no header field (RFC 5322 section 2.2).
struct HeaderScan {
    private(set) var bytes = 0
    private(set) var fields = 0
    private(set) var received = 0

    private static let trace = Array("received".utf8)

    /// Reads content whose lines end in CRLF; stops when the block exceeds `limit` bytes.
    init(_ content: [UInt8], limit: Int) {
        var start = 0
        while start < content.count, start <= limit {
            let end = content[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? content.count
            guard read(content[start..<end]) else { break }
            start = end
            bytes = start
        }
    }

    /// False for a line that does not belong to the block.
    private mutating func read(_ line: ArraySlice<UInt8>) -> Bool {
        guard let first = line.first else { return false }
        if first == 0x20 || first == 0x09 { return fields > 0 }
        let name = line.prefix { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
        guard !name.isEmpty,
            line.dropFirst(name.count).drop(while: { $0 == 0x20 || $0 == 0x09 }).first == UInt8(ascii: ":")
        else { return false }
        fields += 1
        if name.count == Self.trace.count, name.elementsEqual(Self.trace, by: { $0 | 0x20 == $1 }) { received += 1 }
        return true
    }
}
