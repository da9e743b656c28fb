// SPDX-License-Identifier: Apache-2.0

/// A language that the pages speak.
package enum PageLanguage: String, Sendable, Hashable, CaseIterable {
    case arabic = "ar"
    case german = "de"
    case english = "en"
    case spanish = "es"
    case french = "fr"

    /// `ltr` or `rtl`.
    var direction: String { self == .arabic ? "rtl" : "ltr" }

    /// The language of a locale such as `fr-CA` or `fr_CA`; nil for one that is not spoken here.
    package init?(locale: String) {
        let language = locale.prefix { $0 != "-" && $0 != "_" }
        self.init(rawValue: language.lowercased())
    }

    /// The language that a visitor wants most, of those that are spoken here; the brand's when they want none of them, and English
    /// when that is not spoken here either.
    ///
    /// `acceptLanguage` is the header (RFC 9110 section 12.5.4); ranges that cannot be read count as absent.
    package static func negotiated(acceptLanguage: String?, brandLocale: String) -> PageLanguage {
        let own = PageLanguage(locale: brandLocale) ?? .english
        // Nobody speaks more languages than that, but anybody can send a header of any length.
        let ranges = (acceptLanguage ?? "").prefix(1000).split(separator: ",").prefix(50).map(LanguageRange.init)
        // Of two with one weight the first one counts.
        let wanted = ranges.enumerated().filter { $0.element.weight > 0 }
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
        for (_, range) in wanted {
            if range.name == "*" { return own }
            if let language = PageLanguage(locale: range.name) { return language }
        }
        return own
    }
}

/// `fr-CA;q=0.8`.
private struct LanguageRange {
    let name: String
    /// In thousandths; 0 for one that is not wanted or cannot be read.
    let weight: Int

    init(_ text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { !$0.isWhitespace } }
        name = parts[0]
        weight = parts.dropFirst().isEmpty ? 1000 : Self.weight(parts[1])
    }

    /// Of `q=0.8`; at most three decimals (RFC 9110 section 12.4.2).
    private static func weight(_ text: String) -> Int {
        guard text.lowercased().hasPrefix("q=") else { return 0 }
        let digits = text.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first.flatMap({ Int($0) }), (0...1).contains(whole) else { return 0 }
        guard digits.count == 2, !digits[1].isEmpty else { return whole * 1000 }
        let decimals = digits[1].prefix(3)
        guard digits[1].count <= 3, let value = Int(decimals), value >= 0 else { return 0 }
        let weight = whole * 1000 + value * [100, 10, 1][decimals.count - 1]
        return weight <= 1000 ? weight : 0
    }
}
