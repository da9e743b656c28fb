// SPDX-License-Identifier: Apache-2.0
import JSON

/// How a value is converted to text.
enum ValueFormat: Sendable, Hashable {
    /// As in the Mustache spec.
    case plain
    case number(NumberStyle)
    case money
    case date(DateStyle)

    enum NumberStyle: Sendable, Hashable {
        case grouped
        case integer
        case decimals(Int)
        case percent
    }

    enum DateStyle: String, Sendable, CaseIterable {
        case long, short, time, datetime
    }

    /// The text of `value`; nil for lists and objects, which have none.
    func text(_ value: JSON, _ locale: LocaleFormats) -> String? {
        switch (self, value) {
        case (.number(let style), .integer), (.number(let style), .number), (.number(let style), .decimal):
            return Self.plain(value).map { Self.number($0, style, locale) }
        case (.money, .object(let members)):
            let amount = members["amount"].flatMap { $0.string ?? Self.plain($0) }
            guard let amount, let decimal = DecimalText(amount) else { return amount }
            return locale.money(decimal, currency: members["currency"]?.string ?? "")
        case (.date(let style), .string(let text)):
            return CalendarDate(text).map { Self.date($0, style, locale) } ?? text
        default: return Self.plain(value)
        }
    }

    private static func plain(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        // 85.0 is 85 in the Mustache spec.
        case .number(let number): PlainNumber.text(number)
        case .decimal(let digits): digits
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    private static func number(_ text: String, _ style: NumberStyle, _ locale: LocaleFormats) -> String {
        guard let decimal = DecimalText(text) else { return text }
        return locale.number(digits(decimal, style)) + (style == .percent ? "%" : "")
    }

    /// The displayed digits of a number; nil when `value` is not a number.
    func digits(_ value: JSON) -> DecimalText? {
        guard let decimal = Self.plain(value).flatMap({ DecimalText($0) }) else { return nil }
        if case .number(let style) = self { return Self.digits(decimal, style) }
        return decimal
    }

    private static func digits(_ decimal: DecimalText, _ style: NumberStyle) -> DecimalText {
        switch style {
        case .grouped: return decimal
        case .integer: return decimal.rounded(to: 0)
        case .decimals(let digits): return decimal.rounded(to: digits)
        case .percent:
            var decimal = decimal
            decimal.fraction += Array(repeating: UInt8(ascii: "0"), count: max(0, 2 - decimal.fraction.count))
            let digits = decimal.whole + decimal.fraction.prefix(2)
            decimal.whole = Array(digits.drop { $0 == UInt8(ascii: "0") })
            if decimal.whole.isEmpty { decimal.whole = [UInt8(ascii: "0")] }
            decimal.fraction = Array(decimal.fraction.dropFirst(2))
            return decimal
        }
    }

    private static func date(_ date: CalendarDate, _ style: DateStyle, _ locale: LocaleFormats) -> String {
        switch style {
        case .long: locale.long(date)
        case .short: locale.short(date)
        case .time: locale.time(date)
        case .datetime: locale.dateAndTime(date)
        }
    }
}

extension ValueFormat {
    /// The format of a variable; nil when its type has no such format.
    init?(_ type: VariableType, _ format: String?) {
        switch (type, format) {
        case (.number, nil): self = .number(.grouped)
        case (.number, "plain"), (.money, "plain"), (.date, "plain"): self = .plain
        case (.number, "integer"): self = .number(.integer)
        case (.number, "percent"): self = .number(.percent)
        case (.number, let word?):
            guard word.hasPrefix("decimals"), let digits = Int(word.dropFirst(8)), (0...9).contains(digits) else {
                return nil
            }
            self = .number(.decimals(digits))
        case (.money, nil): self = .money
        case (.date, nil): self = .date(.long)
        case (.date, let word?):
            guard let style = DateStyle(rawValue: word) else { return nil }
            self = .date(style)
        case (_, nil): self = .plain
        default: return nil
        }
    }
}
