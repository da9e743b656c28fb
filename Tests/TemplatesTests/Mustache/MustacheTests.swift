// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import Testing

@testable import Templates

@Suite struct MustacheTests {
    private static let data: JSON = [
        "name": "<Ana & Bo>", "price": 1.21, "count": 85, "yes": true, "no": false, "nothing": nil, "empty": [],
        "items": [["n": 1], ["n": 2]], "words": ["a", "b"], "shop": ["name": "S", "owner": ["name": "O"]],
        "which": "row", "tree": ["n": "x", "kids": [["n": "y", "kids": []]]],
    ]
    private static let partials = [
        "row": "[{{n}}]", "lines": "one\ntwo\n", "node": "{{n}}<{{#kids}}{{>node}}{{/kids}}>",
        "frame": "<{{$title}}none{{/title}}|{{$body}}{{/body}}>", "box": "({{$body}}{{/body}})",
    ]

    @Test(arguments: [
        ("{{name}}", "&lt;Ana &amp; Bo&gt;"),
        ("{{{name}}}{{&name}}", "<Ana & Bo><Ana & Bo>"),
        ("{{price}} {{count}} {{yes}}", "1.21 85 true"),
        ("[{{missing}}{{nothing}}{{shop.missing.name}}]", "[]"),
        ("{{#items}}{{n}},{{/items}}{{^items}}none{{/items}}", "1,2,"),
        ("{{#words}}{{.}}{{/words}}{{#empty}}x{{/empty}}{{^empty}}none{{/empty}}", "abnone"),
        ("{{#shop}}{{name}}{{owner.name}}{{count}}{{/shop}}", "SO85"),
        ("a\n  {{#yes}}\n b\n {{/yes}}\nc", "a\n b\nc"),
        ("a\r\n{{! gone }}\r\nb", "a\r\nb"),
        ("{{=<% %>=}}<% count %>{{count}}<%={{ }}=%>{{count}}", "85{{count}}85"),
        ("  {{>lines}}\n.", "  one\n  two\n."),
        ("{{#items}}{{>row}}{{/items}}{{>nobody}}", "[1][2]"),
        ("{{#items}}{{>*which}}{{/items}}", "[1][2]"),
        ("{{#tree}}{{>node}}{{/tree}}", "x<y<>>"),
        ("{{<frame}}{{$body}}B{{/body}}{{/frame}}", "<none|B>"),
        ("{{<frame}}{{$body}}{{<box}}{{$body}}in{{/body}}{{/box}}{{/body}}{{/frame}}", "<none|(in)>"),
    ])
    func templateRendersAs(_ template: String, _ expected: String) throws {
        let output = try PlainMustache.render(source: template, name: "t", data: Self.data) { Self.partials[$0] }
        #expect(output == expected)
    }

    @Test(arguments: [
        ("a\n  {{name", 2, 3, "not closed"), ("{{#a}}\n{{/b}}", 2, 1, "expected"), ("x{{/a}}", 1, 2, "closes nothing"),
        ("{{#a}}", 1, 1, "not closed"), ("{{}}", 1, 1, "no name"), ("{{a b}}", 1, 1, "no name"),
        ("ä{{a..b}}", 1, 2, "no name"),
        ("{{=x=}}", 1, 1, "delimiters"), ("{{{a}}", 1, 1, "not closed"),
    ])
    func brokenTemplateIsRefusedAtItsPlace(_ template: String, _ line: Int, _ column: Int, _ word: String) {
        let error = #expect(throws: TemplateError.self) { try MustacheTemplate.compile(template, name: "t") }
        #expect(error?.line == line && error?.column == column && error?.message.contains(word) == true)
        #expect(error?.excerpt?.hasSuffix("^") == true)
    }

    @Test func endlessRecursionEndsWithAnError() {
        #expect(throws: TemplateError.self) {
            try PlainMustache.render(source: "{{>a}}", name: "t", data: nil) { _ in "{{>a}}{{>a}}" }
        }
    }

    @Test func thousandSectionsWithinEachOtherRender() throws {
        let depth = 1_000
        let source = String(repeating: "{{#yes}}", count: depth) + "x" + String(repeating: "{{/yes}}", count: depth)
        #expect(try PlainMustache.render(source: source, name: "t", data: Self.data) { _ in nil } == "x")
    }

    @Test func tooDeepNestingIsRefused() {
        let source = String(repeating: "{{#yes}}", count: 100_000)
        #expect(throws: TemplateError.self) { try MustacheTemplate.compile(source, name: "t") }
    }

    @Test func listsWithinThemselvesDoNotRunForYears() {
        let data: JSON = ["a": .array(Array(repeating: 1, count: 100_000))]
        #expect(throws: TemplateError.self) {
            try PlainMustache.render(source: "{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}", name: "t", data: data) { _ in nil }
        }
    }

    @Test func randomBytesAreRefusedOrRendered() {
        var random = SeededGenerator(seed: 7)
        let words = [
            "{{", "}}", "{{{", "#a", "/a", "^a", "$a", "<a", ">a", "=", "!", " ", "\n", "a", ".", "é", "\r\n", "&",
        ]
        for _ in 0..<1_500 {
            let source = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                words.randomElement(using: &random) ?? ""
            }
            // Either outcome is valid; a crash or a hang is not.
            _ = try? PlainMustache.render(source: source.joined(), name: "t", data: ["a": [1]]) { _ in "{{a}}" }
        }
    }
}
