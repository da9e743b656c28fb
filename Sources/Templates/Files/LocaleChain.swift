// SPDX-License-Identifier: Apache-2.0

/// In which order files are looked for: `fr-CA`, `fr`, the brand's locale, then the file without a locale.
struct LocaleChain: Sendable, Hashable {
    /// The locale that the mail speaks.
    let locale: String
    /// From the best to the last; the file without a locale comes behind them.
    let names: [String]
    /// Those of ``names`` that are no stand-in for another language.
    let own: [String]
    /// Whether files without a locale speak the same language.
    let isPlain: Bool

    /// `plain` is the locale of the default brand, which files without a locale are taken to speak.
    init(_ requested: String?, brand: String, plain: String) {
        locale = requested ?? brand
        var names: [String] = []
        for name in Self.fallbacks(locale) + Self.fallbacks(brand) where !names.contains(name) {
            names.append(name)
            if name == plain { break }
        }
        self.names = names
        let own = Self.fallbacks(locale).filter(names.contains)
        self.own = own
        isPlain = own.contains(plain)
    }

    /// `ltr` or `rtl`.
    var direction: String { LocaleFormats.isRightToLeft(locale.lowercased()) ? "rtl" : "ltr" }

    /// `fr-CA` as `fr-CA`, `fr`.
    static func fallbacks(_ locale: String) -> [String] {
        var parts = locale.split(separator: "-")
        var result: [String] = []
        while !parts.isEmpty {
            result.append(parts.joined(separator: "-"))
            parts.removeLast()
        }
        return result
    }

    /// `FR-ca` as `fr-CA` and `ZH-hans` as `zh-Hans`, as files are named (RFC 5646 section 2.1.1).
    static func canonical(_ locale: String) -> String {
        let parts = locale.split(separator: "-").map { $0.lowercased() }
        let cased = parts.enumerated().map { index, part in
            guard index > 0 else { return part }
            return part.utf8.count == 2 ? part.uppercased() : part.utf8.count == 4 ? part.capitalisedFirst : part
        }
        return cased.joined(separator: "-")
    }
}

extension String {
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
