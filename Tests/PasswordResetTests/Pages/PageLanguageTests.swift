// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PasswordReset
@testable import Server

@Suite struct PageLanguageTests {
    @Test(arguments: [
        (nil, "en", PageLanguage.english), (nil, "de", .german), (nil, "de-AT", .german), (nil, "xx", .english),
        ("", "fr", .french), ("fr-CA", "en", .french), ("FR_ca", "en", .french),
        ("fr-CA,fr;q=0.9,en;q=0.8", "de", .french),
        ("it, es;q=0.5", "de", .spanish), ("it", "de", .german), ("*", "es", .spanish), ("it, *;q=0.1", "ar", .arabic),
        ("en;q=0.1, de;q=0.2", "fr", .german), ("de;q=0", "en", .english), ("de;q=0, *", "de", .german),
        ("ar-EG", "en", .arabic), ("en;q=1.000, de;q=0.999", "de", .english), ("de;q=1.5, fr;q=0.1", "en", .french),
        ("de;q=abc", "fr", .french), (";;;,,,q=1", "es", .spanish), ("deutsch", "en", .english),
        (" de ; q=0.7 ", "en", .german),
        ("de;q=0.7,fr;q=0.75", "en", .french), ("de;level=1", "en", .english),
        ("de;q=0.0001,fr;q=0.001", "en", .french),
    ])
    func languageIsTheOneThatIsWantedMost(_ header: String?, _ brand: String, _ expected: PageLanguage) {
        #expect(PageLanguage.negotiated(acceptLanguage: header, brandLocale: brand) == expected)
    }

    @Test func headersOfAnyLengthAreRead() {
        let long = String(repeating: "it,", count: 100_000) + "de"
        #expect(PageLanguage.negotiated(acceptLanguage: long, brandLocale: "fr") == .french)
    }
}
