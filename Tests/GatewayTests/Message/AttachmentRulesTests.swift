// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

@Suite struct AttachmentRulesTests {
    @Test(arguments: [
        ("invoice.pdf", "invoice.pdf"), ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"),
        ("C:evil.txt", "evil.txt"),
        ("C:\\x\\y.txt", "y.txt"), ("1: intro.txt", "1: intro.txt"), (".htaccess", "htaccess"), ("...x. . ", "x"),
        ("  a\tb.txt ", "a b.txt"), ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("com1.log", "_com1.log"),
        ("com10.log", "com10.log"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"), ("報告書.docx", "報告書.docx"), ("a\"b\\c.txt", "c.txt"),
        ("a\"b.txt", "a\"b.txt"),
        (String(repeating: "x", count: 300) + ".pdf", String(repeating: "x", count: 196) + ".pdf"),
        (String(repeating: "報", count: 100) + ".pdf", String(repeating: "報", count: 65) + ".pdf"),
        (String(repeating: "x", count: 199) + " y", String(repeating: "x", count: 199)),
        ("x" + String(repeating: "\u{301}", count: 200) + ".pdf", "file.pdf"),
    ])
    func namesAreCleaned(_ given: String, _ kept: String) throws {
        let file = try AttachmentRules.attachment(fileName: given, content: [])
        #expect(file.fileName == kept)
        #expect(file.fileName.utf8.count <= 200)
    }

    @Test(arguments: [
        "", ".", "..", "/", "a/", "   ", "a\r\nb", "a\nContent-Type: x", "a\u{0}.pdf", "gpj.\u{202E}exe", "a\u{2028}",
    ])
    func unusableNamesAreRefused(_ name: String) {
        let fault = #expect(throws: AttachmentError.self) {
            try AttachmentRules.attachment(fileName: name, content: [])
        }
        #expect(fault?.flaws.map(\.field) == [.fileName])
    }

    @Test(arguments: [
        ("a.pdf", "application/pdf"), ("a.PNG", "image/png"), ("a.tar.gz", "application/gzip"),
        ("a", "application/octet-stream"),
        ("a.unheard", "application/octet-stream"), ("pdf", "application/octet-stream"),
    ])
    func theExtensionDecidesWithoutAType(_ name: String, _ type: String) throws {
        #expect(try AttachmentRules.attachment(fileName: name, content: []).contentType == type)
    }

    @Test(arguments: [
        ("application/pdf", "application/pdf"), ("Text/CSV", "text/csv"),
        ("text/csv;charset=utf-8", "text/csv; charset=utf-8"),
        ("text/csv ; header=\"a b\"", "text/csv; header=\"a b\""), ("image/svg+xml", "image/svg+xml"),
        ("text/plain; name=x; NAME*0*=y; format=flowed", "text/plain; format=flowed"),
    ])
    func typesComeOutPlain(_ given: String, _ kept: String) throws {
        #expect(try AttachmentRules.attachment(fileName: "a", contentType: given, content: []).contentType == kept)
    }

    @Test(arguments: [
        "", "pdf", "application/", "/pdf", "a b/c", "text/plain; charset", "text/plain;", "text/plain; x=\"a",
        "text/plain\r\nX: y",
        "text/plain; x=\"a\r\nB: c\"", "text/ü", "multipart/mixed", "Multipart/Mixed; boundary=x", "message/rfc822",
        "text/" + String(repeating: "x", count: 200), "text/plain x", "text/plain, text/html",
    ])
    func badTypesAreRefused(_ type: String) {
        let fault = #expect(throws: AttachmentError.self) {
            try AttachmentRules.attachment(fileName: "a", contentType: type, content: [])
        }
        #expect(fault?.flaws.map(\.field) == [.contentType])
    }

    @Test(arguments: [
        ("logo", "logo"), ("logo@x.example", "logo@x.example"), ("<logo@x.example>", "logo@x.example"),
        ("a/b+c=d", "a/b+c=d"),
    ])
    func contentIDsAreKeptWithoutBrackets(_ given: String, _ kept: String) throws {
        let file = try AttachmentRules.attachment(fileName: "a.png", contentID: given, content: [])
        #expect(file.contentID == kept)
        #expect(file.disposition == .inline)
    }

    @Test(arguments: [
        "", "<>", "<", "a b", "a\r\nb", "ü", "a<b", "a>b", "\"a\"", "<<a>>", "a,b", String(repeating: "x", count: 201),
    ])
    func badContentIDsAreRefused(_ id: String) {
        let fault = #expect(throws: AttachmentError.self) {
            try AttachmentRules.attachment(fileName: "a.png", contentID: id, content: [])
        }
        #expect(fault?.flaws.map(\.field) == [.contentID])
    }

    @Test func dispositionsAreTwo() throws {
        #expect(try AttachmentRules.attachment(fileName: "a", content: []).disposition == .attachment)
        #expect(
            try AttachmentRules.attachment(fileName: "a", disposition: "INLINE", content: []).disposition == .inline
        )
        let kept = try AttachmentRules.attachment(fileName: "a", contentID: "x", disposition: "attachment", content: [])
        #expect(kept.disposition == .attachment)
        #expect(throws: AttachmentError.self) {
            try AttachmentRules.attachment(fileName: "a", disposition: "form-data", content: [])
        }
    }

    @Test func allFlawsAreNamedAtOnce() {
        let fault = #expect(throws: AttachmentError.self) {
            try AttachmentRules.attachment(
                fileName: "",
                contentType: "x",
                contentID: " ",
                disposition: "y",
                content: []
            )
        }
        #expect(fault?.flaws.map(\.field) == [.fileName, .contentType, .contentID, .disposition])
    }
}
