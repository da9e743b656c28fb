// SPDX-License-Identifier: Apache-2.0

/// A language of the pages.
package enum PageLanguage: String, Sendable, Hashable, CaseIterable {
    case arabic = "ar"
    case german = "de"
    case english = "en"
    case spanish = "es"
    case french = "fr"

    /// `ltr` or `rtl`.
    package var direction: String { self == .arabic ? "rtl" : "ltr" }

    /// The language of a locale such as `fr-CA` or `fr_CA`; nil for an unsupported one.
    package init?(locale: String) {
        let language = locale.prefix { $0 != "-" && $0 != "_" }
        self.init(rawValue: language.lowercased())
    }

    /// The visitor's preferred supported language, else the brand's, else English.
    ///
    /// `acceptLanguage` is the header (RFC 9110 section 12.5.4); ranges that cannot be parsed are ignored.
    package static func negotiated(acceptLanguage: String?, brandLocale: String) -> PageLanguage {
        let own = PageLanguage(locale: brandLocale) ?? .english
        for tag in AcceptLanguage.tags(acceptLanguage, unreadable: 0) {
            if tag == "*" { return own }
            if let language = PageLanguage(locale: tag) { return language }
        }
        return own
    }
}
