// SPDX-License-Identifier: Apache-2.0
import Basics

/// A recipient as a report writes it: in a field such as `Final-Recipient`, or in text.
public struct ReportedAddress: Sendable, Hashable {
    /// Without the type before the semicolon, angle brackets and quotes.
    public let written: String

    /// The address of a field value, `type; address` (RFC 3464 section 2.3.1), or of a text without a type.
    ///
    /// Nil when nothing is left that has an `@`.
    init?(_ value: some StringProtocol) {
        var text = Substring(value)
        if let end = text.utf8.firstIndex(of: UInt8(ascii: ";")) { text = text[text.utf8.index(after: end)...] }
        text = text.trimmed(" \t\r\n")
        // `Name <address>`, and `address (comment)`.
        if let open = text.utf8.lastIndex(of: UInt8(ascii: "<")),
            let close = text.utf8[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            text = text[text.utf8.index(after: open)..<close]
        } else if let blank = text.utf8.firstIndex(where: \.isFoldingBlank) {
            text = text[..<blank]
        }
        text = text.trimmed("<>\"' \t")
        guard text.utf8.contains(UInt8(ascii: "@")), text.utf8.count <= 1000 else { return nil }
        written = String(text)
    }

    /// The addresses that the text can mean, the likeliest first.
    ///
    /// Servers write letters outside of ASCII raw, as `\x{F6}` (RFC 6533 section 3) or as octal escapes of UTF-8 (Exim); some
    /// leave an address in xtext (RFC 3461 section 4), in which `+2B` means a plus sign, but may be meant as it is.
    public var candidates: [EmailAddress] {
        let plain = Self.unescaped(written)
        var found: [EmailAddress] = []
        for text in [plain, Self.xtextDecoded(plain)] {
            guard let text, let address = try? EmailAddress(parsing: text), !found.contains(address) else { continue }
            found.append(address)
        }
        return found
    }

    private static func unescaped(_ text: String) -> String? {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if let (octets, end) = hexadecimalEscape(bytes, position) ?? octalEscape(bytes, position) {
                result += octets
                position = end
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    /// `\x{F6}`, a code point.
    private static func hexadecimalEscape(_ bytes: [UInt8], _ start: Int) -> (octets: [UInt8], end: Int)? {
        guard bytes[start...].starts(with: #"\x{"#.utf8) else { return nil }
        let digits = bytes[(start + 3)...].prefix { $0.hexValue != nil }.prefix(6)
        guard !digits.isEmpty, digits.endIndex < bytes.count, bytes[digits.endIndex] == UInt8(ascii: "}") else {
            return nil
        }
        let value = digits.reduce(UInt32(0)) { $0 << 4 | UInt32($1.hexValue ?? 0) }
        return Unicode.Scalar(value).map { (Array(String(Character($0)).utf8), digits.endIndex + 1) }
    }

    /// `\303`, an octet above 127.
    private static func octalEscape(_ bytes: [UInt8], _ start: Int) -> (octets: [UInt8], end: Int)? {
        guard bytes[start] == UInt8(ascii: "\\"), start + 3 < bytes.count else { return nil }
        var value = 0
        for digit in bytes[(start + 1)...(start + 3)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
            value = value << 3 | Int(digit - UInt8(ascii: "0"))
        }
        return (0x80...0xFF).contains(value) ? ([UInt8(value)], start + 4) : nil
    }

    private static func xtextDecoded(_ text: String?) -> String? {
        guard let text, text.utf8.contains(UInt8(ascii: "+")) else { return nil }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "+"), position + 2 < bytes.count,
                let high = bytes[position + 1].hexValue,
                let low = bytes[position + 2].hexValue
            {
                result.append(high << 4 | low)
                position += 3
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(validating: result, as: UTF8.self)
    }
}

extension Substring {
    /// Without these ASCII characters at the ends.
    func trimmed(_ characters: String) -> Substring {
        let octets = characters.utf8
        guard let first = utf8.firstIndex(where: { !octets.contains($0) }),
            let last = utf8.lastIndex(where: { !octets.contains($0) })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
