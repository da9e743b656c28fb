// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@testable import Templates

@Suite struct CharacterReferenceTests {
    private static func text(_ source: String) -> String { HTMLEntities.decode(Array(source.utf8)) }

    private static func attribute(_ source: String) -> String {
        HTMLEntities.decode(Array(source.utf8), isAttribute: true)
    }

    @Test(arguments: [
        ("Informaci&oacute;n &iquest;S&iacute;?", "Información ¿Sí?"), ("&Eacute;t&eacute; &oelig;uvre", "Été œuvre"),
        ("&bdquo;so&ldquo; &frac12; &plusmn;", "„so“ ½ ±"), ("&copy 2026", "© 2026"), ("&copy2026", "©2026"),
        ("&notit;", "¬it;"), ("&notin;", "∉"), ("&notin", "¬in"), ("&AMP;&amp&AMP", "&&&"), ("&euro", "&euro"),
        ("&nosuch;", "&nosuch;"), ("&;", "&;"), ("&", "&"), ("a&", "a&"), ("& b", "& b"), ("&&lt;", "&<"),
        ("&fjlig;&NotEqualTilde;", "fj\u{2242}\u{338}"), ("&CounterClockwiseContourIntegral;", "∳"),
        ("&amp;lt;", "&lt;"), ("&Auml;&auml;", "Ää"), ("&AUML;", "&AUML;"), ("&lt\u{FF}", "<\u{FF}"),
    ])
    func namesAreReadByTheTableOfTheStandard(_ source: String, _ expected: String) {
        #expect(Self.text(source) == expected)
    }

    @Test(arguments: [
        ("&#65;&#x41;&#X41;", "AAA"), ("&#65 &#x41g", "A Ag"), ("&#0;&#x0;&#0000", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("&#x80;&#150;&#x9f;&#130", "€–Ÿ‚"), ("&#x81;&#x8D;&#x9D;", "\u{81}\u{8D}\u{9D}"),
        ("&#xD800;&#xDFFF;", "\u{FFFD}\u{FFFD}"), ("&#x110000;", "\u{FFFD}"), ("&#x10FFFF;", "\u{10FFFF}"),
        ("&#99999999999999999999;", "\u{FFFD}"),
        ("&#1;&#x7F;", "\u{1}\u{7F}"),
        ("&#;&#x;&#xg;&#a;", "&#;&#x;&#xg;&#a;"), ("&#00000000000000065;", "A"), ("&#13;", "\r"),
    ])
    func numbersAreMappedAsInTheStandard(_ source: String, _ expected: String) {
        #expect(Self.text(source) == expected)
        #expect(Self.attribute(source) == expected)
    }

    @Test func noncharactersStayWhatTheyAre() {
        #expect(Self.text("&#xFFFE;&#xFDD0;&#x1FFFF;").unicodeScalars.map(\.value) == [0xFFFE, 0xFDD0, 0x1FFFF])
    }

    @Test(arguments: [
        ("?a&copy=1", "?a&copy=1"), ("?a&copy;=1", "?a©=1"), ("?a&copy1", "?a&copy1"), ("?a&copyx", "?a&copyx"),
        ("?a&copy/", "?a©/"), ("?a&copy", "?a©"), ("?a&notit;", "?a&notit;"), ("?a&amp;b", "?a&b"), ("&#65=", "A="),
    ])
    func nameInAnAttributeNeedsItsSemicolonBeforeMore(_ source: String, _ expected: String) {
        #expect(Self.attribute(source) == expected)
    }

    @Test(arguments: ["&", "&#", "&#x", "&a", "&#9", "&CounterClockwiseContourIntegra", "&not", "&no"])
    func endlessReferencesAreReadInOnePass(_ part: String) {
        let source = String(repeating: part, count: 100_000)
        // None of these references produces more bytes than it has.
        #expect(Self.text(source).utf8.count <= source.utf8.count)
    }

    /// Everywhere HTML is read.
    @Test func placesThatReadHTMLKnowTheWholeTable() throws {
        let html = "<p style=\"color&colon;red;font&#x2D;size:1px\" class=\"&alpha;&num;b\">&oacute;</p>"
        let page = try #require(Templates.MarkupReader.read(Self.pieces(html), attributes: nil))
        let element = try #require(page.elements.last)
        #expect(element.classes == ["α#b"] && element["style"]?.staticText == "color:red;font-size:1px")
        #expect(HTMLText.text(fromHTML: "<img alt='&ntilde;&copy='>") == "ñ&copy=\n")
        #expect(
            HTMLText.text(fromHTML: "<a href='https://a.b/?x&copy=1&sect;'>l</a>") == "l (https://a.b/?x&copy=1§)\n"
        )
        #expect(
            TextVisibility.isVisible(Array("&oacute;".utf8))
                && !TextVisibility.isVisible(Array("&ZeroWidthSpace;".utf8))
        )
    }

    private static func pieces(_ html: String) -> [Piece] {
        let source = SourceFile(name: "h", text: html)
        return [.text(source.bytes[...], Position(source: source, offset: 0))]
    }

    /// Every name of the table with possible next characters, and numbers, as html5lib reads them.
    @Test(.enabled(if: HTMLReference.python != nil, "html5lib is not there; `make test` sets it up"))
    func referencesAreReadAsByHTML5Lib() throws {
        let script = """
            import html.entities, html5lib
            names = list(html.entities.html5)
            sources = ["&" + n + t for n in names for t in ("", "x", "=", ";", "&")]
            numbers = list(range(0x180)) + [0xD7FF, 0xD800, 0xDFFF, 0xE000, 0xFDD0, 0xFFFE, 0x1FFFF, 0x10FFFF, 0x110000]
            sources += ["&#%d;" % n for n in numbers] + ["&#x%xz" % n for n in numbers]
            page = "".join('<p title="%s">%s</p>' % (s, s) for s in sources)
            tree = html5lib.parse("<!DOCTYPE html>" + page, namespaceHTMLElements=False)
            for s, p in zip(sources, tree.iter("p")):
                print(s.encode().hex(), (p.text or "").encode().hex() or "-", p.get("title").encode().hex() or "-")
            """
        let python = try #require(HTMLReference.python)
        let lines = try OutsideProgram(python, ["-c", script], keepsErrors: false).output().split(separator: "\n")
        #expect(lines.count > 11_000)
        for line in lines {
            let fields = line.split(separator: " ").map(Self.bytes)
            try #require(fields.count == 3)
            #expect(HTMLEntities.decoded(fields[0], isAttribute: false) == fields[1])
            #expect(HTMLEntities.decoded(fields[0], isAttribute: true) == fields[2])
        }
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        let digits = Array(hex.utf8)
        guard hex != "-" else { return [] }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0].hexValue << 4 | digits[$0 + 1].hexValue }
    }
}
