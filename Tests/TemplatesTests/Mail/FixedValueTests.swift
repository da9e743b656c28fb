// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct FixedValueTests {
    private static let brand = """
        name: A & B
        locale: de
        logo: { url: "https://a.example/l.png", alt: "L" }
        address: [One, "<Two>"]
        links: { home: "https://a.example/?a=1&b=2", name: "https://a.example/n" }
        colours: { light: { primary: "#123456" } }
        """

    private func html(_ body: String, _ data: JSON = [:], brand: String = Self.brand) throws -> String {
        let files = ["brands/default/brand.yaml": brand]
        return try MailFixture.bundle(body, files: files).compile().render(data).html ?? ""
    }

    @Test(arguments: [
        ("{{brand.name}}", "A &amp; B"),
        ("<a href=\"{{brand.links.home}}\">", "<a href=\"https://a.example/?a=1&amp;b=2\">"),
        ("{{#brand.address_lines}}{{.}};{{/brand.address_lines}}", "One;&lt;Two&gt;;"),
        ("{{#brand.footer}}x{{/brand.footer}}{{^brand.footer}}y{{/brand.footer}}", "y"),
        (
            "{{#brand.logo}}<img src=\"{{url}}\" alt=\"{{alt}}\">{{/brand.logo}}",
            "<img src=\"https://a.example/l.png\" alt=\"L\">"
        ),
        ("{{#brand.links}}{{home}}{{/brand.links}}", "https://a.example/?a=1&amp;b=2"),
        ("{{#brand.links}}{{x}}{{/brand.links}}", "value"), ("{{brand.logo}}", "https://a.example/l.png"),
        ("{{locale}} {{direction}} {{template}}", "de ltr t"),
        ("{{#brand.address_lines}}{{#l}}{{.}}{{x}}{{/l}}{{/brand.address_lines}}", "1value2value1value2value"),
        ("{{#l}}{{#brand.logo}}{{alt}}{{/brand.logo}}{{.}}{{/l}}", "L1L2"),
        ("<p title={{brand.footer}}>", "<p title=\"\">"),
        ("{{#brand.colours.light}}{{primary}}{{/brand.colours.light}}", "#123456"),
    ])
    func brandIsPutIn(_ body: String, _ expected: String) throws {
        #expect(try html(body, ["x": "value", "l": ["1", "2"]]) == expected)
    }

    @Test(arguments: [
        ("a\n{{brand.nmae}}", "did you mean `name`"), ("a\n{{brand.links.nowhere}}", "is not set"),
        ("a\n{{strings.nothing}}", "is not set"), ("a\n{{brand.logo.urll}}", "did you mean `url`"),
        ("a\n{{brand.name.x}}", "has no field"),
        ("a\n<p style=\"color:{{brand.name}}\">", "cannot stand in a style"),
        ("a\n{{#brand.links}}{{nowhere}}{{/brand.links}}", "is not set"),
    ])
    func whatABrandHasNotIsAFaultWithItsLine(_ body: String, _ words: String) {
        let error = #expect(throws: TemplateError.self) { try html(body) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.line == 2 && error?.file == "t/body.html")
    }

    /// A section that one brand always shows must still leave the context unchanged, because another brand may hide it.
    @Test func sectionOfTheBrandKeepsThePlace() {
        #expect(throws: TemplateError.self) { try html("{{#brand.name}}<a title=\"{{/brand.name}}\">") }
    }

    @Test func bundleHoldsWhatItNeedsAndNoMore() throws {
        let files = [
            "brands/default/brand.yaml": Self.brand, "brands/other/brand.yaml": "name: O",
            "partials/used.html": "u", "partials/unused.html": "n", "t/body.fr.html": "fr",
            "t/body.de.html": "{{>used}}",
        ]
        let template = try MailFixture.bundle("x", files: files).compile()
        let paths = template.sources.files.keys.sorted()
        #expect(paths == ["brands/default/brand.yaml", "partials/used.html", "t/body.de.html", "t/template.yaml"])
        let again = try #require(TemplateBundle(json: template.sources.json)).compile()
        #expect(again.sources == template.sources)
        #expect(try again.render([:]) == template.render([:]))
    }
}
