// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PasswordReset
@testable import Server

@Suite struct PageWordsTests {
    /// Every text of a language, by its key path.
    private static func texts(_ value: Any, _ path: String = "") -> [String: String] {
        if let text = value as? String { return [path: text] }
        return Mirror(reflecting: value).children.reduce(into: [:]) { result, child in
            result.merge(texts(child.value, "\(path)/\(child.label ?? "")")) { first, _ in first }
        }
    }

    private static let english = texts(PageWords.english)

    @Test(arguments: PageLanguage.allCases)
    func everyLanguageHasAllWords(_ language: PageLanguage) {
        let texts = Self.texts(PageWords.of(language))
        #expect(texts.count == Self.english.count && texts.count > 50)
        for (path, text) in texts {
            #expect(!text.isEmpty && text.first?.isWhitespace == false && text.last?.isWhitespace == false, "\(path)")
            let named = ["{n}", "{name}"].filter { Self.english[path]?.contains($0) == true }
            for name in named where !path.hasSuffix("/one") { #expect(text.contains(name), "\(path) lacks \(name)") }
            #expect(!text.replacing("{n}", with: "").replacing("{name}", with: "").contains("{"), "\(path)")
        }
    }

    @Test(arguments: PageLanguage.allCases.filter { $0 != .english })
    func nothingIsLeftInEnglish(_ language: PageLanguage) {
        let same = Self.texts(PageWords.of(language)).filter { Self.english[$0.key] == $0.value }.keys
        #expect(Set(same) == [])
    }

    @Test func arabicIsWrittenInArabic() {
        for (path, text) in Self.texts(PageWords.arabic) {
            #expect(text.unicodeScalars.contains { (0x0600...0x06FF).contains($0.value) }, "\(path)")
        }
    }

    @Test(arguments: PageLanguage.allCases)
    func everyRuleHasWordsOfItsOwn(_ language: PageLanguage) {
        let words = PageFixtures.rules.map { $0.words(in: language) }
        #expect(Set(words).count == words.count)
        #expect(words.allSatisfy { !$0.contains("{") })
    }

    @Test(arguments: [
        (PasswordRule.digits(1), PageLanguage.english, "At least 1 digit"),
        (.digits(2), .english, "At least 2 digits"),
        (.notRecent(1), .english, "Not your current password"),
        (.notRecent(5), .german, "Keines Ihrer letzten 5 Passwörter"),
        (.minimumLength(12), .french, "Au moins 12 caractères"),
        (.upperCase(1), .spanish, "Al menos 1 mayúscula"),
        (.minimumLength(12), .arabic, "عدد الأحرف على الأقل: 12"),
        (.other("As the server says."), .arabic, "As the server says."),
    ])
    func rulesAreToldInTheLanguageOfThePage(_ rule: PasswordRule, _ language: PageLanguage, _ words: String) {
        #expect(rule.words(in: language) == words)
    }
}
