// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@testable import Templates

/// The elements that start tags close and imply, compared with html5lib.
@Suite struct ElementTreeTests {
    private static func chains(_ html: String) throws -> [String] {
        let source = SourceFile(name: "h", text: html)
        let pieces = [Piece.text(source.bytes[...], Position(source: source, offset: 0))]
        let elements = try #require(Templates.MarkupReader.read(pieces, attributes: nil)).elements
        return elements.compactMap { element in
            guard let number = element["n"]?.staticText else { return nil }
            var names = [element.tag]
            var parent = element.parent
            while let next = parent {
                names.append(elements[next].tag)
                parent = elements[next].parent
            }
            return "\(number) \(names.reversed().joined(separator: ">"))"
        }.sorted()
    }

    private static let pages = [
        "<table><tr><td n=1>a<td n=2>b<tr><th n=3>c</table><p n=4>", "<table><td n=1>a<tbody n=2><td n=3>",
        "<table><caption n=1>a<colgroup n=2><col n=3><thead n=4><tr><td n=5>b<tfoot n=6><tr n=7><td>c</table>",
        "<table><col n=1><tr n=2></table>", "<p n=1>a<p n=2>b<div n=3>c<p n=4>d</div><b n=5>e",
        "<p n=1><span n=2>a<ul n=3><li n=4>b<li n=5><p n=6>c<li n=7>d</ul><i n=8>",
        "<ul><li n=1><ul n=2><li n=3>a</ul><li n=4><div n=5>b<li n=6></ul>",
        "<dl><dt n=1>a<dd n=2>b<dt n=3>c<dd n=4></dl>",
        "<select n=1><option n=2>a<option n=3>b<optgroup n=4><option n=5>c<optgroup n=6><option n=7></select>",
        "<h1 n=1>a<h2 n=2>b</h2><p n=3>", "<a n=1>x<a n=2>y</a>", "<p n=1><table n=2><tr n=3><td n=4><p n=5>a<td n=6>",
        "<table n=1><div n=2>a<p n=3></div><tr n=4><span n=5><td n=6></table>", "<table><tr><td><table n=1><td n=2>",
        "<html n=1><head n=2><meta n=3><title>a</title><body n=4><p n=5>", "<meta n=1><p n=2>",
        "<head><meta n=1><p n=2>",
        "<button n=1>a<button n=2>b", "<ruby n=1>a<rt n=2>b<rp n=3>c</ruby>", "<center n=1><p n=2><center n=3>",
        "<p n=1><button n=2><p n=3>a</button><i n=4>", "<ol><li n=1><address n=2><li n=3></ol>",
        "<body><p n=1></body><p n=2>",
        "<dl><dt n=1><div n=2><dd n=3></dl>", "<table><tbody n=1><tr n=2><td n=3>a</tbody><tr n=4><td n=5>",
        "<td n=1>", "<div n=1><br n=2><img n=3><hr n=4><p n=5>", "<style></style><p n=1>",
        "<!--c--><title>a</title>b<i n=1>",
    ]

    /// `<td>` and `<tr>` outside a table are ignored by browsers, and kept here.
    @Test(.enabled(if: HTMLReference.python != nil, "html5lib is not there; `make test` sets it up"))
    func elementsHaveTheParentsThatABrowserGivesThem() throws {
        var random = SeededGenerator(seed: 12)
        var pages = Self.pages.filter { $0 != "<td n=1>" }
        for _ in 0..<300 {
            var page = RandomPage(random: random)
            pages.append(page.made())
            random = page.random
        }
        pages = pages.map { "<!DOCTYPE html>" + $0 }
        let script = """
            import html5lib, sys
            for line in open(sys.argv[1], encoding="utf-8"):
                tree = html5lib.parse(line.rstrip("\\n"), namespaceHTMLElements=False)
                chains = []
                def walk(element, names):
                    if not isinstance(element.tag, str): return
                    names = names + [element.tag]
                    if element.get("n"): chains.append(element.get("n") + " " + ">".join(names))
                    for child in element: walk(child, names)
                walk(tree, [])
                print("|".join(sorted(chains)))
            """
        let file = FileManager.default.temporaryDirectory.appending(path: "posthaste-trees-\(UUID().uuidString)")
        try pages.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        // A leftover temporary file does no harm.
        defer { try? FileManager.default.removeItem(at: file) }
        let python = try #require(HTMLReference.python)
        let output = try OutsideProgram(python, ["-c", script, file.path], keepsErrors: false).output()
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        for (page, line) in zip(pages, lines) {
            let expected = line.split(separator: "|").map(String.init)
            let chains = try Self.chains(page)
            let different = zip(chains, expected).first { $0 != $1 }
            #expect(chains.count == expected.count, "\(page)")
            #expect(different?.0 == different?.1, "\(page)")
        }
        #expect(lines.count >= pages.count)
    }

