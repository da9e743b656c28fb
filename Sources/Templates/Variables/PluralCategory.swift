// SPDX-License-Identifier: Apache-2.0

/// The plural category of a number (CLDR, cardinal numbers).
enum PluralCategory: String, Sendable, CaseIterable {
    case zero, one, two, few, many, other

    /// The categories in the language of `locale`.
    static func categories(of locale: String) -> [PluralCategory] {
        switch PluralRule(locale: locale) {
        case .none: [.other]
        case .one, .oneOrZero: [.one, .other]
        case .spanish, .italian, .french: [.one, .many, .other]
        case .arabic: [.zero, .one, .two, .few, .many, .other]
        case .hebrew: [.one, .two, .other]
        case .eastSlavic, .polish, .czech: [.one, .few, .many, .other]
        }
    }

    /// The category of a number in its display form: 1.0 is not 1.
    init(_ number: DecimalText, locale: String) {
        self = PluralRule(locale: locale).category(PluralOperands(number))
    }
}

/// The operands of CLDR's rules (Unicode TS 35 part 3, plural operand meanings).
private struct PluralOperands {
    /// The last digits of the whole part, which suffice for every rule.
    let whole: Int
    let isZero: Bool
    /// Whether the whole part is a multiple of a million other than 0.
    let isMillions: Bool
    /// The number of digits shown after the point.
    let digits: Int
    let fractionIsZero: Bool

    init(_ number: DecimalText) {
        let zero = UInt8(ascii: "0")
        isZero = number.whole.allSatisfy { $0 == zero }
        // The rules depend on the last six digits, and on whether others precede them.
        let tail = number.whole.suffix(6).reduce(0) { $0 * 10 + Int($1 - zero) }
        let isLong = number.whole.dropLast(6).contains { $0 != zero }
        isMillions = tail == 0 && isLong
        whole = isLong ? tail + 1_000_000 : tail
        digits = number.fraction.count
        fractionIsZero = number.fraction.allSatisfy { $0 == zero }
    }

    /// Whether the number equals the whole number `value`, with or without zeros after the point.
    func equals(_ value: Int) -> Bool { whole == value && fractionIsZero }
}

private enum PluralRule {
    case none, one, oneOrZero, french, spanish, italian, arabic, hebrew, eastSlavic, polish, czech

    init(locale: String) {
        let language = locale.prefix { $0 != "-" }.lowercased()
        switch language {
        case "ja", "zh", "ko", "vi", "th", "id", "ms", "lo", "my", "km": self = .none
        case "fr": self = .french
        case "es": self = .spanish
        case "it", "ca": self = .italian
        case "pt": self = locale.lowercased() == "pt-pt" ? .italian : .french
        case "hi", "fa", "bn", "am", "gu", "zu": self = .oneOrZero
        case "ar": self = .arabic
        case "he": self = .hebrew
        case "ru", "uk", "be": self = .eastSlavic
        case "pl": self = .polish
        case "cs", "sk": self = .czech
        default: self = .one
        }
    }

    func category(_ number: PluralOperands) -> PluralCategory {
        let isWhole = number.digits == 0
        let (last, lastTwo) = (number.whole % 10, number.whole % 100)
        let isFew = isWhole && (2...4).contains(last) && !(12...14).contains(lastTwo)
        switch self {
        case .none: return .other
        case .one: return isWhole && number.whole == 1 ? .one : .other
        case .oneOrZero: return number.isZero || number.equals(1) ? .one : .other
        case .french:
            if number.isZero || number.whole == 1 { return .one }
            return isWhole && number.isMillions ? .many : .other
        case .spanish:
            if number.equals(1) { return .one }
            return isWhole && number.isMillions ? .many : .other
        case .italian:
            if isWhole && number.whole == 1 { return .one }
            return isWhole && number.isMillions ? .many : .other
        case .arabic: return arabic(number, lastTwo)
        case .hebrew:
            if isWhole && number.whole == 1 || number.isZero && !isWhole { return .one }
            return isWhole && number.whole == 2 ? .two : .other
        case .eastSlavic:
            guard isWhole else { return .other }
            if last == 1, lastTwo != 11 { return .one }
            return isFew ? .few : .many
        case .polish:
            guard isWhole else { return .other }
            if number.whole == 1 { return .one }
            return isFew ? .few : .many
        case .czech:
            guard isWhole else { return .many }
            if number.whole == 1 { return .one }
            return (2...4).contains(number.whole) ? .few : .other
        }
    }

    private func arabic(_ number: PluralOperands, _ lastTwo: Int) -> PluralCategory {
        guard number.fractionIsZero else { return .other }
        switch (number.whole, lastTwo) {
        case (0, _): return .zero
        case (1, _): return .one
        case (2, _): return .two
        case (_, 3...10): return .few
        case (_, 11...99): return .many
        default: return .other
        }
    }
}
