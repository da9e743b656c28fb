// SPDX-License-Identifier: Apache-2.0

/// A change of ordered list numbers at a position of a text part (HTML standard 4.4.5 to 4.4.8).
///
/// Numbers are assigned at rendering, because a section may show an item any number of times.
enum ListStep: Sendable, Hashable {
    /// A list begins at `start`, by default at 1, or for a reversed list at the number of its items.
    case open(start: Int32?, isReversed: Bool, ListStyle)
    /// An item: its number, a dot and a blank. `value` and `style` are the item's own, if set.
    case item(value: Int32?, style: ListStyle?)
    case close
}

/// The number style of an item.
enum ListStyle: UInt8, Sendable {
    case decimal, lowerAlpha, upperAlpha, lowerRoman, upperRoman

    /// From the value of a `type` attribute, which is case-sensitive.
    init?(type: String?) {
        switch type {
        case "1": self = .decimal
        case "a": self = .lowerAlpha
        case "A": self = .upperAlpha
        case "i": self = .lowerRoman
        case "I": self = .upperRoman
        default: return nil
        }
    }

    /// Numbers outside a style's range are decimal (CSS Counter Styles Level 3, section 6).
    func text(_ number: Int) -> String {
        switch self {
        case .decimal: String(number)
        case .lowerAlpha: Self.letters(number) ?? String(number)
        case .upperAlpha: Self.letters(number)?.uppercased() ?? String(number)
        case .lowerRoman: Self.roman(number) ?? String(number)
        case .upperRoman: Self.roman(number)?.uppercased() ?? String(number)
        }
    }

    private static func letters(_ number: Int) -> String? {
        guard number > 0 else { return nil }
        var rest = number
        var letters: [UInt8] = []
        while rest > 0 {
            rest -= 1
            letters.append(UInt8(ascii: "a") + UInt8(rest % 26))
            rest /= 26
        }
        return String(decoding: letters.reversed(), as: UTF8.self)
    }

    private static func roman(_ number: Int) -> String? {
        guard (1...3_999).contains(number) else { return nil }
        var rest = number
        var text = ""
        let signs = [
            (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
            (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
        ]
        for (value, sign) in signs {
            while rest >= value {
                text += sign
                rest -= value
            }
        }
        return text
    }
}

enum HTMLInteger {
    /// Parses an integer by the HTML standard (2.3.4.1); text after the digits is ignored.
    static func parse(_ text: String) -> Int32? {
        var rest = Substring(text).utf8.drop(while: \.isSpace)
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let digits = rest.prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        // Browsers clamp large values to their integer range.
        let number = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), Int(Int32.max)) }
        return Int32(isNegative ? -number : number)
    }
}
