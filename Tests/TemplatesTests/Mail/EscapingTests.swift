// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import Testing

@testable import Templates

@Suite struct EscapingTests {
    @Test(arguments: [
        ("<p>{{x}}</p>", "<b>&'\"", "<p>&lt;b&gt;&amp;&#39;&quot;</p>"),
        ("<title>{{x}}</title>", "</title>", "<title>&lt;/title&gt;</title>"),
        ("<p title='{{x}}'>", "' onclick='", "<p title='&#39; onclick=&#39;'>"),
        ("<p title={{x}}>", "a b", "<p title=a&#32;b>"),
        ("<p title={{x}} id=a>", "", "<p title=\"\" id=a>"),
        ("<a href=\"{{x}}\">", "https://a.b/?q=1&r=ü", "<a href=\"https://a.b/?q=1&amp;r=%C3%BC\">"),
        ("<a href=\"https://a.b/{{x}}?q={{x}}\">", "ä/&b", "<a href=\"https://a.b/%C3%A4/%26b?q=%C3%A4%2F%26b\">"),
        ("<a href='mailto:{{x}}'>", "a@b.c", "<a href='mailto:a@b.c'>"),
        ("<p style=\"color:{{x}}\">", "#fff", "<p style=\"color:#fff\">"),
        ("<p style=\"font-family:{{x}}\">", "'A B', serif", "<p style=\"font-family:&#39;A B&#39;, serif\">"),
        ("<style>a{color:{{x}}}</style>", "rgb(1,2,3)", "<style>a{color:rgb(1,2,3)}</style>"),
        ("<!-- {{x}} -->", "--><b>", "<!-- &#45;&#45;&gt;&lt;b&gt; -->"),
        ("<!--[if mso]><a href=\"{{x}}\"><![endif]-->", "\"", "<!--[if mso]><a href=\"%22\"><![endif]-->"),
        ("{{#x}}<b>{{x}}</b>{{/x}}{{^x}}none{{/x}}", "y", "<b>y</b>"),
        ("<td{{#x}} title=\"{{x}}\"{{/x}}>", "y", "<td title=\"y\">"),
        ("<a href=\"{{#x}}{{x}}{{/x}}{{^x}}https://c.d/{{/x}}\">", "https://a.b/c", "<a href=\"https://a.b/c\">"),
    ])
    func valueIsEscapedForItsPlace(_ body: String, _ value: String, _ expected: String) throws {
        #expect(try MailFixture.html(body, ["x": .string(value)]) == expected)
    }

    @Test(arguments: [
        "<{{x}}>", "<a{{x}}>", "<a {{x}}>", "<a {{x}}=\"\">", "<p onclick=\"{{x}}\">", "<script>{{x}}</script>",
        "<img srcset=\"{{x}}\">", "{{#x}}<a href=\"{{/x}}", "{{#x}}<style>{{/x}}", "<a href=\"javascript:{{x}}\">",
        "{{{x}}}",
        "<p title=\"{{{h}}}\">", "<p title=\"{{x}}", "<p style={{x}}>", "{{>nobody}}", "{{undeclared}}",
        "{{brand.colour}}",
        "{{brand.links.nobody}}", "{{l}}", "{{>*x}}", "<style>/* {{x}} */</style>", "<!{{x}}>",
    ])
    func valueInADangerousPlaceIsRefusedWhenCompiled(_ body: String) {
        let error = #expect(throws: TemplateError.self) { try MailFixture.bundle("\n\(body)").compile() }
        #expect(error?.file == "t/body.html" && error?.line == 2)
    }

    @Test(arguments: [
        ("<a href=\"{{x}}\">", "javascript:alert(1)"), ("<a href=\"{{x}}\">", " JaVaScript:alert(1)"),
        ("<a href=\"{{x}}\">", "java\nscript:alert(1)"), ("<img src=\"{{x}}\">", "data:text/html,x"),
        ("<p style=\"color:{{x}}\">", "red;background:url(x)"), ("<style>{{x}}</style>", "</style>"),
        ("<style>a{b:url({{x}})}</style>", "vbscript:x"),
    ])
    func valueThatCannotStandThereIsRefusedByName(_ body: String, _ value: String) throws {
        let template = try MailFixture.bundle(body).compile()
        let error = #expect(throws: TemplateError.self) { try template.render(["x": .string(value)]) }
        #expect(error?.variable == "x")
        #expect(error?.message.contains(value) == false)
    }

    @Test func subjectIsOneLineWithoutControls() throws {
        let mail = try MailFixture.bundle("b").compile().render(["x": "a\r\nBcc: b\u{85}c\u{202E}<&>"])
        #expect(mail.subject == "S a  Bcc: b c <&>")
    }

    @Test(arguments: [
        ("<p onclick=x>a<script>alert(1)</script></p>", "<p>a</p>"), ("<a href='javascript:x'>l</a>", "<a>l</a>"),
        ("<a href='https://a.b/?x&amp;y'>l</a>", "<a href=\"https://a.b/?x&amp;y\">l</a>"),
        ("<b><i>x</b>", "<b><i>x</i></b>"),
        ("</td><img src=x>a", "a"), ("<p title=\"", ""),
    ])
    func givenHTMLIsCleaned(_ value: String, _ expected: String) throws {
        #expect(try MailFixture.html("<div>{{{h}}}</div>", ["h": .string(value)]) == "<div>\(expected)</div>")
    }

    @Test func linkHostsHold() throws {
        let brand = MailFixture.brand.replacing("link_hosts: []", with: "link_hosts: [a.example]")
        let files = ["brands/default/brand.yaml": brand]
        let template = try MailFixture.bundle("<a href=\"{{x}}\">", files: files).compile()
        #expect(throws: Never.self) { try template.render(["x": "https://www.a.example/"]) }
        for address in ["https://b.example/", "https://a.example@b.example", "//b.example", "https:\\\\b.example"] {
            #expect(throws: TemplateError.self) { try template.render(["x": .string(address)]) }
        }
    }

    /// Counts tags and attribute names with independent rules, so that the compiler does not check itself.
    @Test func hostileValuesAddNoTagAndNoAttribute() throws {
        let body = """
            <title>{{x}}</title><style>a{color:red}b::after{content:"{{x}}"}</style><p title="{{x}}" class='{{x}}' id={{x}}>{{x}}
            <a href="https://a.b/{{x}}?{{x}}#{{x}}">{{#l}}<i title="{{.}}">{{.}}</i>{{/l}}</a><!-- {{x}} --></p>{{{h}}}
            """
        let template = try MailFixture.bundle(body).compile()
        let expected = MarkupCount(try template.render(["x": "a", "h": "a", "l": ["a"]]).html ?? "")
        var random = SeededGenerator(seed: 42)
        let parts = [
            "<", ">", "\"", "'", "`", "=", " ", "/", "--", "-->", "<!--", "</style>", "</title>", "<b x=y>", "onload=",
            "a", "&",
            "&#60;", ";", "\\", "\n", "\u{0}", "ü", "javascript:", "{", "}", "]]>", "<![endif]-->", "\u{2028}", "%",
            "(", ")",
        ]
        for _ in 0..<500 {
            let count = Int.random(in: 0...8, using: &random)
            let value = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let html = try template.render(["x": .string(value), "l": [.string(value)], "h": "a"]).html ?? ""
            #expect(MarkupCount(html) == expected, "\(value.debugDescription)")
        }
    }
}
