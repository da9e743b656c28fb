// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// What the parser finds in good and in broken messages.
@Suite struct ParsedMessageTests {
    /// The tree of types, such as `multipart/mixed[text/plain image/png]`.
    private func shape(_ part: MIMEPart) -> String {
        let children = part.children.map(shape).joined(separator: " ")
        return part.contentType.name + (children.isEmpty ? "" : "[\(children)]")
    }

    private func parsed(_ lines: String) -> ParsedMessage { ParsedMessage(Array(lines.utf8)) }

    private static let mixed = "Content-Type: multipart/mixed; boundary=b\n\n"

    @Test(
        arguments: [
            ("", "text/plain", []),
            ("\n", "text/plain", []),
            ("Subject: x\n\nHello\n", "text/plain", []),
            ("Subject: x", "text/plain", []),
            ("Subject : x\n\ty\n\nbody", "text/plain", []),
            ("From ana Fri Nov 20\nSubject: x\n\nbody", "text/plain", [.mailboxLine]),
            ("Subject: x\nThis is the body: see\n", "text/plain", [.noEmptyLine]),
            ("Content-Type: TEXT/Html ; charset=utf-8\n\n", "text/html", []),
            ("Content-Type: text/html (a comment); charset=utf-8\n\n", "text/html", []),
            ("Content-Type: text\n\n", "text/plain", [.badContentType]),
            ("Content-Type: text/html\nContent-type: text/plain\n\n", "text/html", [.repeatedField]),
            ("Content-Transfer-Encoding: x-uuencode\n\n", "text/plain", [.unknownEncoding]),
            (
                mixed + "--b\n\na\n--b\nContent-Type: image/png\n\nb\n--b--\n", "multipart/mixed[text/plain image/png]",
                []
            ),
            (mixed + "--b\n\na\n--b--", "multipart/mixed[text/plain]", []),
            (mixed + "before\n--b \t\r\n\na\r\n--b-- \nafter\n--b\n", "multipart/mixed[text/plain]", []),
            (mixed + "--b\n\na\n", "multipart/mixed[text/plain]", [.unclosedMultipart]),
            (mixed + "--b\nno field\n--b--\n", "multipart/mixed[text/plain]", []),
            (
                mixed + "--b\nContent-Type: image/png\n--b\n\n--b--\n", "multipart/mixed[image/png text/plain]",
                [.noEmptyLine]
            ),
            (mixed + "--bc\n\na\n---b\n x --b\n", "multipart/mixed", [.otherBoundary]),
            (mixed + "--c\nContent-Type: image/png\n\na\n--c--\n", "multipart/mixed[image/png]", [.otherBoundary]),
            (
                "Content-Type: multipart/mixed\n\n--c\nContent-Type: image/png\n\na\n", "multipart/mixed[image/png]",
                [.noBoundary, .unclosedMultipart]
            ),
            ("Content-Type: multipart/mixed\n\nplain", "multipart/mixed", [.noBoundary]),
            (
                "Content-Type: multipart/mixed; boundary=\"b c \"\n\n--b c\n\na\n--b c--",
                "multipart/mixed[text/plain]", []
            ),
            (
                "Content-Type: multipart/mixed; boundary=\"b:\"\n\n--b:\nContent-Type: image/png\n--b:\n\n--b:--",
                "multipart/mixed[image/png text/plain]", [.noEmptyLine]
            ),
            (
                "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n",
                "multipart/digest[message/rfc822]",
                []
            ),
            // An outer delimiter ends everything inside.
            (
                mixed + "--b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\na\n--b\n\nc\n--b--",
                "multipart/mixed[multipart/alternative[text/plain] text/plain]", [.unclosedMultipart]
            ),
            // An inner multipart with the boundary of the outer one.
            (
                mixed + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b--\n--b\n\nc\n--b--\n",
                "multipart/mixed[multipart/mixed[text/plain] text/plain]", []
            ),
        ] as [(String, String, [MIMEDefect.Kind])]
    )
    func partsAreFound(_ text: String, _ expected: String, _ defects: [MIMEDefect.Kind]) {
        for text in [text, text.replacing("\r\n", with: "\n").replacing("\n", with: "\r\n")] {
            let message = parsed(text)
            #expect(shape(message.root) == expected)
            #expect(message.defects.map(\.kind) == defects)
        }
    }

    @Test func theLineBreakBeforeADelimiterBelongsToIt() {
        let message = parsed(Self.mixed + "--b\n\na\n\n--b\n\nb--b\n--\n--b\n\n--b--\n")
        #expect(message.root.children.map { message.text(of: $0) } == ["a\n", "b--b\n--", ""])
    }

