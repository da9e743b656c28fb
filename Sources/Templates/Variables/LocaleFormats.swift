// SPDX-License-Identifier: Apache-2.0

/// The number, date and money formats of one language (after CLDR, written by hand for the supported languages).
struct LocaleFormats: Sendable, Hashable {
    enum CurrencyPlace: Sendable, Hashable {
        case before
        case behind
    }

    let decimal: String
    let group: String
    let months: [String]
    /// `d`, `dd`, `MM`, `MMMM` and `yyyy` are replaced.
    let longDate: String
    let shortDate: String
    let currencyPlace: CurrencyPlace
    let isRightToLeft: Bool

    /// The formats for the language of `locale`; English for an unsupported one.
    static func formats(_ locale: String) -> LocaleFormats {
        switch locale.lowercased() {
        case "en-us": americanEnglish
        case let locale where locale.hasPrefix("de"): german
        case let locale where locale.hasPrefix("fr"): french
        case let locale where locale.hasPrefix("es"): spanish
        case let locale where locale.hasPrefix("ar"): arabic
        case let locale where isRightToLeft(locale): hebrewLike
        default: english
        }
    }

    static func isRightToLeft(_ locale: String) -> Bool {
        ["ar", "he", "fa", "ur", "yi", "ps"].contains { locale == $0 || locale.hasPrefix($0 + "-") }
    }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    static let english = LocaleFormats(
        decimal: ".",
        group: ",",
        months: englishMonths,
        longDate: "d MMMM yyyy",
        shortDate: "dd/MM/yyyy",
        currencyPlace: .before,
        isRightToLeft: false
    )

    private static let americanEnglish = LocaleFormats(
        decimal: ".",
        group: ",",
        months: englishMonths,
        longDate: "MMMM d, yyyy",
        shortDate: "MM/dd/yyyy",
        currencyPlace: .before,
        isRightToLeft: false
    )

    private static let german = LocaleFormats(
        decimal: ",",
        group: ".",
        months: [
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
            "Dezember",
        ],
        longDate: "d. MMMM yyyy",
        shortDate: "dd.MM.yyyy",
        currencyPlace: .behind,
        isRightToLeft: false
    )

    private static let french = LocaleFormats(
        decimal: ",",
        group: "\u{202F}",
        months: [
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
            "décembre",
        ],
        longDate: "d MMMM yyyy",
        shortDate: "dd/MM/yyyy",
        currencyPlace: .behind,
        isRightToLeft: false
    )

    private static let spanish = LocaleFormats(
        decimal: ",",
        group: ".",
        months: [
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ],
        longDate: "d 'de' MMMM 'de' yyyy",
        shortDate: "dd/MM/yyyy",
        currencyPlace: .behind,
        isRightToLeft: false
    )

    private static let arabic = LocaleFormats(
        decimal: ".",
        group: ",",
        months: [
            "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر",
            "ديسمبر",
        ],
        longDate: "d MMMM yyyy",
        shortDate: "dd/MM/yyyy",
        currencyPlace: .behind,
        isRightToLeft: true
    )

    private static let hebrewLike = LocaleFormats(
        decimal: ".",
        group: ",",
        months: englishMonths,
        longDate: "d MMMM yyyy",
        shortDate: "dd/MM/yyyy",
        currencyPlace: .behind,
        isRightToLeft: true
    )
}
