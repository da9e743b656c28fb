// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

/// CSS names and their escapes, the elements that HTML implies, and `!important` against rules that stay.
@Suite struct StyleNameTests {
    private static func html(_ css: String, _ body: String) throws -> String {
        let html = try MailFixture.bundle("<style>\(css)</style>\(body)").compile().render(["x": "X"]).html ?? ""
        return html
    }

    @Test(
        arguments: [
            ("a", "a", ""), ("a b", "a", " b"), ("-a", "-a", ""), ("--", "--", ""), ("-1", nil, "-1"),
            ("1a", nil, "1a"), ("-", nil, "-"),
            ("\\31 a.b", "1a", ".b"), ("\\000031a", "1a", ""), ("\\0000311", "11", ""), ("\\31\r\na", "1a", ""),
            ("\\31  a", "1", " a"),
            ("a\\.b", "a.b", ""), ("a\\:b:c", "a:b", ":c"), ("w-1\\/2", "w-1/2", ""), ("\\0 ", "\u{FFFD}", ""),
            ("\\D800 x", "\u{FFFD}x", ""),
            ("\\110000 x", "\u{FFFD}x", ""), ("a\\\nb", "a", "\\\nb"), ("a\\", "a\u{FFFD}", ""), ("\\é", "é", ""),
            ("é", "é", ""),
            ("\\1F600 ", "😀", ""), ("-\\31 ", "-1", ""), ("", nil, ""), ("\\\n", nil, "\\\n"), ("a\\ b", "a b", ""),
        ] as [(String, String?, String)]
    )
    func namesAreReadByCSSSyntax(_ source: String, _ name: String?, _ rest: String) {
        var bytes = Array(source.utf8)[...]
        #expect(StyleName.read(&bytes) == name)
        #expect(String(decoding: bytes, as: UTF8.self) == rest)
    }

    @Test(arguments: [
        (".w-1\\/2{width:50%}", "<p class=\"w-1/2\">", "<p style=\"width:50%\">"),
        (".a\\.b{color:red}", "<p class='a.b'>", "<p style=\"color:red\">"),
        (".\\31 a{color:red}", "<p class='1a'>", "<p style=\"color:red\">"),
        (".\\31  b{color:red}", "<p class=1><b>", "<p class=1><b style=\"color:red\">"),
        ("#a\\:b{color:red}", "<p id='a:b'>", "<p style=\"color:red\" id='a:b'>"),
        ("\\70{color:red}", "<p>", "<p style=\"color:red\">"),
        (".a\\,b,i{color:red}", "<p class='a,b'>", "<p style=\"color:red\">"),
        (".a\\{b{color:red}", "<p class='a{b'>", "<p style=\"color:red\">"),
        (".a\\>b{color:red}", "<p class='a&gt;b'>", "<p style=\"color:red\">"),
        (".é{color:red}", "<p class='é'>", "<p style=\"color:red\">"),
        ("p{c\\6flor:red}", "<p>", "<p style=\"color:red\">"),
        ("p{content:\"\\29\"}", "<p>", "<p style=\"content:'\\29'\">"),
        ("p{a:url(\"\\29\")}", "<p>", "<p style=\"a:url('\\29')\">"),
        ("p{a:url(x\\)y)}", "<p>", "<p style=\"a:url(x\\)y)\">"),
        ("p{a:x\\\"y}", "<p>", "<p style=\"a:x\\&quot;y\">"), ("p{a:\\31  b}", "<p>", "<p style=\"a:\\31  b\">"),
        ("p{--Ab:c}", "<p>", "<p style=\"--Ab:c\">"),
    ])
    func escapedNamesMeanTheirElements(_ css: String, _ tag: String, _ expected: String) throws {
        #expect(try Self.html(css, tag) == expected)
    }

    @Test(arguments: [
        ("@media x{.sm\\:full{width:1px}}", "<p class=\"sm:full a\">", "<p class=\"sm:full\">"),
        ("@media x{.a\\&b{c:d}}", "<p class=\"a&amp;b c\">", "<p class=\"a&amp;b\">"),
        ("@media x{.a\\\"b{c:d}}", "<p class=\"a&quot;b c\">", "<p class=\"a&quot;b\">"),
        (".\\31 :hover{c:d}", "<p class='1 b'>", "<p class='1'>"),
        ("[ CLASS~=b]{c:d}", "<p class='b'>", "<p class='b'>"),
        ("[*|class]{c:d}", "<p class='b'>", "<p class='b'>"),
        ("{{#x}}.a-{{x}}{c:d}{{/x}}", "<p class='a-X'>", "<p class='a-X'>"),
        (".\\31  b:hover{c:d}", "<p class='1'><b>", "<p class='1'><b>"),
    ])
    func classesOfWhatStaysAreKept(_ css: String, _ tag: String, _ expected: String) throws {
        let html = try Self.html(css, tag)
        let kept = css.replacing("{{#x}}", with: "").replacing("{{/x}}", with: "").replacing("{{x}}", with: "X")
        #expect(html == "<style>\(kept)</style>\(expected)")
    }

