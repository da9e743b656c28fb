// SPDX-License-Identifier: Apache-2.0

/// Finds the numbers of a text, whose digits jansson does not keep.
///
/// Also rewrites whole numbers beyond `Int`, which jansson refuses, as numbers with a fraction, which it reads as `Double`.
enum JSONNumbers {
    /// A number as it is written, and the offset that it begins at.
    struct Token {
        let text: String
        let offset: Int
    }

    /// All numbers outside of strings, in the order of the text, which must be JSON.
    static func tokens(_ bytes: Span<UInt8>) -> [Token] {
        var tokens: [Token] = []
        var scanner = JSONScanner()
        var position = 0
        while position < bytes.count {
            let token = scanner.isInString ? [] : number(in: bytes, at: position)
            if token.isEmpty {
                scanner.advance(bytes[position])
                position += 1
            } else {
                tokens.append(Token(text: String(decoding: token, as: UTF8.self), offset: position))
                position += token.count
            }
        }
        return tokens
    }

    /// The text with `.0` after every whole number outside strings that `Int` cannot hold; nil when there is none.
    static func widened(_ bytes: Span<UInt8>) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + 16)
        var isWidened = false
        var scanner = JSONScanner()
        var position = 0
        while position < bytes.count {
            let token = scanner.isInString ? [] : number(in: bytes, at: position)
            if token.isEmpty {
                scanner.advance(bytes[position])
                output.append(bytes[position])
                position += 1
                continue
            }
            output += token
            position += token.count
            if isTooLarge(token) {
                output += Array(".0".utf8)
                isWidened = true
            }
        }
        return isWidened ? output : nil
    }

    /// The characters from `start` on that a number may consist of (RFC 8259 section 6).
    private static func number(in bytes: Span<UInt8>, at start: Int) -> [UInt8] {
        var token: [UInt8] = []
        while start + token.count < bytes.count {
            let byte = bytes[start + token.count]
            guard isDigit(byte) || "+-.eE".utf8.contains(byte) else { break }
            token.append(byte)
        }
        // A letter that begins no number, such as the `e` in `true`, is left to the reader.
        return token.first.map { isDigit($0) || $0 == UInt8(ascii: "-") } == true ? token : []
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isTooLarge(_ token: [UInt8]) -> Bool {
        token.count > 1 && token.dropFirst().allSatisfy(isDigit) && Int(String(decoding: token, as: UTF8.self)) == nil
    }
}