    @Test func depthAndNumberOfPartsHaveLimits() {
        var nested = ""
        for level in 0..<150 { nested += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        let deep = parsed(nested + "\ntext")
        var (part, depth) = (deep.root, 0)
        while let child = part.children.first { (part, depth) = (child, depth + 1) }
        #expect(depth == MIMEParser.depthLimit)
        #expect(deep.defects.first?.kind == .tooDeep)

        let many = parsed(Self.mixed + String(repeating: "--b\n\nx\n", count: 1500) + "--b--\n")
        #expect(many.root.children.count == MIMEParser.partLimit)
        #expect(many.defects.map(\.kind) == [.tooManyParts])
        #expect(many.root.children.last.map { many.bytes[$0.body].count } ?? 0 > 500 * 7)
    }

    @Test(arguments: [
        ("text/plain; charset=utf-8", "charset", "utf-8"),
        ("text/plain; CharSet = \"utf-8\" ; x=y", "charset", "utf-8"),
        ("text/plain; charset=us-ascii (Plain text)", "charset", "us-ascii"),
        ("a/b; name=my report (2).pdf; x=1", "name", "my report (2).pdf"),
        ("a/b; name=\"a;b\\\"c\\\\d\"", "name", "a;b\"c\\d"),
        ("a/b; name=\"C:\\docs\\x.pdf\"", "name", "C:\\docs\\x.pdf"),
        ("a/b; name=\"never closed", "name", "never closed"),
        ("a/b; name=\"folded\r\n name\"", "name", "folded name"),
        ("a/b;;; name=x;", "name", "x"),
        ("a/b; name=x; name=y", "name", "x"),
        ("a/b; name=\"=?utf-8?Q?=C3=9Cbersicht.pdf?=\"", "name", "Übersicht.pdf"),
        ("a/b; name=\"Übersicht.pdf\"", "name", "Übersicht.pdf"),
        ("a/b; name*=utf-8''%C3%9Cbersicht%202026.pdf", "name", "Übersicht 2026.pdf"),
        ("a/b; name=plain.pdf; name*=utf-8''%C3%9C.pdf", "name", "Ü.pdf"),
        ("a/b; name=plain.pdf; name*=x-none''%C3%9C.pdf", "name", "plain.pdf"),
        ("a/b; name*=iso-8859-1'de'%DCbersicht%", "name", "Übersicht%"),
        ("a/b; name*=%C3%9C.pdf", "name", "Ü.pdf"),
        ("a/b; name*1=\"b c\"; name*0=a; name*2=d; name*4=f", "name", "ab cd"),
        // A character that is split over two sections.
        ("a/b; name*0*=utf-8''%C3; name*1*=%9Cber; name*2=\"%41.pdf\"", "name", "Über%41.pdf"),
    ])
    func parametersAreRead(_ value: String, _ name: String, _ expected: String) {
        #expect(ContentType(Array(value.utf8)[...])?.parameter(name) == expected)
    }

    @Test(arguments: [
        ("aGVsbG8=", "hello"), ("aGVsbG8", "hello"), ("aGVs\r\nbG8=\r\n", "hello"), ("a G-V.s bG8=", "hello"),
        ("aGk=aGk=", "hihi"), ("aGVsbG8=\nfooter", "hello~\u{8A}-z"), ("aG", "h"), ("a", ""), ("====", ""),
        ("", ""),
    ])
    func base64IsForgiving(_ text: String, _ expected: String) {
        let octets = expected.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        #expect(TransferDecoding.base64(Array(text.utf8)[...]) == octets)
    }

    @Test(arguments: [
        ("a=20b=3D", "a b="), ("soft=\r\nbreak", "softbreak"), ("soft= \t\nbreak", "softbreak"), ("end=", "end"),
        ("junk=XY=4", "junk=XY=4"), ("lower=c3=bc", "lowerü"),
        ("blanks \t\r\nat the end  \n", "blanks\r\nat the end\n"),
        ("kept=20 \n", "kept \n"), ("a  b", "a  b"),
    ])
    func quotedPrintableIsForgiving(_ text: String, _ expected: String) {
        #expect(String(decoding: TransferDecoding.quotedPrintable(Array(text.utf8)[...]), as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            ("utf-8", [0xC3, 0xBC], "ü"), ("UTF8", [0xFF], "\u{FFFD}"), ("us-ascii", [0x41, 0xC3, 0xBC], "Aü"),
            ("us-ascii", [0x93, 0xFC, 0x94], "“ü”"), ("iso-8859-1", [0x80, 0xE4], "€ä"), ("Windows-1252", [0x99], "™"),
            ("iso-8859-15", [0xA4, 0xBE], "€Ÿ"), ("koi8-r", [0xC1, 0xC2], "аб"), ("windows-1251", [0xE0], "а"),
            ("iso-8859-2", [0xB9, 0xE8], "šč"), ("", [0xE9], "é"), ("iso-2022-jp", [0x41], nil),
            ("utf-16", [0x41], nil),
        ] as [(String, [UInt8], String?)]
    )
    func charactersAreDecoded(_ charset: String, _ octets: [UInt8], _ expected: String?) {
        #expect(Charset(named: charset.utf8)?.decode(octets[...]) == expected)
    }
}
