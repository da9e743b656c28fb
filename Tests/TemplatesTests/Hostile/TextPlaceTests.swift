// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

/// Where URLs of a hand-written text part begin and end.
@Suite struct TextPlaceTests {
    private static let variables = """
          x: { type: string }
          u: { type: url }
          n: { type: boolean }
          l: { type: list, of: string }
        """

    private static let brand = """
        name: A
        logo: { url: "https://a.example/l.png", dark_url: "https://a.example/d.png" }
        links: { app: "https://a.example", home: "https://a.example/h" }
        """

    private func template(_ text: String, hosts: String = "") throws -> CompiledTemplate {
        let files = ["brands/default/brand.yaml": Self.brand + hosts, "t/body.txt": text]
        return try MailFixture.bundle("<p>x", variables: Self.variables, files: files).compile()
    }

    private static let data: JSON = ["x": "@v/.w", "u": "https://u.example", "n": true, "l": ["a", "b"]]

    @Test(arguments: [
        ("{{#u}}{{u}}{{/u}}{{^u}}{{brand.links.home}}{{/u}}", "https://u.example"),
        ("{{^u}}{{brand.links.home}}{{/u}}{{#u}}{{u}}{{/u}} {{x}}", "https://u.example @v/.w"),
        ("https://{{#n}}a.b{{/n}}{{^n}}c.d{{/n}}/{{x}}", "https://a.b/@v/.w"),
        ("({{u}}){{x}}", "(https://u.example/)@v/.w"), ("リンク：{{u}}。{{x}}", "リンク：https://u.example/。@v/.w"),
        ("{{u}}, {{x}}", "https://u.example/, @v/.w"), ("{{u}};{{x}}", "https://u.example/;@v/.w"),
        ("{{brand.links.app}}){{x}}", "https://a.example/)@v/.w"), ("{{u}}/p){{x}}", "https://u.example/p)@v/.w"),
        ("{{brand.links.app}}/{{x}}", "https://a.example/%40v%2F.w"),
        ("{{#brand.links}}{{app}}{{/brand.links}}", "https://a.example"),
        (
            "{{brand.links.app}} {{brand.logo}} {{brand.logo.dark_url}}",
            "https://a.example https://a.example/l.png https://a.example/d.png"
        ),
        ("{{#l}}{{.}},{{u}};{{/l}}", "a,https://u.example/;b,https://u.example/;"),
        ("https://a.b/c),{{x}}", "https://a.b/c),@v/.w"),
    ])
    func addressEndsWhereReadersEndIt(_ text: String, _ expected: String) throws {
        #expect(try template(text).render(Self.data).text == expected + "\n")
    }

    @Test(arguments: [
        "{{brand.links.app}}{{x}}", "{{#brand.links}}{{app}}{{x}}{{/brand.links}}", "{{brand.logo}}{{x}}",
        "{{#brand.logo}}{{url}}{{x}}{{/brand.logo}}", "{{brand.logo.dark_url}}.{{x}}", "{{u}}.{{x}}", "{{u}}{{x}}",
        "{{#n}}{{u}}{{/n}}{{^n}}b{{/n}}{{x}}", "{{#n}}{{u}}{{/n}}){{x}}", "https://{{#n}}a.b{{/n}}/{{x}}",
        "https://{{#n}}a.b/{{/n}}/{{x}}",
    ])
    func valueNeverChoosesTheHost(_ text: String) {
        let error = #expect(throws: TemplateError.self) { try template(text) }
        #expect(error?.file == "t/body.txt" && error?.message.contains("(`x`)") == true, "\(error?.message ?? "")")
    }

    @Test func linksOfTheBrandKeepToItsHosts() throws {
        let error = #expect(throws: TemplateError.self) {
            try template("{{brand.links.app}}", hosts: "\nlink_hosts: [b.example]")
        }
        #expect(error?.message.contains("link_hosts") == true)
        #expect(throws: Never.self) { try template("{{brand.links.app}}", hosts: "\nlink_hosts: [a.example]") }
    }
}
