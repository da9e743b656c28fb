// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct LintRuleTests {
    /// The findings of lint for a body, as `file:line:column message`.
    private static func findings(
        _ body: String,
        variables: String = "  x: { type: string }",
        brand: String = MailFixture.brand,
        sample: String = "x: X"
    ) throws -> [LintFinding] {
        let bundle = MailFixture.bundle(
            body,
            files: [
                "brands/default/brand.yaml": brand,
                "t/template.yaml": "subject: 'S {{x}}'\nvariables:\n\(variables)\nsample: { \(sample) }\n",
            ]
        )
        let subject = try #require(LintSubject(bundle.compile()))
        return Lint.templateRules.flatMap { $0(subject) }
    }

    private static func expect(_ findings: [LintFinding], _ line: Int, _ column: Int, _ words: String) {
        #expect(findings.count == 1, "\(findings)")
        let finding = findings.first
        #expect(finding?.line == line && finding?.column == column, "\(findings)")
        #expect(finding?.message.contains(words) == true, "\(findings)")
        #expect(finding?.severity == .warning && finding?.file == "t/body.html", "\(findings)")
    }

    @Test(arguments: [
        ("<div>a", 1, 1, "<div> is never closed"), ("a\n </div>", 2, 2, "</div> closes nothing"),
        ("<p>a</p></p>", 1, 9, "</p> closes nothing"), ("<b><i>a</b>", 1, 4, "<i> is not closed before </b>"),
        ("{{#x}}<b>{{/x}}a", 1, 7, "{{#x}}"), ("<b>{{#x}}a</b>{{/x}}", 1, 11, "closes a <b> that was opened outside"),
        ("{{#x}}<p>{{/x}}a", 1, 7, "<p> is never closed"),
        ("<!--[if mso]><table><![endif]-->a", 1, 14, "<table> is never closed"),
        ("<i>a<!--[if mso]></i><![endif]--></i>", 1, 18, "</i> closes nothing"),
        ("{{#x}}<a>{{/x}}{{^x}}<b>{{/x}}c{{#x}}</a>{{/x}}", 1, 22, "{{^x}}"),
        ("<table><tr><td><table><td>a</tr></table>b</td></tr></table>", 1, 28, "</tr> closes nothing"),
    ])
    func unbalancedTagsHaveTheirPlace(_ body: String, _ line: Int, _ column: Int, _ words: String) throws {
        Self.expect(try Self.findings(body), line, column, words)
    }

    @Test(arguments: [
        "<p>a<p>b", "<ul><li>a<li>b</ul>", "<table><tr><td>a<td>b<tr><td>c</table>", "<br>a<hr><b/>b</b>",
        "{{#x}}<b>{{/x}}a{{#x}}</b>{{/x}}", "{{#x}}<b class=\"a\">{{/x}}{{^x}}<b>{{/x}}a</b>",
        "<!--[if mso]><b><![endif]-->a<!--[if mso]></b><![endif]-->", "<p>a<div>b</div>",
        "<!--[if mso]><o:x/><![endif]-->a", "<dl><dt>a<dd>b</dl>", "<html><head><title>a</title></head><body>b",
    ])
    func balancedTagsAreNotRemarkedUpon(_ body: String) throws {
        #expect(try Self.findings(body) == [])
    }

    @Test(arguments: [
        ("a<img src=\"https://a.b/c\" width=\"9\">", 1, 2, "`alt`"),
        ("a{{#x}}\n<img src=\"https://a.b/c\" alt=\"\">{{/x}}", 2, 1, "`width`"),
        ("a<img src=\"https://a.b/c\" alt=\"\" width=\"auto\">", 1, 2, "`width`"),
        ("<a href=\"http://a.b/\">a</a>", 1, 10, "https"),
        ("a<img src=\"http://a.b/\" alt=\"\" width=\"9\">", 1, 12, "https"),
        ("<p style=\"background-color:#fff;background-image:url('http://a.b/')\">a</p>", 1, 33, "https"),
        ("<b style=\"position:fixed\">a</b>", 1, 11, "`position`"),
        ("<b style=\"color:#000;float:left\">a</b>", 1, 22, "`float`"),
        ("<style>b{display:flex}</style><b>a</b>", 1, 10, "flex"),
        ("<b style=\"display:inline-grid\">a</b>", 1, 11, "grid"),
        ("<style>@import url(https://a.b/c.css);</style>a", 1, 8, "style sheets"),
        ("<link rel=\"stylesheet\" href=\"https://a.b/c\">a", 1, 1, "style sheets"),
        ("<b style=\"background:url(https://a.b/c) no-repeat\">a</b>", 1, 11, "`background`"),
        ("<b style=\"background-image:url(https://a.b/c)\">a</b>", 1, 11, "`background-color`"),
        ("<p style=\"margin:0 -4px\">a</p>", 1, 11, "below 0"),
        ("<p style=\"color:var(--c)\">a</p>", 1, 11, "variables"),
        ("<p style=\"width:calc(100% - 1px)\">a</p>", 1, 11, "calc"), ("<form>a</form>", 1, 1, "form"),
        ("<svg>a</svg>b", 1, 1, "<svg>"), ("<style>@media x{@media y{a{b:c}}}</style>a", 1, 8, "inside of @media"),
        ("<style>p{margin:0}@media print{p{margin:1px}}</style><p>a</p>", 1, 34, "!important"),
    ])
    func whatClientsDoNotShowIsRemarkedUpon(_ body: String, _ line: Int, _ column: Int, _ words: String) throws {
        Self.expect(try Self.findings(body), line, column, words)
    }

    @Test(arguments: [
        "<img alt=\"\" src=\"https://a.b/c\" width=\"9\">a", "<a href=\"mailto:a@b.c\">a</a>",
        "<b style=\"float:none;position:static;background:#fff;margin:0 auto\">a</b>",
        "<b style=\"background-color:#fff;background-image:url(https://a.b/c)\">a</b>",
        "<style>p{margin:0}@media print{p{margin:1px!important}.q{margin:2px}}</style><p>a</p>",
        "<!--[if mso]><b style=\"position:fixed\">a</b><![endif]-->b",
    ])
    func whatClientsShowIsNot(_ body: String) throws {
        #expect(try Self.findings(body) == [])
    }

    @Test(arguments: [
        ("<p style=\"color:#777\">a</p>", 1, 23, "#777777 on #ffffff in light, a contrast of 4.4:1"),
        ("<p style=\"color:#777;background-color:#888\"><b>\na</b></p>", 2, 1, "1.2:1"),
        ("<table><tr><td bgcolor=\"#000000\">a</table>", 1, 34, "#000000 on #000000"),
        (
            "<div style=\"background:#111\"><p style=\"color:rgb(20, 20, 20)\">{{x}}</p></div>", 1, 63,
            "#141414 on #111111"
        ),
        (
            "<style>p{color:#111}@media (prefers-color-scheme: dark){p{background-color:#222!important}}</style><p>a</p>",
            1, 103, "in dark"
        ),
        (
            "<style>p:hover{a:b}.d p{color:white!important}</style><div class=\"d\"><p>{{{h}}}</p></div>", 1, 73,
            "#ffffff on #ffffff"
        ),
    ])
    func faintTextIsRemarkedUpon(_ body: String, _ line: Int, _ column: Int, _ words: String) throws {
        let variables = "  x: { type: string }\n  h: { type: html }"
        let findings = try Self.findings(body, variables: variables, sample: "x: X, h: a")
        Self.expect(findings.filter { $0.message.contains("contrast") }, line, column, words)
    }

    @Test(arguments: [
        "<p style=\"color:#767676\">a</p>", "<p style=\"color:#fff;background-image:url(https://a.b/c)\">a</p>",
        "<p style=\"color:#fff;background:linear-gradient(#000,#111)\">a</p>",
        "<p style=\"color:#fff;display:none\">a</p>", "<p hidden style=\"color:#fff\">a</p>",
        "<p style=\"color:rgba(0,0,0,.2)\">a</p>", "<p style=\"color:#fff\">&nbsp;&zwnj; &#847;</p>",
        "<p style=\"color:#fff;background-color:#000\">a</p>", "<p style=\"color:#fff;font-size:0\">a</p>",
        "<p style=\"color:#fff\"><b style=\"color:#000\">a</b></p>", "<p style=\"color:currentcolor\">a</p>",
        "<style>p{color:#111}@media (prefers-color-scheme: dark){p{color:#eee!important}}</style><p>a</p>",
        "<style>p{color:#111}@media (prefers-color-scheme: dark){p{color:#eee!important;background-color:#111!important}}</style><p>a</p>",
        "<style>p{color:#111}@media print{p{color:#fff!important}}</style><p>a</p>",
        "<body style=\"color:#fff\"><a href=\"https://a.b/\" style=\"color:inherit;background-color:#000\">a</a>",
    ])
    func readableAndUnknownTextIsNot(_ body: String) throws {
        #expect(try Self.findings(body).filter { $0.message.contains("contrast") } == [])
    }

    @Test func faintPairOfTheBrandIsToldAtTheBrand() throws {
        let brand = """
            name: B
            colours:
              light: { text: "#111111", ground: "#ffffff" }
              dark:
                text: "#333333"
                ground: "#222222"
            """
        let body = """
            <style>p{color:{{brand.colours.light.text}}}
            @media (prefers-color-scheme: dark) {
            p { color: {{brand.colours.dark.text}} !important; background-color: {{brand.colours.dark.ground}} !important; }
            }</style><p>a</p><p>b</p>
            """
        let finding = try #require(try Self.findings(body, brand: brand).first)
        #expect(finding.file == "brands/default/brand.yaml" && finding.line == 5)
        #expect(
            finding.message.contains("`text` (#333333) is on `ground` (#222222) with a contrast of 1.2:1 in dark")
        )
    }

    @Test func linksOutsideOfTheHostsAreRemarkedUpon() throws {
        let brand = MailFixture.brand.replacing("link_hosts: []", with: "link_hosts: [westside.example]")
        let body = "<a href=\"https://b.example/\">a</a><a href=\"https://www.westside.example/\">b</a>"
        Self.expect(try Self.findings(body, brand: brand), 1, 10, "leads to b.example")
        #expect(try Self.findings(body) == [])
    }

    @Test func longHTMLAndSheetsAreRemarkedUpon() throws {
        let long = "<p>" + String(repeating: "a ", count: 53_000) + "</p>"
        #expect(try Self.findings(long).map(\.message).contains { $0.contains("103 KB") })
        #expect(try Self.findings(String(long.prefix(104_000)) + "</p>") == [])
        let sheet = "<style>@media x{" + String(repeating: "a{b:c}", count: 1_400) + "}</style>a"
        Self.expect(try Self.findings(sheet), 1, 1, "8,192")
    }

    @Test func emptyTextIsRemarkedUpon() throws {
        let findings = try Self.findings("<img src=\"https://a.b/c\" alt=\"\" width=\"9\">")
        #expect(findings.map(\.message).contains { $0.contains("text part of the sample is empty") })
        #expect(try Self.findings("<img src=\"https://a.b/c\" alt=\"A\" width=\"9\">") == [])
    }

    @Test(arguments: [
        ("strings: { a: A }", "2:", "`b` of `strings` is missing for fr"),
        ("strings: { a: A, b: B, c: C }", "1:24", "`c` is not in"),
        ("strings: { a: A, b: B }", "", "`subject` is missing for fr"), ("subject: S\nstrings: { a: A, b: B }", "", ""),
    ])
    func missingWordingOfALocaleIsRemarkedUpon(_ file: String, _ place: String, _ words: String) {
        let findings = LocaleRule.findings([
            "t/template.yaml": Array("subject: Hello {{x}}\nstrings: { a: A, b: B }".utf8),
            "t/template.fr.yaml": Array(file.utf8),
        ])
        #expect(words.isEmpty ? findings == [] : findings.contains { $0.message.contains(words) }, "\(findings)")
        #expect(findings.allSatisfy { $0.file == "t/template.fr.yaml" && $0.line > 0 })
    }

    @Test func regionTakesWordingFromItsLanguage() {
        let findings = LocaleRule.findings([
            "t/template.yaml": Array("subject: '{{strings.a}}'\nstrings: { a: A, b: B }".utf8),
            "t/template.fr.yaml": Array("strings: { a: A, b: B }".utf8),
            "t/template.fr-CA.yaml": Array("strings: { a: A }".utf8),
        ])
        #expect(findings == [])
    }
}
