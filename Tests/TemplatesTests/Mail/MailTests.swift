// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import JSON
import Testing

@testable import Templates

@Suite struct MailTests {
    private static let layout = """
        <title>{{subject}}</title><div style="display:none">{{$preheader}}{{/preheader}}</div>
        {{$body}}
        {{/body}}
        <p>{{brand.name}}</p>
        """

    @Test func bodyFillsTheLayoutAndItsBlocks() throws {
        let body = "{{$preheader}}Pre{{/preheader}}\n<h1>Hi {{x}}</h1>\n{{<button}}{{$url}}{{u}}{{/url}}{{/button}}\n"
        let files = [
            "layouts/base.html": Self.layout,
            "partials/button.html": "<a href=\"{{$url}}{{/url}}\">{{$label}}Open{{/label}}</a>\n",
        ]
        let mail = try MailFixture.bundle(body, files: files).compile().render(["x": "A&B", "u": "https://a.b/"])
        #expect(
            mail.html == """
                <title>S A&amp;B</title><div style="display:none">Pre</div>
                <h1>Hi A&amp;B</h1>
                <a href="https://a.b/">Open</a>
                <p>Westside &amp; Co</p>
                """
        )
        #expect(mail.subject == "S A&B")
        #expect(mail.text == "Hi A&B\n\nOpen (https://a.b/)\n\nWestside & Co\n")
    }

    @Test func unknownBlockOfTheBodyIsAFault() {
        let bundle = MailFixture.bundle("{{$preheder}}x{{/preheder}}", files: ["layouts/base.html": Self.layout])
        let error = #expect(throws: TemplateError.self) { try bundle.compile() }
        #expect(error?.message.contains("preheader") == true)
    }

    @Test func handwrittenTextIsNotEscaped() throws {
        let mail = try MailFixture.bundle("<p>x", files: ["t/body.txt": "{{x}}\n"]).compile().render(["x": "<&>"])
        #expect(mail.text == "<&>\n")
    }

    @Test func bundleGivesTheSameMailAgain() throws {
        let template = try MailFixture.bundle("<p>{{x}}{{brand.logo.alt}}</p>").compile()
        let bundle = try #require(TemplateBundle(json: template.sources.json))
        #expect(bundle.json.encoded() == template.sources.json.encoded())
        #expect(try bundle.compile().render(["x": "a"]) == template.render(["x": "a"]))
    }

    @Test func fileThatIsNotUTF8IsRefusedAtItsPlace() {
        var files = MailFixture.bundle("").files
        files["t/body.html"] = Array("a\nbc".utf8) + [0xFF, 0x41]
        let bundle = TemplateBundle(template: "t", brand: "default", locale: nil, files: files)
        let error = #expect(throws: TemplateError.self) { try bundle.compile() }
        #expect(error?.line == 2)
    }

    @Test(arguments: [
        ("<h1>A</h1><p>b &amp; c<br>d</p>", "A\n\nb & c\nd\n"), ("<ul><li>a<li>b</ul>", "- a\n- b\n"),
        ("<a href='https://a.b/?x&amp;y'>l</a>", "l (https://a.b/?x&y)\n"),
        ("<a href='https://a.b'>https://a.b</a>", "https://a.b\n"),
        ("<style>x{}</style><script>y</script>a<!-- z -->", "a\n"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc\n"),
        ("<div style='display: none'>x<div>y</div></div>z", "z\n"), ("", ""), ("a <", "a\n"),
    ])
    func textIsMadeFromHTML(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test func linkIsShownWithItsAddressAlsoInASection() throws {
        let template = try MailFixture.bundle("<p>{{#u}}<a href=\"{{u}}?a={{x}}\">Open</a>{{/u}}</p>").compile()
        #expect(try template.render(["u": "https://a.b/", "x": "1"]).text == "Open (https://a.b/?a=1)\n")
        #expect(try template.render(["x": "1"]).text == "")
    }

    @Test(arguments: ["<a href=", "<a>", "<style>", "<!--", "&#", "<p ", "<div style='display:none'>", "="])
    func longHostileHTMLIsReadInOnePass(_ part: String) {
        #expect(HTMLText.text(fromHTML: String(repeating: part, count: 20_000)).utf8.count < 200_000)
    }

    @Test func randomMarkupIsReadWithoutHarm() {
        var random = SeededGenerator(seed: 3)
        let parts = [
            "<", ">", "</", "a", " ", "=", "\"", "'", "<!--", "-->", "href", "style", "<p", "<style>", "[if", "&#x",
            ";", "{{x}}", "{{#x}}", "{{/x}}",
        ]
        for _ in 0..<400 {
            let html = (0..<Int.random(in: 1...24, using: &random)).map { _ in parts.randomElement(using: &random) ?? ""
            }.joined()
            _ = HTMLText.text(fromHTML: html)
            // Refused or rendered, both are valid.
            _ = try? MailFixture.bundle(html).compile().render(["x": .string(html)])
        }
    }
}
