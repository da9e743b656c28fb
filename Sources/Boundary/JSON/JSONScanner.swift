// SPDX-License-Identifier: Apache-2.0
import Basics

/// Scans a JSON text byte by byte and tracks strings, nesting depth and position.
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

    /// The position of the byte at `offset`.
    static func place(of offset: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var scanner = JSONScanner()
        for position in 0...offset { scanner.advance(bytes[position]) }
        return (scanner.line, scanner.column)
    }

    /// The position at which the nesting exceeds `limit` levels.
    static func placeDeeper(than limit: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var scanner = JSONScanner()
        for position in bytes.indices {
            scanner.advance(bytes[position])
            if scanner.depth > limit { break }
        }
        return (scanner.line, scanner.column)
    }
}

/// Finds the numbers of a text, whose digits jansson does not keep.
///
/// Also rewrites integers beyond `Int`, which jansson rejects, as numbers with a fraction, which it reads as
/// `Double`.
enum JSONNumbers {
    /// A number as written, and its offset.
    struct Token {
        let text: String
        let offset: Int

        /// True for an integer beyond `Int`.
        var isTooLarge: Bool {
            text.utf8.count > 1 && text.utf8.dropFirst().allSatisfy(\.isASCIIDigit) && Int(text) == nil
        }
    }

    /// All numbers outside strings that have `least` bytes or more, in the order of the text.
    ///
    /// One pass; the text may be invalid after its first error.
    static func tokens(_ bytes: Span<UInt8>, ofAtLeast least: Int = 1) -> [Token] {
        var tokens: [Token] = []
        var scanner = JSONScanner()
        var position = 0
        while position < bytes.count {
            let end = scanner.isInString ? position : end(ofNumberAt: position, in: bytes)
            if end == position {
                scanner.advance(bytes[position])
                position += 1
            } else {
                if end - position >= least {
                    let digits = (position..<end).map { bytes[$0] }
                    tokens.append(Token(text: String(decoding: digits, as: UTF8.self), offset: position))
                }
                position = end
            }
        }
        return tokens
    }

    /// The text with `.0` after every integer outside strings that exceeds `Int`; nil when there is none.
    static func widened(_ bytes: Span<UInt8>) -> [UInt8]? {
        // Nothing shorter exceeds `Int`; short numbers are not collected in memory.
        let tooLarge = tokens(bytes, ofAtLeast: 19).filter(\.isTooLarge)
        guard !tooLarge.isEmpty else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 2 * tooLarge.count)
        var position = 0
        for token in tooLarge {
            while position < token.offset + token.text.utf8.count {
                output.append(bytes[position])
                position += 1
            }
            output += Array(".0".utf8)
        }
        while position < bytes.count {
            output.append(bytes[position])
            position += 1
        }
        return output
    }

    /// The end of the number characters from `start` on (RFC 8259 section 6); `start` for none.
    private static func end(ofNumberAt start: Int, in bytes: Span<UInt8>) -> Int {
        // A letter that does not start a number, such as the `e` in `true`, is left to the parser.
        guard bytes[start].isASCIIDigit || bytes[start] == UInt8(ascii: "-") else { return start }
        var end = start + 1
        while end < bytes.count, bytes[end].isASCIIDigit || "+-.eE".utf8.contains(bytes[end]) { end += 1 }
        return end
    }
}
