// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

@testable import Templates

/// The shipped templates follow the rules of lint.
@Suite struct ShippedTemplatesTests {
    private static let files = TemplateFolder.read(
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "templates").resolvingSymlinksInPath().path,
        known: TemplateFolder()
    )

    @Test func allAreThereInAllLanguages() {
        #expect(Self.files.faults == [])
        #expect(Set(["password-reset", "password-changed", "welcome"]).isSubset(of: Self.files.templates))
        let locales = FolderLocales(Self.files.texts.keys)
        for template in Self.files.templates { #expect(locales.byFolder[template] == ["ar", "de", "es", "fr"]) }
        #expect(LocaleRule.findings(Self.files.texts) == [])
    }

    /// Two brands and both directions; `templates lint` checks all others in the same way.
    @Test(arguments: files.templates, [("default", "en"), ("default", "ar"), ("westside", "de")])
    func lintHasNothingToRemark(_ name: String, _ choice: (brand: String, locale: String)) throws {
        let (brand, locale) = choice
        let template = try TemplateBundle(template: name, brand: brand, locale: locale, files: Self.files.texts)
            .compile()
        let subject = try #require(LintSubject(template))
        #expect(Lint.templateRules.flatMap { $0(subject) } == [])
        #expect(BrandFieldRule.findings(template.brand) == [])
        let html = try #require(subject.mail.html)
        #expect(html.utf8.count < 15_000)
        #expect(html.contains("prefers-color-scheme: dark"))
        #expect(html.contains("dir=\"\(locale == "ar" ? "rtl" : "ltr")\""))
    }
}
