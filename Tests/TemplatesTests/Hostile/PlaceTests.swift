// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct PlaceTests {
    @Test(arguments: [
        // Unquoted attributes: an empty value is written as `""`, after which any text is a new attribute.
        "<p title={{x}}{{x}}>", "<p title={{x}}a>", "<p title={{x}}/>",
        // The other end of a conditional comment, which all clients except Outlook see.
        "<!--[if mso]><p title={{x}}><![endif]-->", "<!--[if mso]>{{x}}><![endif]-->", "<!--[if mso]>a-->",
        "<!--[if mso]><p title=\"-->\"><![endif]-->", "<!--[if mso]><p>",
        "<!--[if mso]><style>a{{x}}>b{}</style><![endif]-->", "<!--[if mso]>{{#l}}>{{.}}{{/l}}<![endif]-->",
        // Hosts that a section may leave out, so that the next value would be the host.
        "<a href=\"https://{{#x}}a.b{{/x}}/{{x}}\">", "<a href=\"https://{{#x}}a.b/{{/x}}/{{x}}\">",
        "<a href=\"{{#x}}/{{/x}}/{{x}}\">", "<a href=\"/{{#x}}a{{/x}}/{{x}}\">",
        "<a href=\"https://{{#x}}a.b{{/x}}{{^x}}/{{/x}}/{{x}}\">", "<a href=\"{{#x}}https://a.b{{/x}}//{{x}}\">",
        // Comments that an empty value would close.
        "<!--{{x}}>", "<!---{{x}}->", "<!-- --{{x}}>", "<!-- -{{x}}->", "<!-- --{{#x}}a{{/x}}> -->", "<!--[i{{x}}f]>",
        // A comment end that old parsers do not recognize.
        "<!-- a --!><a onclick={{x}}>",
        // Elements whose text is not markup.
        "<title><{{x}}title></title>", "<title></{{x}}></title>", "<title>{{#x}}<{{/x}}/title>",
        "<style><{{x}}style></style>", "<script><!--<script></script>{{x}}</script>", "<noscript>a</noscript>",
        "<template>a</template>", "<xmp>a</xmp>", "<plaintext>", "<textarea>a", "<style>a{}",
        // Foreign content has its own rules for <style>, <title> and CDATA.
        "<svg>{{x}}</svg>", "<svg><title>a</title></svg>", "<svg><style>a</style></svg>", "<svg><![CDATA[>]]></svg>",
        "<svg><a xlink:href=\"{{x}}\">b</a></svg>", "<math>{{x}}</math>", "{{#x}}<svg>{{/x}}",
        // Attributes that load, run or redirect.
        "<meta http-equiv=\"refresh\" content=\"{{x}}\">", "<meta content=\"{{x}}\" http-equiv=refresh>",
        "<meta charset=\"{{x}}\">", "<base href=\"{{u}}\">", "<link rel=stylesheet href=\"{{u}}\">",
        "<iframe src=\"{{u}}\"></iframe>", "<object data=\"{{u}}\">", "<embed src=\"{{u}}\">", "<a ping=\"{{u}}\">",
        "<iframe srcdoc=\"{{x}}\"></iframe>", "<p ONCLICK='{{x}}'>", "<form accept-charset=\"{{x}}\">",
        // URLs.
        "<a href=\"JavaScript:{{x}}\">", "<a href=\"java&#115;cript:{{x}}\">", "<a href=\"&#x6A;avascript:{{x}}\">",
        "<a href=\"javascript&colon;{{x}}\">", "<a href=\"javascript&#58{{x}}\">", "<a href=\"java\tscript:{{x}}\">",
        "<a href=\"data:text/html,{{x}}\">", "<a href=\"{{x}}:{{x}}\">", "<a href=\"java{{x}}:a\">",
        "<a href=\"{{#x}}java{{/x}}script:a\">", "<a href=\"&{{x}}\">",
        "<a href=\"https://{{x}}/\">", "<a href=\"https://a.b{{x}}\">", "<a href=\"//{{x}}\">",
        "<a href=\"{{u}}{{x}}\">",
        "<a href=\"/\\{{x}}\">", "<a href=\"https:{{x}}\">", "<a href=\"/{{x}}/{{x}}\">",
        "<a href=\"{{#x}}https://{{/x}}{{x}}\">", "<a href=\"{{#l}}{{.}}{{/l}}\">",
        // CSS.
        "<p style=\"a:{{x}}(1)\">", "<p style=\"a:ur\\l({{x}})\">", "<p style=\"a:/{{x}}\">",
        "<style>a{b:{{x}}* 2}</style>", "<style>@import \"{{x}}\";</style>", "<style>@import url({{u}});</style>",
        "<style>a{b:image-set(\"{{x}}\" 1x)}</style>", "<p style=\"a:expression({{x}})\">",
        "<style>a{b:\"\\{{x}}\"}</style>", "<style>a{b:\"\n{{x}}\"}</style>", "<p style=\"a:&quot{{x}}\">",
        "<p style=\"a:&unknown;{{x}}\">", "<p style=\"a:u{{#x}}r{{/x}}l({{x}})\">",
    ])
    func placeThatNoValueIsSafeInIsRefused(_ body: String) {
        let error = #expect(throws: TemplateError.self, "\(body)") { try MailFixture.bundle("\n\(body)").compile() }
        #expect(error?.file == "t/body.html" && error?.line ?? 0 >= 2)
        #expect(error?.excerpt?.hasSuffix("^") == true)
    }

    @Test(arguments: [
        (
            "<a href=\"https://{{#x}}a.b{{/x}}{{^x}}c.d{{/x}}/{{x}}\">", "/e", "<a href=\"https://a.b//e\">"
        ),
        ("<a href=\"{{#x}}https://a.b{{/x}}/{{x}}\">", "e", "<a href=\"https://a.b/e\">"),
        ("<p title=\"{{x}}\">", "`", "<p title=\"&#96;\">"),
        ("<p title=a{{x}}{{x}}>", "", "<p title=a>"), ("<p title=a{{x}}>", "> ", "<p title=a&#62;&#32;>"),
        ("<!-- {{#x}}a{{/x}}{{x}} -->", "--!>", "<!-- a&#45;&#45;&#33;&gt; -->"),
        (
            "<!--[if mso]><p title=\"{{x}}\">{{x}} ><![endif]-->", "-->",
            "<!--[if mso]><p title=\"--&gt;\">--&gt; ><![endif]-->"
        ),
        ("<!-- a --!>{{x}}", "b", "<!-- a --!>b"),
        ("<a href=\"https://a.b/?a=1&amp;b={{x}}&c={{x}}\">", "&", "<a href=\"https://a.b/?a=1&amp;b=%26&c=%26\">"),
        ("<a href=\"{{x}}/{{x}}\">", "https://a.b", "<a href=\"https://a.b/https%3A%2F%2Fa.b\">"),
        ("<a href=\"{{x}}?q={{x}}\">", "https://a.b", "<a href=\"https://a.b?q=https%3A%2F%2Fa.b\">"),
        ("<a href=\"/{{x}}\">", "/a.b", "<a href=\"/%2Fa.b\">"),
        ("<p style=\"a:&quot;{{x}}&quot;\">", "';b", "<p style=\"a:&quot;\\27 \\3b b&quot;\">"),
        ("<p style=\"a:calc({{x}} * 2)\">", "1px", "<p style=\"a:calc(1px * 2)\">"),
        ("<p style=\"a:url(https://a.b/{{x}})\">", ")'", "<p style=\"a:url(https://a.b/%29%27)\">"),
        ("<svg></svg>{{x}}", "a", "<svg></svg>a"),
        ("<meta name=a content=\"{{x}}\">", "a", "<meta name=a content=\"a\">"),
        ("<p>{{#l}}{{.}}, {{/l}}</p>", "<", "<p>&lt;, &lt;, </p>"),
        ("<a href=\"https://a.b/?{{#l}}a={{.}}&{{/l}}\">", "&", "<a href=\"https://a.b/?a=%26&a=%26&\">"),
    ])
    func valueKeepsToItsPlace(_ body: String, _ value: String, _ expected: String) throws {
        let item = JSON.string(value)
        #expect(try MailFixture.html(body, ["x": item, "l": [item, item]]) == expected)
    }

    @Test(arguments: [
        "javascript:a", "JAVASCRIPT:a", "java\tscript:a", "java\r\nscript:a", "\u{1}javascript:a", "\u{0}javascript:a",
        "\u{FEFF}javascript:a", "data:text/html,a", "vbscript:a", "file:///a", "blob:a", "view-source:a", "://a",
    ])
    func schemeThatIsNotAllowedIsRefused(_ value: String) throws {
        for body in ["<a href=\"{{x}}\">", "<img src='{{x}}'>", "<a href={{x}}>", "<style>a{b:url({{x}})}</style>"] {
            let template = try MailFixture.bundle(body).compile()
            #expect(throws: TemplateError.self) { try template.render(["x": .string(value)]) }
        }
    }

    @Test func doubtfulLinksStayRelative() throws {
        for value in ["javascript&colon;alert(1)", "/\t/b.example", "%6Aavascript:a", "&#106;avascript"] {
            let brand = MailFixture.brand.replacing("link_hosts: []", with: "link_hosts: [a.example]")
            let files = ["brands/default/brand.yaml": brand]
            let template = try MailFixture.bundle("<a href=\"{{x}}\">", files: files).compile()
            // Either it is refused, or no parser finds a scheme or a host in it.
            let html = (try? template.render(["x": .string(value)]))?.html ?? ""
            #expect(!html.contains("javascript:") && !html.contains("//") && !html.contains("&#"))
        }
    }

    @Test(arguments: [
        "{{#x}}<b title=\"{{/x}}", "{{^x}}<!--{{/x}}", "{{#l}}<style>{{/l}}", "{{#l}}<p {{/l}}",
        "<p {{#x}}a=\"{{/x}}b\">",
        "<p title={{#x}}{{x}}{{/x}}>", "{{#x}}<!--[if mso]>{{/x}}", "{{>p}}", "{{>q}}\">",
    ])
    func sectionsAndPartialsLeaveThePlaceAsTheyFoundIt(_ body: String) {
        let files = ["partials/p.html": "<p title=\"", "partials/q.html": "<!-- "]
        #expect(throws: TemplateError.self) { try MailFixture.bundle(body, files: files).compile() }
    }

    @Test(arguments: [
        "a\r\nBcc: b", "a\rb", "a\u{0}b", "a\u{2028}b", "a\u{2029}b", "a\u{85}b", "a\u{202E}b", "a\u{2066}b",
    ])
    func subjectHoldsNoControls(_ value: String) throws {
        let subject = try MailFixture.bundle("b").compile().render(["x": .string(value)]).subject
        #expect(!subject.unicodeScalars.contains { $0.isControl || $0.breaksLine || $0.overridesDirection })
        #expect(subject.hasPrefix("S a ") && subject.hasSuffix("b"))
    }
}
