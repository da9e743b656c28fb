// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct CleanerTests {
    @Test(arguments: [
        ("3 < 5 <<b>x</b>", "3 &lt; 5 &lt;<b>x</b>"),
        ("<a href=https://a.b/c>l</a>", "<a href=\"https://a.b/c\">l</a>"),
        ("<a title=x href='https://a.b/' href='https://c.d/'>l</a>", "<a href=\"https://c.d/\">l</a>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"), ("<a>b<a>c", "<a>b</a><a>c</a>"), ("</p></div></body>", ""),
        ("<a href=\"java\tscript:x\">l</a>", "<a>l</a>"), ("<a href=\"&#106;avascript:x\">l</a>", "<a>l</a>"),
        ("<a href=\"javascript&colon;x\">l</a>", "<a>l</a>"),
        ("<svg><style><img src=x onerror=a></style></svg>b", "b"),
        ("<math><mtext><table><mglyph><style><!--</style><img title=\"--><img src=1 onerror=a>\">", ""),
        ("<noscript><p title=\"</noscript><img src=x onerror=a>\">b", "&quot;&gt;b"),
        ("<form><math><mtext></form><form><mglyph><style></math><img src onerror=a>", ""),
        ("<title><b></title><i>c</i>", "<i>c</i>"), ("<!--><img src=x>-->d", "--&gt;d"),
        ("<?xml ?><![CDATA[<b>]]>", "]]&gt;"),
        ("<img/src=x/onerror=a>b", "b"), ("<b/onclick=a>c</b>", "<b>c</b>"), ("<b\u{0}>c", "c"),
        ("a\u{0}\u{B}b", "a  b"),
        ("&lt;script&gt;", "&lt;script&gt;"), ("<!--[if mso]><b>a</b><![endif]-->c", "c"),
        ("<SCRIPT>a</SCRIPT >b", "b"),
        ("<a href=/>l</a><a href='\\/'>m</a><a href=/c>n</a>", "<a>l</a><a>m</a><a href=\"/c\">n</a>"),
        ("<!--[if !mso]> --><b>a</b><!-- <![endif]-->", "<b>a</b>"),
    ])
    func keepsNothingButTheSmallList(_ value: String, _ expected: String) throws {
        #expect(try MailFixture.html("<div>{{{h}}}</div>", ["h": .string(value)]) == "<div>\(expected)</div>")
    }

    @Test func linkHostsHoldWithinHTMLToo() throws {
        let brand = MailFixture.brand.replacing("link_hosts: []", with: "link_hosts: [a.example]")
        let template = try MailFixture.bundle("<p>{{{h}}}</p>", files: ["brands/default/brand.yaml": brand]).compile()
        #expect(throws: Never.self) { try template.render(["h": "<a href='https://a.example/'>b</a>"]) }
        let relative: JSON = ["h": "<a href=www.b.example>b</a><a href='#c'>c</a>"]
        #expect(try template.render(relative).html == "<p><a>b</a><a href=\"#c\">c</a></p>")
        let error = #expect(throws: TemplateError.self) { try template.render(["h": "<a href=//b.example>b</a>"]) }
        #expect(error?.variable == "h")
    }
}
