// SPDX-License-Identifier: Apache-2.0

/// Parses names and escapes (CSS Syntax Level 3, sections 4.3.7 to 4.3.11).
enum StyleName {
    /// Consumes a name at the start of `rest` and decodes its escapes; nil when there is none.
    static func read(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard begins(rest) else { return nil }
        var name: [UInt8] = []
        var index = rest.startIndex
        while index < rest.endIndex {
            if rest[index].isStyleName {
                name.append(rest[index])
                index += 1
            } else if let escape = escape(in: rest, at: index) {
                name.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
                index = escape.end
            } else {
                break
            }
        }
        rest = rest[index...]
        return String(decoding: name, as: UTF8.self)
    }

    private static func begins(_ rest: ArraySlice<UInt8>) -> Bool {
        guard let first = rest.first else { return false }
        if first == UInt8(ascii: "\\") { return escape(in: rest, at: rest.startIndex) != nil }
        guard first == UInt8(ascii: "-") else { return first.isStyleName && !first.isDigit }
        let next = rest.dropFirst()
        guard let second = next.first else { return false }
        if second == UInt8(ascii: "\\") { return escape(in: next, at: next.startIndex) != nil }
        return second.isStyleName && !second.isDigit
    }

    /// The character of the escape at `start`, and the position after it; nil when there is no escape.
    static func escape(
        in bytes: ArraySlice<UInt8>,
        at start: Int
    ) -> (scalar: Unicode.Scalar, end: Int)? {
        guard bytes[start] == UInt8(ascii: "\\") else { return nil }
        var index = start + 1
        guard index < bytes.endIndex else { return ("\u{FFFD}", index) }
        guard !bytes[index].endsStyleLine else { return nil }
        guard bytes[index].isHexDigit else { return character(in: bytes, at: index) }
        var number: UInt32 = 0
        let limit = min(index + 6, bytes.endIndex)
        while index < limit, bytes[index].isHexDigit {
            number = number * 16 + UInt32(bytes[index].hexValue)
            index += 1
        }
        // One blank belongs to the escape.
        if index < bytes.endIndex, bytes[index].isSpace {
            let isPair = bytes[index...].starts(with: [.carriageReturn, .lineFeed])
            index += isPair ? 2 : 1
        }
        let scalar = number == 0 ? nil : Unicode.Scalar(number)
        return (scalar ?? "\u{FFFD}", index)
    }

    private static func character(in bytes: ArraySlice<UInt8>, at start: Int) -> (scalar: Unicode.Scalar, end: Int) {
        var end = start + 1
        while end < bytes.endIndex, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        let scalar = text.unicodeScalars.first ?? "\u{FFFD}"
        return (scalar.value == 0 ? "\u{FFFD}" : scalar, end)
    }
}

extension UInt8 {
    /// Whether the character may be in a CSS name without an escape.
    var isStyleName: Bool {
        isLetter || isDigit || self >= 0x80 || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
    }

    /// The value of a hexadecimal digit.
    var hexValue: UInt8 { isDigit ? self - UInt8(ascii: "0") : lowercased - UInt8(ascii: "a") + 10 }

    fileprivate var endsStyleLine: Bool { self == .lineFeed || self == .carriageReturn || self == 0x0C }
}
