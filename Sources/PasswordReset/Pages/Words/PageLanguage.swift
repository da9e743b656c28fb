// SPDX-License-Identifier: Apache-2.0
import Server

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
        for tag in AcceptLanguage.tags(acceptLanguage, unreadable: 0) {
            if tag == "*" { return own }
            if let language = PageLanguage(locale: tag) { return language }
        }
        return own
    }
}
