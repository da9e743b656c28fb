// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import Testing

@testable import Templates

@Suite struct StyleInlinerTests {
    private static func html(_ body: String, _ data: JSON = ["x": "X"]) throws -> String {
        try MailFixture.bundle(body).compile().render(data).html ?? ""
    }

    private static func expectFault(in body: String, _ line: Int, _ column: Int, _ words: String) {
        let error = #expect(throws: TemplateError.self) { try html(body) }
        #expect(error?.file == "t/body.html" && error?.line == line && error?.column == column)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        ("<style>p{color:red}</style><p>a</p>", "<p style=\"color:red\">a</p>"),
        ("<style type=\"text/css\">P { Color : Red ; }</style><p>a</p>", "<p style=\"color:Red\">a</p>"),
        ("<style>.a{color:red}#b{margin:0}</style><p class=\"a\" id='b'>", "<p style=\"color:red;margin:0\" id='b'>"),
        ("<style>.a{color:red}</style><p class=\"a b\">", "<p style=\"color:red\">"),
        ("<style>i{margin:0}</style><td align=\"left\"class=\"x\" width=\"5\">", "<td align=\"left\" width=\"5\">"),
        ("<style>i{margin:0}</style><td class=\"x\"align=left>", "<td align=left>"),
        ("<style>td{margin:0}</style><td class=\"x\"align=left>", "<td style=\"margin:0\" align=left>"),
        ("<style>*{margin:0}</style><br><p>", "<br><p style=\"margin:0\">"),
        ("<style>p.a.b{margin:0}</style><p class='a'></p><p class='b a'>", "<p></p><p style=\"margin:0\">"),
        ("<style>ul li{margin:0}</style><ul><b><li>a</b></ul><li>", "<ul><b><li style=\"margin:0\">a</b></ul><li>"),
        (
            "<style>ul>li{margin:0}</style><ul><b><li></b></ul><ul><li>",
            "<ul><b><li></b></ul><ul><li style=\"margin:0\">"
        ),
        (
            "<style>.a .b .c{margin:0}</style><p class=a><i class=a><b class=b><u class=c>",
            "<p class=a><i class=a><b class=b><u style=\"margin:0\" class=c>"
        ),
        ("<style>a,b{margin:0}</style><a><b>", "<a style=\"margin:0\"><b style=\"margin:0\">"),
        ("<p>a</p><style>p{margin:0}</style>", "<p style=\"margin:0\">a</p>"),
        ("<style>/* c */p{/* d */margin:/* e */0;/* f */}</style><p>", "<p style=\"margin:0\">"),
        ("<style>p{font:1px\n  \"A B\",  'C'}</style><p>", "<p style=\"font:1px 'A B', 'C'\">"),
        ("<style>p{font:'A B'}</style><p style='margin:0'>", "<p style='font:\"A B\";margin:0'>"),
        ("<style>p{background:url(https://a.b/?c&d)}</style><p>", "<p style=\"background:url(https://a.b/?c&amp;d)\">"),
        ("<style>p{margin:0}</style><br/><img alt='>' /><p/>", "<br/><img alt='>' /><p style=\"margin:0\"/>"),
        (
            "<style>td{margin:0}</style><!--[if mso]><td><![endif]--><td>",
            "<!--[if mso]><td style=\"margin:0\"><![endif]--><td style=\"margin:0\">"
        ),
        ("<style>td p{margin:0}</style><!--[if mso]><td><![endif]--><p>", "<!--[if mso]><td><![endif]--><p>"),
        ("<style><!-- p{margin:0} --></style><p>", "<p style=\"margin:0\">"),
    ])
    func rulesBecomeStyles(_ body: String, _ expected: String) throws {
        #expect(try Self.html(body) == expected)
    }

    @Test(arguments: [
        ("p{color:a}p{color:b}", "<p>", "<p style=\"color:b\">"),
        (".a{color:a}p{color:b}", "<p class='a'>", "<p style=\"color:a\">"),
        ("#i{color:a}.a.a.a{color:b}", "<p id='i' class='a'>", "<p style=\"color:a\" id='i'>"),
        ("p b{color:a}b{color:b}", "<p><b>", "<p><b style=\"color:a\">"),
        ("p{color:a!important}.a{color:b}", "<p class='a'>", "<p style=\"color:a\">"),
        ("p{color:a ! IMPORTANT}.a{color:b!important}", "<p class='a'>", "<p style=\"color:b\">"),
        ("p{color:a}", "<p style='color:b'>", "<p style='color:b'>"),
        ("p{color:a;margin:0}", "<p style=\"color:b\">", "<p style=\"margin:0;color:b\">"),
        ("p{color:a!important}", "<p style=\"color:b;\">", "<p style=\"color:b;color:a\">"),
        ("p{color:a!important}", "<p style=\"color:b\">", "<p style=\"color:b;color:a\">"),
        ("p{color:a!important}", "<p style=\"color:b!important\">", "<p style=\"color:b!important\">"),
        ("p{margin:0;padding:1px!important}", "<p style=\"\">", "<p style=\"margin:0;padding:1px\">"),
        ("p{padding-left:1px}.a{padding:2px}", "<p class='a'>", "<p style=\"padding-left:1px;padding:2px\">"),
        (
            "p{padding:1px}.a{padding-left:2px}.b{padding:3px}", "<p class='a b'>",
            "<p style=\"padding-left:2px;padding:3px\">"
        ),
        ("p{color:red;color:rgba(1,2,3,4)}", "<p>", "<p style=\"color:red;color:rgba(1,2,3,4)\">"),
        (".a,p{color:a}.a{color:b}", "<p class='a'>", "<p style=\"color:b\">"),
    ])
    func strongerDeclarationWins(_ css: String, _ tag: String, _ expected: String) throws {
        #expect(try Self.html("<style>\(css)</style>\(tag)") == expected)
    }

    @Test(arguments: [
        "@media (max-width:600px){.a{color:red}}", "@font-face{font-family:x}", "@supports (a:b){p{c:d}}",
        "p:hover{color:red}", "p::after{content:'}'}", "p[title]{color:red}", "p+p{color:red}", "p~p{color:red}",
        ":root{color-scheme:light dark}", "@import url(a.css);", "p{a{color:red}}",
        "p{color:{{#x}}red{{/x}}}", "{{#x}}p{color:red}{{/x}}",
    ])
    func whatCannotBeInlinedStays(_ css: String) throws {
        let expected = css.replacing("{{#x}}", with: "").replacing("{{/x}}", with: "")
        #expect(try Self.html("<style>\(css)</style><p>") == "<style>\(expected)</style><p>")
    }

    @Test(arguments: [
        ("<style>a,p:hover{color:red}</style><a>", "<style>p:hover{color:red}</style><a style=\"color:red\">"),
        (
            "<style>\n  p { margin:0 }\n  @media x {\n    p { margin:1px }\n  }\n  i { margin:0 }\n</style><p>",
            "<style>@media x {\np { margin:1px }\n}</style><p style=\"margin:0\">"
        ),
        (
            "<style>p{margin:0}</style>\n<style>p:hover{a:b}</style><p>",
            "\n<style>p:hover{a:b}</style><p style=\"margin:0\">"
        ),
        ("<style media=\"print\">p{margin:0}</style><p>", "<style media=\"print\">p{margin:0}</style><p>"),
        (
            "<!--[if mso]><style>p{margin:0}</style><![endif]--><p>",
            "<!--[if mso]><style>p{margin:0}</style><![endif]--><p>"
        ),
        ("{{#x}}<style>p{margin:0}</style>{{/x}}<p>", "<style>p{margin:0}</style><p>"),
        (
            "<style>.a{margin:0}@media x{.b{c:d}}</style><p class=\"a b\">",
            "<style>@media x{.b{c:d}}</style><p style=\"margin:0\" class=\"b\">"
        ),
        (
            "<style>div p{margin:0}.z p{margin:1px}</style><div>{{{h}}}</div>",
            "<style>div p{margin:0}</style><div></div>"
        ),
    ])
    func styleKeepsOnlyWhatItMust(_ body: String, _ expected: String) throws {
        #expect(try Self.html(body) == expected)
    }

    @Test(arguments: [
        ("<style>p{color:{{x}}}</style><p>", "#123", "<p style=\"color:#123\">"),
        ("<style>p{font-family:{{x}}}</style><p>", "\"A B\"", "<p style=\"font-family:&quot;A B&quot;\">"),
        ("<style>p{font-family:\"{{x}}\"}</style><p>", "a'b\"c", "<p style=\"font-family:'a\\27 b\\22 c'\">"),
        (
            "<style>p{background:url({{x}})}</style><p>", "https://a.b/(",
            "<p style=\"background:url(https://a.b/%28)\">"
        ),
        ("<style>p{color:{{x}}}</style>{{#x}}<p>{{/x}}", "red", "<p style=\"color:red\">"),
        ("<style>p{color:{{brand.colours.light.primary}}}</style><p>", "", "<p style=\"color:#2f51c4\">"),
        (
            "<style>p{font-family:{{brand.font}}}</style><p>", "",
            "<p style=\"font-family:Arial, &#39;Segoe UI&#39;, sans-serif\">"
        ),
        (
            "<style>p{color:red}</style>{{#l}}<p title=\"{{.}}\">{{/l}}", "",
            "<p style=\"color:red\" title=\"1\"><p style=\"color:red\" title=\"2\">"
        ),
        ("<style>p{margin:0}</style><p style=\"{{#x}}color:{{x}}{{/x}}\">", "red", "<p style=\"margin:0;color:red\">"),
        ("<style>p{margin:0}</style><p{{#x}} title=\"{{x}}\"{{/x}}>", "a", "<p style=\"margin:0\" title=\"a\">"),
        ("<style>p{margin:0!important}</style><p style=\"color:{{x}}\">", "red", "<p style=\"color:red;margin:0\">"),
        ("<style>.ltr{margin:0}</style><p class=\"{{direction}}\">", "", "<p style=\"margin:0\" class=\"ltr\">"),
        ("<style>.a{margin:0}</style><p class=\"b-{{x}}\">", "c", "<p class=\"b-c\">"),
        (
            "<style>.a{color:red}.b:hover{margin:0}</style>{{#x}}<p class=\"a\">{{/x}}{{^x}}<b class=\"a\">{{/x}}", "",
            "<style>.b:hover{margin:0}</style><b style=\"color:red\">"
        ),
    ])
    func valuesAreEscapedWhereTheyArrive(_ body: String, _ value: String, _ expected: String) throws {
        #expect(try Self.html(body, ["x": .string(value), "l": ["1", "2"]]) == expected)
    }

    @Test(arguments: [
        ("<style>p{color:{{x}}}</style><p>", "red;background:url(x)"), ("<style>p{color:{{x}}}</style><p>", "\"><b>"),
        ("<style>p{a:url({{x}})}</style><p>", "javascript:x"), ("<style>b{color:{{x}}}</style><p>", "</style>"),
    ])
    func valueThatWouldLeaveItsPlaceIsRefused(_ body: String, _ value: String) throws {
        #expect(throws: TemplateError.self) { try Self.html(body, ["x": .string(value)]) }
    }

    @Test(arguments: [
        ("p{color:red", 1, 9, "`{` is not closed"), ("}", 1, 8, "closes nothing"),
        ("p{color red}", 1, 10, "expected `:`"),
        ("p{color:}", 1, 10, "no value"), ("p", 1, 8, "expected `{`"), ("p,,b{a:b}", 1, 10, "selector is missing"),
        ("{a:b}", 1, 8, "selector is missing"), ("p{a:'b}", 1, 12, "quote"), ("/* p{a:b}", 1, 8, "`*/`"),
        ("p{}\n p{a$:b}", 2, 4, "no property"), ("@media x", 1, 8, "not finished"),
        ("p{a:b}\n\n/* {{x}} */", 3, 4, "comment"),
        ("p{a:rgb(1}", 1, 10, "not closed"), ("@media x { p{a:b}", 1, 17, "not closed"),
    ])
    func faultInCSSHasItsPlace(_ css: String, _ line: Int, _ column: Int, _ words: String) {
        Self.expectFault(in: "<style>\(css)</style><p>", line, column, words)
    }

    @Test(arguments: [
        ("<style>.a{b:c}</style><p class=\"{{x}}\">", 33, "`.a`"),
        ("<style>.a-b{b:c}</style><p class=\"a-{{x}}\">", 35, "`.a-b`"),
        ("<style>.a{b:c}</style><p class=\"z {{#x}}a{{/x}}\">", 33, "`.a`"),
        ("<style>.a{b:c}</style><p {{#x}}class=\"a\"{{/x}}>", 39, "`.a`"),
        ("<style>#a{b:c}</style><p id=\"{{x}}\">", 30, "`#a`"),
        ("<style>p{b:c}</style><p {{#x}}style=\"d:e\"{{/x}}>", 38, "section"),
        ("<style>p{b:c}</style><p style=d:e>", 31, "quotes"),
        ("<style>p{b:\"'{{x}}\"}</style><p>", 10, "quotes"),
    ])
    func whatCannotBeKnownIsAFaultWithItsPlace(_ body: String, _ column: Int, _ words: String) {
        Self.expectFault(in: body, 1, column, words)
    }

    @Test func layoutAndPartialsShareOneSheet() throws {
        let files = [
            "layouts/base.html": "<style>.b{color:{{brand.colours.light.primary}}}</style>\n{{$body}}{{/body}}",
            "partials/b.html": "<a class=\"b\" href=\"{{$u}}{{/u}}\">x</a>",
        ]
        let body = "{{#l}}{{<b}}{{$u}}{{.}}{{/u}}{{/b}}{{/l}}"
        let mail = try MailFixture.bundle(body, files: files).compile().render(["l": ["https://a.b/"]])
        #expect(mail.html == "\n<a style=\"color:#2f51c4\" href=\"https://a.b/\">x</a>")
    }

    @Test func hiddenByARuleIsHiddenInTheTextPart() throws {
        let body = "<style>.p{display:none}</style><div class=\"p\">secret</div><p>shown</p>"
        #expect(try MailFixture.bundle(body).compile().render(nil).text == "shown\n")
    }

    @Test func manyTagsAreLeftAsTheyAreInTime() throws {
        for part in ["<b>", "<b class=\"a\">", "<p><b></p>"] {
            let body = "<style>b b b b i{margin:0}.a .a .a i{margin:0}</style>" + String(repeating: part, count: 20_000)
            #expect(try Self.html(body) == body)
        }
    }

    @Test func sameFilesGiveTheSameBytes() throws {
        let css = (0..<40).map { ".c\($0 % 7){p\($0 % 5):\($0)}" }.joined()
        let tags = (0..<20).map { "<p class=\"c\($0 % 7) c\($0 % 3)\">" }.joined()
        let all = try Set((0..<8).map { _ in try Self.html("<style>\(css)</style>\(tags)") })
        #expect(all.count == 1)
    }

    /// Counts tags and attribute names with independent rules, so that the compiler does not check itself.
    @Test func hostileValuesAddNoTagAndNoAttribute() throws {
        let body = """
            <style>p{color:{{x}};font-family:"{{x}}";background:url({{x}})}i{content:'{{x}}'}</style><p>a</p>
            <p style='margin:0'>b</p><p style="font-family:'{{x}}'">c</p>{{#l}}<i style="">d</i>{{/l}}
            """
        let template = try MailFixture.bundle(body).compile()
        let expected = MarkupCount(try template.render(["x": "a", "l": ["a"]]).html ?? "")
        var random = SeededGenerator(seed: 7)
        let parts = [
            "<", ">", "\"", "'", "`", "=", " ", "/", ";", ":", "}", "{", "\\", "\n", "&quot;", "a", "url(", ")",
        ]
        var rendered = 0
        for _ in 0..<400 {
            let count = Int.random(in: 0...5, using: &random)
            let value = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            // A refused value is as good as a harmless one.
            guard let html = try? template.render(["x": .string(value), "l": ["a"]]).html else { continue }
            rendered += 1
            #expect(MarkupCount(html) == expected, "\(value.debugDescription)")
        }
        #expect(rendered > 20)
    }
}