    @Test(arguments: [
        ("table>tbody>tr>td{a:b}", "<table><tr><td>", "<table><tr><td style=\"a:b\">"),
        ("table>tr>td{a:b}", "<table><tr><td>", "<table><tr><td>"),
        ("table>td{a:b}", "<table><td>", "<table><td>"), ("tr>td{a:b}", "<table><td>", "<table><td style=\"a:b\">"),
        ("colgroup>col{a:b}", "<table><col>", "<table><col style=\"a:b\">"),
        ("body>p{a:b}", "<p>", "<p style=\"a:b\">"),
        ("html body p{a:b}", "<div><p>", "<div><p style=\"a:b\">"),
        ("ul>li{a:b}", "<ul><li>x<li>y</ul>", "<ul><li style=\"a:b\">x<li style=\"a:b\">y</ul>"),
        ("li li{a:b}", "<ul><li>x<li>y</ul>", "<ul><li>x<li>y</ul>"), ("p p{a:b}", "<p>x<p>y", "<p>x<p>y"),
        ("p div{a:b}", "<p>x<div>y", "<p>x<div>y"),
        ("td td{a:b}", "<table><tr><td>x<td>y</table>", "<table><tr><td>x<td>y</table>"),
        ("dd dt{a:b}", "<dl><dd>x<dt>y</dl>", "<dl><dd>x<dt>y</dl>"),
        ("ul>li{a:b}", "<ul>{{#x}}<li>x{{/x}}<li>y</ul>", "<ul><li style=\"a:b\">x<li style=\"a:b\">y</ul>"),
        (
            "table>tbody>tr{a:b}", "<table>{{#x}}<tr><td>x{{/x}}<tr></table>",
            "<table><tr style=\"a:b\"><td>x<tr style=\"a:b\"></table>"
        ),
    ])
    func elementsThatHTMLImpliesAreThere(_ css: String, _ body: String, _ expected: String) throws {
        #expect(try Self.html(css, body) == expected)
    }

    /// A rule for an element without a tag cannot be inlined.
    @Test(arguments: [
        ("tbody{a:b}", "<table><tr>", "<style>tbody{a:b}</style><table><tr>"),
        ("body{a:b}", "<p>", "<style>body{a:b}</style><p>"),
        ("tr,i{a:b}", "<table><td><i>", "<style>tr{a:b}</style><table><td><i style=\"a:b\">"),
        ("body{a:b}", "<body><p>", "<body style=\"a:b\"><p>"),
        ("tbody{a:b}", "<table><tbody><tr>", "<table><tbody style=\"a:b\"><tr>"),
        ("head{a:b}", "<p>", "<p>"),
    ])
    func ruleForAnImpliedElementStays(_ css: String, _ body: String, _ expected: String) throws {
        #expect(try Self.html(css, body) == expected)
    }

    @Test(arguments: [
        ("p{margin:0!important}@media x{p{margin-left:b!important}}", "<p>", "<p style=\"margin:0\">"),
        ("@media x{p{margin-left:b!important}}p{margin:0!important}", "<p>", "<p style=\"margin:0!important\">"),
        ("#i{c:a!important}p:hover{c:b!important}", "<p id='i'>", "<p style=\"c:a!important\" id='i'>"),
        ("p{c:a!important}p:hover{c:b!important}", "<p>", "<p style=\"c:a\">"),
        (".a{c:a!important}@media x{p{c:b}}", "<p class='a'>", "<p style=\"c:a\">"),
        ("p{c:a!important}@media x{p{d:b!important}}", "<p>", "<p style=\"c:a\">"),
        (".a{c:a!important}@media x{i{c:b!important}}", "<p class='a'>", "<p style=\"c:a\">"),
        (".a{c:a!important}@media x{p::before{c:b!important}}", "<p class='a'>", "<p style=\"c:a\">"),
        (".a{c:a!important}@media x{p{c:b!important}}", "<p class='a' style='c:d'>", "<p style='c:a!important;c:d'>"),
        (
            ".a{c:a!important}@media x{p{c:b!important}}", "<p class='a' style='c:d!important'>",
            "<p style='c:d!important'>"
        ),
        (".a{c:a;d:e!important}@media x{p{d:b!important}}", "<p class='a'>", "<p style=\"c:a;d:e!important\">"),
        // Weaker than some and stronger than others, or unknown: both stay, and the mail client's cascade decides.
        (
            ".a{c:a!important}@media x{p{c:b!important}}@media y{.a{c:d!important}}", "<p class='a'>",
            "<p style=\"c:a\" class='a'>"
        ),
        (".a{c:a!important}@layer y{p{c:d!important}}", "<p class='a'>", "<p style=\"c:a\" class='a'>"),
        (".a{c:a!important}p:is(.b,#c){c:d!important}", "<p class='a'>", "<p style=\"c:a\" class='a'>"),
    ])
    func importanceHoldsAgainstWhatStays(_ css: String, _ tag: String, _ expected: String) throws {
        let html = try Self.html(css, tag)
        #expect(html.hasSuffix("</style>\(expected)"))
        let isUndecided = expected.contains("class")
        #expect(html.contains(".a{c:a!important}") == isUndecided)
    }
}
