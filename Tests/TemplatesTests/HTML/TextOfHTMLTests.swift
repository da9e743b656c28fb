// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct TextOfHTMLTests {
    @Test(arguments: [
        ("<p hidden>x</p>a", "a\n"), ("<p hidden=until-found>x<p>a", "a\n"), ("<p HIDDEN=\"\">x</p>a", "a\n"),
        ("<p aria-hidden=true>a</p>", "a\n"), ("<p data-hidden>a</p>", "a\n"), ("<p class=hidden>a</p>", "a\n"),
        ("<p hidden style='display:block'>a</p>", "a\n"), ("<p style='display:none;display:block'>a</p>", "a\n"),
        ("<p style='display:none!important;display:block'>x</p>a", "a\n"), ("<p style='display:none'>x<p>a", "a\n"),
        ("<p style='DISPLAY : None ;'>x</p>a", "a\n"), ("<p style='display&colon;none'>x</p>a", "a\n"),
        ("<p style='d\\69splay:no\\6e e'>x</p>a", "a\n"), ("<p style='bad;display:none;;worse'>x</p>a", "a\n"),
        ("<p style='display:none/**/'>x</p>a", "a\n"), ("<p style=\"font-family:'display:none'\">a</p>", "a\n"),
        ("<p style='x-display:none'>a</p>", "a\n"), ("<p title='display:none'>a</p>", "a\n"),
        ("<p style='display:block' style='display:none'>a</p>", "a\n"),
        ("<p style='visibility:hidden'>x<b style='visibility:visible'>a</b>y</p>", "a\n"),
        ("<ul><li hidden>x<li>a</ul>", "- a\n"), ("<table><tr><td style='display:none'>x<td>a</table>", "a\n"),
        ("<div hidden><div>x</div>y</div>a", "a\n"), ("<div hidden>x<br>y<img alt=z></div>a", "a\n"),
        ("<br hidden>a<hr hidden>b<img hidden alt=c>", "ab\n"), ("<span hidden>x</b>y</span>a", "a\n"),
        ("<template>x<template>y</template>z</template>a", "a\n"), ("<noscript><b>a</b> &amp; b</noscript>", "a & b\n"),
        ("<script>if (a < b) '<p>x</p>'</script>a", "a\n"), ("<style>p{}</style>a<textarea><b>x</textarea>b", "ab\n"),
        ("<head><title>x</title><body>a", "a\n"), ("<head><title>x</title></head>a", "a\n"), ("<head>a", "a\n"),
        ("<head><style>x</style><meta><p>a", "a\n"), ("<head>\n<noscript>x</noscript></head>a", "a\n"),
        ("<dialog>x</dialog><dialog open>a</dialog>", "a\n"), ("<ruby>a<rp>(</rp><rt>b</ruby>", "ab\n"),
        ("<datalist><option>x</datalist><select><option>x<option>y</select>a", "a\n"),
        ("<svg><text>x</text></svg>a<svg/>b", "ab\n"), ("<details><summary>a</summary>b</details>", "a\nb\n"),
        ("<!--[if mso]><p hidden><![endif]-->a", "a\n"), ("<!--[if !mso]> -->a<!-- <![endif]-->b", "ab\n"),
        ("<!--[if !mso]><!-->a<!--<![endif]-->b", "ab\n"), ("<!--[if mso]><p title=\"-->a\">b", "a\">b\n"),
        ("<iframe>x</iframe><noframes>y</noframes>a", "a\n"),
    ])
    func whatHTMLHidesIsLeftOut(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test(arguments: [
        ("{{#n}}<div hidden>{{/n}}{{^n}}<div>{{/n}}a</div>b", "a\nb\n"), ("<p {{#n}}hidden {{/n}}>a</p>", "a\n"),
        ("<a {{#n}}href=\"https://a.b/\"{{/n}}{{^n}}href=\"https://c.d/\"{{/n}}>l</a>", "l (https://c.d/)\n"),
        ("<a href=\"https://a.b/{{#n}}x{{/n}}{{^n}}y{{/n}}\">l</a>", "l (https://a.b/y)\n"),
    ])
    func sectionsInsideOfTagsAreFollowed(_ body: String, _ expected: String) throws {
        let template = try MailFixture.bundle(body, variables: "  x: string\n  n: { type: boolean }").compile()
        #expect(try template.render(["n": false]).text == expected)
    }

    @Test(arguments: ["{{#x}}hidden{{/x}}", "{{^x}}hidden{{/x}}", "{{#x}}title=a hidden{{/x}}"])
    func nameOfAnAttributeEndsInItsSection(_ section: String) throws {
        let error = #expect(throws: TemplateError.self) { try MailFixture.bundle("<p \(section)>a</p>").compile() }
        let words = "begins in the tag <p> and ends in the name of the attribute `hidden`; both must be the same"
        #expect(error?.message == "the section x \(words): write a blank before {{/x}}")
    }

    @Test(arguments: [
        ("<ol start=3><li>c<li>d</ol><ol><li value=7>g<li>h</ol>", "3. c\n4. d\n\n7. g\n8. h\n"),
        ("<ol start=-1><li>a<li>b<li>c</ol>", "-1. a\n0. b\n1. c\n"), ("<ol start=0><li>a</ol>", "0. a\n"),
        ("<ol start=' +2x'><li>a</ol>", "2. a\n"), ("<ol start=x><li>a</ol>", "1. a\n"),
        ("<ol start><li>a</ol>", "1. a\n"),
        ("<ol start='1.9'><li>a</ol>", "1. a\n"), ("<ol start='- 2'><li>a</ol>", "1. a\n"),
        ("<ol><li>a<li value=x>b<li value=''>c</ol>", "1. a\n2. b\n3. c\n"),
        ("<ol start=99999999999999999999><li>a</ol>", "2147483647. a\n"),
        ("<ol reversed><li>a<li>b<li>c</ol>", "3. a\n2. b\n1. c\n"),
        ("<ol reversed start=10><li>a<li>b</ol>", "10. a\n9. b\n"),
        ("<ol reversed><li>a<li value=9>b<li>c</ol>d", "3. a\n9. b\n8. c\n\nd\n"),
        ("<ol reversed><li>a<ol reversed><li>b<li>c</ol><li>d</ol>", "2. a\n   2. b\n   1. c\n1. d\n"),
        ("<ol reversed><li>a<li hidden>x<li>b</ol>", "2. a\n1. b\n"), ("<ol><li hidden>x<li>a</ol>", "1. a\n"),
        ("<ol type=a><li>x<li>y</ol>", "a. x\nb. y\n"), ("<ol type=A start=26><li>x<li>y</ol>", "Z. x\nAA. y\n"),
        ("<ol type=i start=3999><li>x<li>y</ol>", "mmmcmxcix. x\n4000. y\n"),
        ("<ol type=I start=4><li>x</ol>", "IV. x\n"),
        ("<ol type=a start=0><li>x<li>y</ol>", "0. x\na. y\n"), ("<ol type=x><li>a</ol>", "1. a\n"),
        ("<ol><li type=a>x<li>y</ol>", "a. x\n2. y\n"), ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n   - b\n2. c\n"),
        ("<ol><li>a<ol><li>b</ol><li>c</ol>", "1. a\n   1. b\n2. c\n"),
        ("<ol><div><li>a</div><li>b</ol>", "1. a\n2. b\n"),
        ("<ul value=3 start=4><li value=7>a</ul><menu><li>b</menu>", "- a\n\n- b\n"), ("<li value=3>a", "- a\n"),
        ("<ol><li>a</ol><ol><li>b</ol>", "1. a\n\n1. b\n"), ("<ol reversed><li><li>a</ol>", "2.\n1. a\n"),
        ("<ol reversed><li>a", "1. a\n"),
        ("<ol><li>a<ol><li>b</ol></li></ol><ol><li>c</ol>", "1. a\n   1. b\n\n1. c\n"),
    ])
    func itemsHaveTheNumbersOfTheHTML(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test func itemsOfSectionsAreCountedWhenRendered() throws {
        let body = """
            <ol start="5">{{#l}}<li>{{.}}</li>{{/l}}{{#n}}<li>n</li>{{/n}}<li>z</li></ol>\
            <ol reversed>{{#l}}<li>{{.}}<ol>{{#l}}<li>{{.}}{{/l}}</ol></li>{{/l}}</ol>
            """
        let variables = "  x: string\n  l: { type: list, of: string }\n  n: { type: boolean }"
        let template = try MailFixture.bundle(body, variables: variables).compile()
        let data: JSON = ["l": ["a", "b"], "n": false]
        #expect(
            try template.render(data).text
                == "5. a\n6. b\n7. z\n\n2. a\n   1. a\n   2. b\n1. b\n   1. a\n   2. b\n"
        )
    }

    @Test(arguments: [
        ("<a href=#top>Top</a>", "Top\n"), ("<a href=' #a'>Top</a>", "Top\n"), ("<a href=''>a</a>", "a\n"),
        ("<a name=x></a>a", "a\n"),
        ("<a>a</a>", "a\n"), ("a<a href=https://a.b/></a>b", "ab\n"), ("<a href=https://a.b/> </a>a", "a\n"),
        ("<a href=https://a.b/><img src=c alt=''></a>", "https://a.b/\n"),
        ("<a href=https://a.b/><img src=c></a>", "https://a.b/\n"),
        ("<a href=https://a.b/><img src=c alt=Go></a>", "Go (https://a.b/)\n"),
        ("<a href=mailto:a@b.c>Ana</a>", "Ana (a@b.c)\n"), ("<a href=MailTo:a@b.c>a@b.c</a>", "a@b.c\n"),
        ("<a href=mailto:a@b.c>Write to A@b.c.</a>", "Write to A@b.c.\n"),
        ("<a href=mailto:a@b.c>xa@b.c</a>", "xa@b.c (a@b.c)\n"),
        ("<a href=mailto:a@b.c>a@b.cc</a>", "a@b.cc (a@b.c)\n"),
        ("<a href=mailto:a@b.c>a@b.c.d</a>", "a@b.c.d (a@b.c)\n"),
        ("<a href='mailto:a@b.c?subject=x&amp;body=y'>Ana</a>", "Ana (a@b.c)\n"),
        ("<a href='mailto:?subject=x'>Ana</a>", "Ana\n"),
        ("<a href='mailto:a%2Bx@b.c,d@e.f'>Us</a>", "Us (a+x@b.c,d@e.f)\n"),
        ("<a href='mailto:a%0Ab@c.d'>Us</a>", "Us (a%0Ab@c.d)\n"),
        ("<a href=tel:+493012345>Call</a>", "Call (+493012345)\n"),
        ("<a href=tel:+493012345>+49 (30) 123-45</a>", "+49 (30) 123-45\n"),
        ("<a href=tel:110>111</a>", "111 (110)\n"), ("<a href=sms:110>Text</a>", "Text (110)\n"),
        ("<a href='javascript:x()'>a</a>", "a\n"), ("<a href='HTTPS://A.b/'>A.b</a>", "A.b\n"),
        ("<a href=https://a.b/c>https://a.b/</a>", "https://a.b/ (https://a.b/c)\n"), ("<a href=/c>a</a>", "a (/c)\n"),
        ("<a href=https://a.b/><h2>T</h2><p>x</p></a>y", "T\n\nx (https://a.b/)\n\ny\n"),
        ("<a href=https://a.b/><div>x</div>\n</a><div>y</div>", "x (https://a.b/)\ny\n"),
        ("<p>x<a href=https://a.b/>y <a href=https://c.d/>z</a>", "xy (https://a.b/) z (https://c.d/)\n"),
        ("<p><a href=https://a.b/>x</p><p>y", "x (https://a.b/)\n\ny\n"),
        ("<a href=https://a.b/>x", "x (https://a.b/)\n"),
        ("<a href=https://a.b/ href=https://c.d/>x</a>", "x (https://a.b/)\n"),
    ])
    func linksAreShownAsPeopleReadThem(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test(arguments: [
        ("<a href=\"mailto:{{x}}\">Ana</a>", "Ana (a@b.c)\n"), ("<a href=\"mailto:{{x}}\">{{x}}</a>", "a@b.c\n"),
        ("<a href=\"mailto:{{x}}?subject={{s}}\">Write {{x}}</a>", "Write a@b.c\n"),
        ("<a href=\"tel:{{s}}\">{{s}}</a> <a href=\"tel:{{s}}\">Call</a>", "110 Call (110)\n"),
        ("<a href=\"https://a.b/\">{{#l}}<p>{{.}}</p>{{/l}}</a>c", "v\n\n(https://a.b/)c\n"),
    ])
    func linksWithValuesAreShownAlike(_ body: String, _ expected: String) throws {
        let template = try MailFixture.bundle(
            body,
            variables: "  x: { type: string }\n  s: string\n  l: { type: list, of: string }"
        ).compile()
        #expect(try template.render(["x": "a@b.c", "s": "110", "l": ["v"]]).text == expected)
    }

    @Test(arguments: [
        ("{{{h}}}<table role=none><tr><td>c</table>", "<p>a<p>b</p>", "a\n\nb\n\nc\n"),
        ("{{{h}}}<table role=none><tr><td>c</table>", "<div>a</div>\n", "a\nc\n"),
        ("{{{h}}} c", "<ul><li>a</ul>", "- a\n\nc\n"),
        ("x {{{h}}}, c", "<b>a</b>", "x a, c\n"), ("{{{h}}}c", "<b>a </b>", "a c\n"), ("a {{{h}}}c", " <br>", "a c\n"),
        ("<a href=https://a.b/>{{{h}}}</a>", "<p>a</p>", "a\n\n(https://a.b/)\n"),
        ("<p>{{{h}}}</p>c", "<p>a</p>", "a\n\nc\n"), ("{{#l}}{{{h}}}{{/l}}c", "<p>a", "a\n\na\n\nc\n"),
    ])
    func valuesOfHTMLEndAsTheirLastElement(_ body: String, _ value: String, _ expected: String) throws {
        let variables = "  x: string\n  h: { type: html }\n  l: { type: list, of: string }"
        let template = try MailFixture.bundle(body, variables: variables).compile()
        #expect(try template.render(["x": "v", "h": .string(value), "l": ["v", "w"]]).text == expected)
    }

    private static let long = String(repeating: "word ", count: 16) + "end"

    @Test(arguments: [
        ("<ul><li>a<ul><li>\(long)</ul></ul>", "- a\n   - \(long.prefix(69))\n   \(long.dropFirst(70))\n"),
        ("<pre>x\n    \(long)</pre>", "x\n    \(long.prefix(69))\n    \(long.dropFirst(70))\n"),
        ("<pre>a   b\(long)</pre>", "a   b\(long.prefix(69))\n\(long.dropFirst(70))\n"),
        ("<p>\(long)", "\(long.prefix(74))\n\(long.dropFirst(75))\n"),
        ("<p>\(String(repeating: "ä ", count: 38))", String(repeating: "ä ", count: 37) + "ä\n"),
    ])
    func longLinesKeepTheirBlanks(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test func linksDeepWithinLinksAreShownWithoutAddress() {
        let links = (1...9).map { "<a href=https://a.b/\($0)><table role=none><td>" }.joined()
        let text = HTMLText.text(fromHTML: links + "x")
        #expect(!text.contains("a.b/9") && text.contains("x (https://a.b/8)") && text.contains("a.b/1)"), "\(text)")
    }

    @Test(arguments: [
        ("<pre>\na\r\n b</pre>c", "a\n b\n\nc\n"), ("<pre>a&#27;b</pre>", "a b\n"), ("a&#27;&#7;b&#x9;c", "a b c\n"),
        ("<p>a</p></p>b", "a\n\nb\n"), ("a</br>b", "a\nb\n"), ("<b><p>a</b>b</p>", "ab\n"),
        ("<table><tr><td>a</div><td>b</table>", "a b\n"),
        ("<figure>a<figcaption>b</figcaption></figure>c", "a\nb\n\nc\n"),
        ("<table><caption>a</caption><tr><td>b</table>", "a\nb\n"),
        ("<table role=none><tr><td>a<td>b</table>", "a\nb\n"),
    ])
    func layoutFollowsTheHTML(_ html: String, _ expected: String) {
        #expect(HTMLText.text(fromHTML: html) == expected)
    }

    @Test(arguments: [
        "<p hidden>", "<ol reversed><li>", "<ol reversed><li>x</ol>", "<li value=9>", "<ul><li>x", "<a href=#x><p>",
        "<head>",
        "<svg>", "<a href=https://a.b/>x", "<template>", "<p style='display:none;'>", "<b><p>x</b>", "&not",
        "<a href=mailto:a%>x</a>",
    ])
    func longHostileHTMLIsReadInOnePass(_ part: String) {
        #expect(HTMLText.text(fromHTML: String(repeating: part, count: 20_000)).utf8.count < 1_500_000)
    }
}
