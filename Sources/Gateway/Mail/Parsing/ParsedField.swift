// SPDX-License-Identifier: Apache-2.0

/// A header field (RFC 5322 section 2.2) as ranges of the octets of its message.
public struct ParsedField: Sendable, Hashable {
    /// The whole field with the line break at its end.
    public internal(set) var range: Range<Int>
    /// The name, in the case in which it was written.
    public let name: Range<Int>
    /// What follows the colon, with its folds and without the last line break.
    public internal(set) var value: Range<Int>
}

/// The header of a message or of a part: its fields, and how it ends.
struct HeaderBlock {
    enum Ending {
        case emptyLine
        /// A line that is no field, or a delimiter: the empty line is missing.
        case otherLine
        /// The end of the message.
        case end
        /// More octets or fields than a header may have; what follows counts as the body.
        case limit
    }

    /// The most that is read as a header, so that a hostile one costs no more time and memory than its size.
    struct Limit {
        let octets: Int
        let fields: Int

        /// For what others wrote.
        static let received = Self(octets: 256 * 1024, fields: 1000)
        /// For a header of which the gateway wrote some: what it puts in never makes it too large.
        static let prepared = Self(octets: 512 * 1024, fields: 2000)
    }

    private(set) var fields: [ParsedField] = []
    /// From the first field to the end of the last one.
    private(set) var range: Range<Int>
    /// Where the body starts.
    private(set) var bodyStart: Int
    private(set) var ending = Ending.end

    /// Reads fields up to the first empty line, and up to the first line that is no field.
    ///
    /// Lines end in CRLF or LF. `isDelimiter` returns true for a line (without its line break) that ends the part.
    init(
        _ bytes: borrowing Span<UInt8>,
        from start: Int,
        to end: Int,
        limit: Limit = .prepared,
        isDelimiter: (Range<Int>) -> Bool = { _ in false }
    ) {
        range = start..<start
        bodyStart = end
        var position = start
        while position < end {
            let lineFeed = bytes.position(of: 0x0A, from: position, to: end)
            let hasReturn = lineFeed < end && lineFeed > position && bytes[lineFeed - 1] == 0x0D
            let line = position..<(hasReturn ? lineFeed - 1 : lineFeed)
            let next = min(lineFeed + 1, end)
            guard !line.isEmpty else {
                finish(.emptyLine, position, next)
                return
            }
            guard next - start <= limit.octets else {
                finish(.limit, position, position)
                return
            }
            if bytes[position].isBlank, !fields.isEmpty {
                fields[fields.count - 1].value = fields[fields.count - 1].value.lowerBound..<line.upperBound
                fields[fields.count - 1].range = fields[fields.count - 1].range.lowerBound..<next
            } else {
                let isEnd = bytes[position] == UInt8(ascii: "-") && isDelimiter(line)
                guard !isEnd, let name = Self.name(bytes, line) else {
                    finish(.otherLine, position, position)
                    return
                }
                guard fields.count < limit.fields else {
                    finish(.limit, position, position)
                    return
                }
                let value = Self.valueStart(bytes, name.upperBound, line.upperBound)..<line.upperBound
                fields.append(ParsedField(range: position..<next, name: name, value: value))
            }
            position = next
        }
        finish(.end, end, end)
    }

    private mutating func finish(_ ending: Ending, _ end: Int, _ bodyStart: Int) {
        self.ending = ending
        range = range.lowerBound..<end
        self.bodyStart = bodyStart
    }

    /// The name before the colon; nil when the line is no field.
    ///
    /// Blanks before the colon are obsolete, but allowed (section 4.5).
    private static func name(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) -> Range<Int>? {
        var end = line.lowerBound
        while end < line.upperBound, bytes[end] > 0x20, bytes[end] < 0x7F, bytes[end] != UInt8(ascii: ":") { end += 1 }
        guard end > line.lowerBound else { return nil }
        var colon = end
        while colon < line.upperBound, bytes[colon].isBlank { colon += 1 }
        guard colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return line.lowerBound..<end
    }

    private static func valueStart(_ bytes: borrowing Span<UInt8>, _ nameEnd: Int, _ end: Int) -> Int {
        var position = nameEnd
        while bytes[position] != UInt8(ascii: ":") { position += 1 }
        return min(position + 1, end)
    }
}

extension [UInt8] {
    /// The fields with this name, which is in lower case.
    func fields(_ name: String, in fields: [ParsedField]) -> [ParsedField] {
        let bytes = span
        var found: [ParsedField] = []
        for field in fields where bytes.isWord(field.name, name) { found.append(field) }
        return found
    }

    func firstField(_ name: String, in fields: [ParsedField]) -> ParsedField? {
        let bytes = span
        for field in fields where bytes.isWord(field.name, name) { return field }
        return nil
    }

    /// The name of a field as it was written.
    func name(of field: ParsedField) -> String { String(decoding: self[field.name], as: UTF8.self) }

    /// The value of a field on one line: without folds, and without blanks at its ends (RFC 5322 section 2.2.3).
    func value(of field: ParsedField) -> [UInt8] {
        let value = self[field.value].trimmed
        guard value.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return Array(value) }
        return value.filter { $0 != 0x0A && $0 != 0x0D }
    }
}