    /// html5lib 1.1 does not know `<rb>`, which the standard closes at the start of each other part of a ruby.
    @Test func baseOfARubyEndsAtItsNextPart() throws {
        let chains = try Self.chains("<!DOCTYPE html><ruby><rb n=1>a<rt n=2>b<rb n=3>c<rp n=4>d</ruby>")
        let ruby = "html>body>ruby"
        #expect(chains == ["1 \(ruby)>rb", "2 \(ruby)>rt", "3 \(ruby)>rb", "4 \(ruby)>rp"])
    }

    @Test func sectionsAndConditionalCommentsHaveTreesOfTheirOwn() throws {
        let html = "<table n=1><!--[if mso]><tr n=2><td n=3><![endif]--><tr n=4><td n=5>a</table>"
        #expect(
            try Self.chains(html) == [
                "1 html>body>table", "2 html>body>table>tbody>tr", "3 html>body>table>tbody>tr>td",
                "4 html>body>table>tbody>tr", "5 html>body>table>tbody>tr>td",
            ]
        )
    }

    @Test(arguments: [
        "<p>", "<b>", "<li>", "<table>", "<td>", "<b><p>", "<div><li>", "<table><b>", "<a><i>", "<option>",
    ])
    func deepTreesAreReadInTime(_ part: String) throws {
        let body = "<style>p i{margin:0}</style>" + String(repeating: part, count: 1_000)
        #expect(throws: Never.self) { try MailFixture.bundle(body).compile() }
        #expect(HTMLText.text(fromHTML: String(repeating: part + "x", count: 10_000)).utf8.count < 500_000)
    }
}

/// Well-nested markup without the end tags and tags that are optional in HTML.
///
/// A page has at most about 40 elements, so that a person can read a failing one.
private struct RandomPage {
    /// When a page has that many elements, its open elements get no more text, lists and tables.
    private static let enough = 15

    var random: SeededGenerator
    private var number = 0

    init(random: SeededGenerator) { self.random = random }

    mutating func made() -> String { flow(depth: 0) }

    private mutating func may(_ chances: Int = 2) -> Bool { Int.random(in: 0..<chances, using: &random) == 0 }

    private mutating func tag(_ name: String) -> String {
        number += 1
        return "<\(name) n=\(number)>"
    }

    private mutating func end(_ name: String) -> String { may() ? "" : "</\(name)>" }

    private mutating func phrase(_ depth: Int) -> String {
        guard depth < 5, number < Self.enough, may() else { return "x" }
        let name = ["b", "span", "i", "a"][Int.random(in: 0..<4, using: &random)]
        // Links do not nest.
        return tag(name) + (name == "a" ? "y" : phrase(depth + 1)) + "</\(name)>"
    }

    private mutating func flow(depth: Int) -> String {
        (0..<Int.random(in: 1...3, using: &random)).map { _ in block(depth: depth) }.joined()
    }

    private mutating func block(depth: Int) -> String {
        guard depth < 2, number < Self.enough else { return phrase(depth) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return tag("p") + phrase(depth) + end("p")
        case 1: return tag("div") + flow(depth: depth + 1) + "</div>"
        case 2: return list(depth)
        case 3: return table(depth)
        case 4: return tag("h2") + phrase(depth) + "</h2>"
        case 5:
            let terms = (0..<3).map { _ in
                let name = may() ? "dt" : "dd"
                return tag(name) + (name == "dd" ? flow(depth: depth + 1) : phrase(depth)) + end(name)
            }
            return tag("dl") + terms.joined() + "</dl>"
        default: return phrase(depth)
        }
    }

    private mutating func list(_ depth: Int) -> String {
        let name = may() ? "ul" : "ol"
        let items = (0..<3).map { _ in tag("li") + flow(depth: depth + 1) + end("li") }
        return tag(name) + items.joined() + "</\(name)>"
    }

    private mutating func table(_ depth: Int) -> String {
        var html = tag("table")
        if may(3) { html += tag("caption") + phrase(depth) + end("caption") }
        if may(3) { html += may() ? tag("col") : tag("colgroup") + tag("col") + end("colgroup") }
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let group = ["thead", "tbody", "tfoot", ""][Int.random(in: 0..<4, using: &random)]
            if !group.isEmpty { html += tag(group) }
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                if !may(4) { html += tag("tr") }
                for _ in 0..<Int.random(in: 1...2, using: &random) {
                    let name = may() ? "td" : "th"
                    html += tag(name) + flow(depth: depth + 1) + end(name)
                }
                html += end("tr")
            }
            if !group.isEmpty { html += end(group) }
        }
        return html + "</table>"
    }
}
