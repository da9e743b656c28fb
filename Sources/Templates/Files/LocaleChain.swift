// SPDX-License-Identifier: Apache-2.0

/// The search order of files: `fr-CA`, `fr`, the brand's locale, then the file without a locale.
struct LocaleChain: Sendable, Hashable {
    /// The locale of the mail.
    let locale: String
    /// From the best to the last; the file without a locale comes after them.
    let names: [String]
    /// Those of ``names`` that are not a fallback in another language.
    let own: [String]
    /// Whether files without a locale are in the same language.
    let isPlain: Bool

    /// `plain` is the locale of the default brand, which is the assumed language of files without a locale.
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

    /// The fallbacks of `fr-CA`: `fr-CA`, `fr`.
    static func fallbacks(_ locale: String) -> [String] {
        var parts = locale.split(separator: "-")
        var result: [String] = []
        while !parts.isEmpty {
            result.append(parts.joined(separator: "-"))
            parts.removeLast()
        }
        return result
    }

    /// `FR-ca` as `fr-CA` and `ZH-hans` as `zh-Hans`, the form of file names (RFC 5646 section 2.1.1).
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
