// SPDX-License-Identifier: Apache-2.0

/// Numbers as decimal digits, without an exponent.
package enum PlainNumber {
    /// The maximum length in characters: `1e-999999999` would take a gigabyte.
    package static let longest = 1_000

    /// The digits of a JSON number (RFC 8259 section 6), with a point if it has a fraction.
    ///
    /// The result has no leading zeros, no trailing zeros in the fraction and no sign of zero, so equal numbers yield equal
    /// texts. Nil for anything else, and for a number of more than ``longest`` characters.
    package static func text(_ number: some StringProtocol) -> String? {
        var rest = Array(number.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let whole = take(&rest)
        guard !whole.isEmpty, whole.count == 1 || whole.first != zero else { return nil }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            fraction = take(&rest)
            if fraction.isEmpty { return nil }
        }
        guard let exponent = exponent(rest) else { return nil }
        return text(whole + fraction, point: whole.count + exponent, isNegative: isNegative)
    }

    /// The shortest digits that read back as `number`; nil when it is not finite.
    package static func text(_ number: Double) -> String? { number.isFinite ? text("\(number)") : nil }

    private static let zero = UInt8(ascii: "0")

    private static func take(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = bytes.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        bytes = bytes[digits.endIndex...]
        return digits
    }

    /// 0 for an absent exponent; far beyond ``longest`` for one that does not fit an `Int`.
    private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard let sign = bytes.first else { return 0 }
        guard sign == UInt8(ascii: "e") || sign == UInt8(ascii: "E") else { return nil }
        var rest = bytes.dropFirst()
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let digits = take(&rest)
        guard !digits.isEmpty, rest.isEmpty else { return nil }
        let value = Int(String(decoding: digits, as: UTF8.self)).map { min($0, 1 << 40) } ?? 1 << 40
        return isNegative ? -value : value
    }

    /// The digits with the point after the first `point` of them, which may be before or after all of them.
    private static func text(_ digits: ArraySlice<UInt8>, point: Int, isNegative: Bool) -> String? {
        let significant = digits.drop { $0 == zero }
        guard let last = significant.lastIndex(where: { $0 != zero }) else { return "0" }
        let value = Array(significant[...last])
        let place = point - (digits.count - significant.count)
        guard place <= longest, value.count - place <= longest else { return nil }
        let padding = Array(repeating: zero, count: max(0, place - value.count))
        let whole = place > 0 ? value.prefix(place) + padding : [zero]
        let fraction = Array(repeating: zero, count: max(0, -place)) + value.dropFirst(max(0, place))
        let text = whole + (fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction)
        guard text.count <= longest else { return nil }
        return (isNegative ? "-" : "") + String(decoding: text, as: UTF8.self)
    }
}

extension JSON {
    /// Parses a number without loss; nil for other text, or for a number longer than ``PlainNumber/longest``.
    ///
    /// A whole number that fits is an `Int`. A number with a point or an exponent is a `Double` when its shortest digits are the
    /// same number. All others keep their digits.
    package init?(number text: some StringProtocol) {
        if let integer = Int(text), text.utf8.first != UInt8(ascii: "+") {
            self = .integer(integer)
            return
        }
        guard let plain = PlainNumber.text(text) else { return nil }
        if !text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: "-") }),
            let double = Double(text), PlainNumber.text(double) == plain
        {
            self = .number(double)
        } else {
            self = .decimal(plain)
        }
    }
}
