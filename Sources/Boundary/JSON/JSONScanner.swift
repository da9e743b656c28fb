// SPDX-License-Identifier: Apache-2.0

/// Follows a JSON text byte by byte, to know what is a string, how deep it is nested, and which line it is.
struct JSONScanner {
    private(set) var isInString = false
    private(set) var depth = 0
    private(set) var line = 1
    private(set) var column = 0
    private var isEscaped = false

    mutating func advance(_ byte: UInt8) {
        count(byte)
        switch byte {
        case _ where isEscaped: isEscaped = false
        case UInt8(ascii: "\\") where isInString: isEscaped = true
        case UInt8(ascii: "\""): isInString.toggle()
        case _ where isInString: break
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
        default: break
        }
    }

    private mutating func count(_ byte: UInt8) {
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 0
        } else if byte & 0xC0 != 0x80 {  // A continuation byte of UTF-8 adds no character.
            column += 1
        }
    }

    /// The place of the byte at `offset`.
    static func place(of offset: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var scanner = JSONScanner()
        for position in 0...offset { scanner.advance(bytes[position]) }
        return (scanner.line, scanner.column)
    }

    /// The place where the text goes deeper than `limit` levels.
    static func placeDeeper(than limit: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var scanner = JSONScanner()
        for position in bytes.indices {
            scanner.advance(bytes[position])
            if scanner.depth > limit { break }
        }
        return (scanner.line, scanner.column)
    }
}
