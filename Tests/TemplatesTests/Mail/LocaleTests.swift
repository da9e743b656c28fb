// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct LocaleTests {
    private static let files = [
        "brands/default/brand.yaml": "name: A\nlocale: en\nstrings: { bye: Bye, hi: Hi }",
        "brands/default/brand.fr.yaml": "strings: { bye: Salut }",
        "brands/haus/brand.yaml": "name: H\nlocale: de", "brands/haus/brand.it.yaml": "footer: Ciao",
        "partials/sign.html": "{{strings.bye}}", "partials/sign.pt.html": "Tchau",
        "t/template.yaml": "subject: '{{strings.title}}'\nstrings: { title: Title, only: Only }",
        "t/template.de.yaml": "subject: Titel\nstrings: { title: Titel }",
        "t/template.fr-CA.yaml": "strings: { title: Titre CA }",
        "t/template.fr.yaml": "strings: { title: Titre, only: Seul }",
        "t/body.html":
            "{{locale}} {{strings.title}} {{strings.only}} {{strings.hi}} {{>sign}} {{brand.footer}}{{^brand.footer}}-{{/brand.footer}}",
    ].mapValues { $0.replacing("{{brand.footer}}{{^", with: "{{#brand.footer}}{{.}}{{/brand.footer}}{{^") }

    @Test(
        arguments: [
            ("default", nil, "en Title Only Hi Bye -"), ("default", "en", "en Title Only Hi Bye -"),
            ("default", "en-GB", "en Title Only Hi Bye -"), ("default", "fr", "fr Titre Seul Hi Salut -"),
            ("default", "FR-ca", "fr-CA Titre CA Seul Hi Salut -"), ("default", "fr-BE", "fr Titre Seul Hi Salut -"),
            ("default", "de-AT", "de Titel Only Hi Bye -"), ("default", "pt", "pt Title Only Hi Tchau -"),
            ("default", "it", "en Title Only Hi Bye -"), ("haus", nil, "de Titel Only Hi Bye -"),
            ("haus", "it", "it Titel Only Hi Bye Ciao"), ("haus", "nl", "de Titel Only Hi Bye -"),
            ("haus", "en", "en Title Only Hi Bye -"), ("haus", "pt-BR", "pt Titel Only Hi Tchau -"),
        ] as [(String, String?, String)]
    )
    func filesFallBackByLocale(_ brand: String, _ locale: String?, _ expected: String) throws {
        let library = try TemplateFolderFixture(Self.files).library()
        #expect(library.faults == [])
        let template = try #require(library.template("t", brand: brand, locale: locale))
        #expect(try template.renderSample().html == expected)
        let again = try #require(TemplateBundle(json: template.sources.json)).compile()
        #expect(try again.renderSample() == template.renderSample())
    }

    @Test func localesOfATemplateAreListed() throws {
        let library = try TemplateFolderFixture(Self.files).library()
        #expect(library.snapshot.locales(of: "t") == ["de", "en", "fr", "fr-CA", "it", "pt"])
        #expect(library.snapshot.locales(of: "nobody") == [])
    }

    @Test func missingWordingIsListed() throws {
        let library = try TemplateFolderFixture(Self.files).library()
        let missing = { (brand: String, locale: String) in
            library.template("t", brand: brand, locale: locale)?.missingStrings
        }
        #expect(missing("default", "fr") == ["hi"])
        #expect(missing("default", "de") == ["bye", "hi", "only"])
        #expect(missing("default", "en") == [] && missing("haus", "en") == [])
        #expect(
            library.snapshot.missingLocales.map(\.description) == [
                "t/template.pt.yaml: there is no such file, so another language has `hi`, `only`, `title`",
                "t/template.it.yaml: there is no such file, so another language has `bye`, `hi`, `only`, `title`",
            ]
        )
    }

    @Test func unusedNamesAreListedWithTheirFields() throws {
        let manifest = """
            subject: S
            variables:
              used: string
              unused: string
              items: { type: list, of: { title: string, price: money } }
              shop: { type: object, fields: { site: url } }
            """
        let files = [
            "t/template.yaml": manifest, "t/body.html": "{{#items}}{{title}}{{/items}}", "t/body.fr.html": "{{used}}",
        ]
        let unused = try TemplateFolderFixture(files).library().snapshot.unusedVariables
        #expect(
            unused.map { "\($0.line) \($0.message)" } == [
                "4 `unused` is declared and not used", "5 `items.price` is declared and not used",
                "6 `shop` is declared and not used",
            ]
        )
    }
}
