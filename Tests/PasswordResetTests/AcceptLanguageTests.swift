// SPDX-License-Identifier: Apache-2.0
import PasswordReset
import Server
import Testing

@Suite struct AcceptLanguageTests {
    @Test(
        arguments: [
            (nil, nil), ("", nil), ("ja", nil), ("de", "de"), ("fr-CA, en;q=0.5", "fr"), ("en, de;q=0.5", "en"),
            ("de;q=0.2, fr;q=0.9", "fr"), ("ja, es;q=0.3", "es"), ("PT-br", "pt-BR"), ("de;q=0", nil), ("*", nil),
            ("de;q=x, fr", "de"), (";;,,=", nil), (String(repeating: "x,", count: 1000), nil),
        ] as [(String?, String?)]
    )
    func bestLanguageThatThereIsIsChosen(_ header: String?, _ locale: String?) {
        #expect(AcceptLanguage.choose(header, among: ["ar", "de", "en", "es", "fr", "pt-BR"]) == locale)
    }
}
