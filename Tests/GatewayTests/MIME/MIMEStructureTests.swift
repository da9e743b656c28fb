// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// The nesting of the parts, as a list of media types with one space per level.
@Suite struct MIMEStructureTests {
    private func outline(_ message: OutgoingMessage) -> [String] {
        var depth = 0
        var result: [String] = []
        for line in String(decoding: MIMEWriter.message(message), as: UTF8.self).split(separator: "\r\n") {
            if line.hasPrefix("--=_"), line.hasSuffix("--") { depth -= 1 }
            guard line.hasPrefix("Content-Type: ") else { continue }
            let type = line.dropFirst(14).prefix { $0 != ";" }
            result.append(String(repeating: " ", count: depth) + type)
            if type.hasPrefix("multipart/") { depth += 1 }
        }
        return depth == 0 ? result : result + ["a multipart is left open"]
    }

    @Test func partsNestByWhatThereIs() throws {
        let image = try AttachmentRules.attachment(fileName: "l.png", contentID: "logo", content: [1])
        let loose = try AttachmentRules.attachment(fileName: "l.gif", disposition: "inline", content: [1])
        let file = try AttachmentRules.attachment(fileName: "a.pdf", content: [1])
        let (text, both) = (["text/plain"], ["multipart/alternative", " text/plain", " text/html"])
        let related = ["multipart/alternative", " text/plain", " multipart/related", "  text/html", "  image/png"]
        func nested(_ parts: [String], _ files: String...) -> [String] {
            ["multipart/mixed"] + (parts + files).map { " " + $0 }
        }
        let cases: [(html: String?, files: [Mail.Attachment], outline: [String])] = [
            (nil, [], text), ("<p>", [], both), ("", [], both), ("<p>", [image], related),
            (nil, [file], nested(text, "application/pdf")), ("<p>", [file], nested(both, "application/pdf")),
            ("<p>", [file, image], nested(related, "application/pdf")), (nil, [image], nested(text, "image/png")),
            ("<p>", [loose], nested(both, "image/gif")),
            (nil, [file, file], nested(text, "application/pdf", "application/pdf")),
        ]
        for (html, files, expected) in cases {
            let message = try VariedMessages.message(html: html, attachments: files)
            #expect(outline(message) == expected)
        }
    }
}
