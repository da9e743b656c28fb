// SPDX-License-Identifier: Apache-2.0

/// Decodes character references (HTML standard, 13.2.5.72 to 13.2.5.84).
enum HTMLEntities {
    /// A character reference at a position of a text.
    struct Reference {
        let scalars: (Unicode.Scalar, Unicode.Scalar?)
        /// The position after it.
        let end: Int
    }

    /// The meaning of the references 0x80 to 0x9F, as in Windows-1252; 0 for the code point itself.
    private static let windows: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    /// Decodes `bytes`; in an attribute, a name without a semicolon before `=`, a letter or a digit is literal.
    static func decode(_ bytes: [UInt8], isAttribute: Bool = false) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        return String(decoding: decoded(bytes, isAttribute: isAttribute), as: UTF8.self)
    }

    static func decoded(_ bytes: [UInt8], isAttribute: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let mark = rest.firstIndex(of: UInt8(ascii: "&")) {
            output += rest[..<mark]
            if let reference = reference(in: rest, at: mark, isAttribute: isAttribute) {
                append(reference.scalars.0, to: &output)
                if let second = reference.scalars.1 { append(second, to: &output) }
                rest = rest[reference.end...]
            } else {
                output.append(UInt8(ascii: "&"))
                rest = rest[(mark + 1)...]
            }
        }
        return output + rest
    }

    private static func append(_ scalar: Unicode.Scalar, to output: inout [UInt8]) {
        if scalar.isASCII {
            output.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// The reference whose `&` is at `mark`; nil when the `&` is literal.
    static func reference(in bytes: ArraySlice<UInt8>, at mark: Int, isAttribute: Bool) -> Reference? {
        let start = mark + 1
        guard start < bytes.endIndex else { return nil }
        if bytes[start] == UInt8(ascii: "#") { return numbered(bytes, start + 1) }
        guard bytes[start].isLetter, let match = NamedReferences.standard.longest(in: bytes, from: start) else {
            return nil
        }
        if isAttribute, !match.hasSemicolon, match.end < bytes.endIndex {
            let next = bytes[match.end]
            if next == UInt8(ascii: "=") || next.isLetter || next.isDigit { return nil }
        }
        return Reference(scalars: match.scalars, end: match.end)
    }

    private static func numbered(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Reference? {
        var index = start
        let isHex = index < bytes.endIndex && bytes[index].lowercased == UInt8(ascii: "x")
        if isHex { index += 1 }
        let firstDigit = index
        var number: UInt32 = 0
        while index < bytes.endIndex, isHex ? bytes[index].isHexDigit : bytes[index].isDigit {
            // All numbers beyond the last code point are equivalent.
            number = min(number * (isHex ? 16 : 10) + UInt32(bytes[index].hexValue), 0x11_0000)
            index += 1
        }
        guard index > firstDigit else { return nil }
        let hasSemicolon = index < bytes.endIndex && bytes[index] == UInt8(ascii: ";")
        return Reference(scalars: (scalar(number), nil), end: hasSemicolon ? index + 1 : index)
    }

    /// Zero, surrogates and invalid code points become U+FFFD.
    private static func scalar(_ number: UInt32) -> Unicode.Scalar {
        let inWindows = number >= 0x80 && number < 0xA0 ? UInt32(windows[Int(number - 0x80)]) : 0
        let value = inWindows == 0 ? number : inWindows
        return value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}
