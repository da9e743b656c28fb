// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct DerivedTextTests {
    @Test(arguments: [
        ("<h1>Title</h1>\n<p>One\n  two.</p><h2>Next</h2><p>Three</p>", "Title\n\nOne two.\n\nNext\n\nThree\n"),
        (
            "<p>A</p><ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul><p>B</p>",
            "A\n\n- a\n- b\n   - c\n- d\n\nB\n"
        ),
        ("<ol><li>a<li>b<ul><li>c</ul><li>d</ol>", "1. a\n2. b\n   - c\n3. d\n"),
        ("<ul>\n<li>\n<p>a</p>\n</li><li> <div>b</div></ul>", "- a\n\n- b\n"),
        ("<ol>{{#l}}<li>{{.}}</li>{{/l}}</ol>", "1. v\n2. w\n"),
        ("<a href=\"https://a.b/c\">Open</a>", "Open (https://a.b/c)\n"),
        ("<a href=\"https://a.b/c\">https://a.b/c</a>", "https://a.b/c\n"), ("<a href='https://a.b/'>a.b</a>", "a.b\n"),
        ("<a href=\"{{u}}\">Open</a> <a href=\"{{u}}\">{{u}}</a>", "Open (https://u.v/) https://u.v/\n"),
        ("<a href=mailto:a@b.c>a@b.c</a> <a href=mailto:a@b.c>Ana</a>", "a@b.c Ana (a@b.c)\n"),
        ("<a href=https://a.b/?x&amp;y>l</a>", "l (https://a.b/?x&y)\n"),
        ("<a href='https://a.b/'><img src=c alt=Go></a>", "Go (https://a.b/)\n"),
        ("<img src=a alt=\"A cat\"><img src=b alt=\"\"><img src=c>.", "A cat.\n"),
        ("a<br>b<br/>c<hr>d", "a\nb\nc\n\n----\n\nd\n"), ("<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd\n"),
        ("<div style=\"Display : none\">x<div>y</div></div><span style='mso-hide:all'>z</span>a", "a\n"),
        ("a&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;b", "a b\n"),
        ("&lt;a&gt; &amp;amp; &copy; &euro; &#x263A; &shy;b", "<a> &amp; © € ☺ b\n"),
        ("3 < 5 <b>x</b>", "3 < 5 x\n"), ("می‌خواهم 👩‍👩‍👧", "می‌خواهم 👩‍👩‍👧\n"), ("<p dir=rtl>مرحبا {{x}}</p>", "مرحبا v\n"),
        ("<table role=presentation><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a\nb\nc\n"),
        ("<table><tr><th>a<th>b<tr><td>c<td>d</table>e", "a b\nc d\n\ne\n"),
        ("<!--[if mso]><p>x</p><![endif]-->a<!-- y --><style>b{}</style>", "a\n"),
        ("{{#n}}a{{/n}}{{^n}}b{{/n}}<p>{{{h}}}</p>", "b\n\nc (https://d.e/)\n"),
    ])
    func textOfABodyReadsAs(_ body: String, _ expected: String) throws {
        let variables =
            "  x: { type: string }\n  u: { type: url }\n  h: { type: html }\n  l: { type: list, of: string }\n  n: { type: boolean }"
        let template = try MailFixture.bundle(body, variables: variables).compile()
        let data: JSON = ["x": "v", "u": "https://u.v/", "h": "<a href='https://d.e/'>c</a>", "l": ["v", "w"]]
        #expect(try template.render(data).text == expected)
    }
}
