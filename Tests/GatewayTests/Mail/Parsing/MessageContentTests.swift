// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// What a message says to a service that takes no raw message.
@Suite struct MessageContentTests {
    private func content(_ lines: String) -> MessageContent { ParsedMessage(Array(lines.utf8)).content() }

    private static func multipart(_ subtype: String, _ parts: String...) -> String {
        let boundary = "b-\(subtype)"
        let body = parts.map { "--\(boundary)\n\($0)\n" }.joined()
        return "Content-Type: multipart/\(subtype); boundary=\"\(boundary)\"\n\n\(body)--\(boundary)--\n"
    }

    private static let mixed = "Content-Type: multipart/mixed; boundary=b\n\n"
    private static let text = "\ntext"
    private static let html = "Content-Type: text/html; charset=utf-8\n\n<p>ü</p>"
    private static let image =
        "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\naGk="
    private static let file =
        "Content-Type: application/pdf; name=old.pdf\n"
        + "Content-Disposition: attachment; filename*=utf-8''%C3%9C.pdf\n\npdf"

    /// Name, type, id, disposition and size of each file.
    private func files(_ content: MessageContent) -> [String] {
        content.attachments.map {
            "\($0.fileName) \($0.contentType) \($0.contentID ?? "-") \($0.disposition.rawValue) \($0.content.count)"
        }
    }

    private static let logo = "attachment.png image/png logo@x inline 2"
    private static let pdf = "Ü.pdf application/pdf - attachment 3"

    @Test(
        arguments: [
            ("Subject: x\n\nHello\n", "Hello\n", nil, []),
            ("Content-Type: text/html\n\n<p>", nil, "<p>", []),
            (multipart("alternative", text, html), "text", "<p>ü</p>", []),
            (multipart("mixed", multipart("alternative", text, html), file), "text", "<p>ü</p>", [pdf]),
            (
                multipart("mixed", multipart("alternative", text, multipart("related", html, image)), file), "text",
                "<p>ü</p>",
                [logo, pdf]
            ),
            (multipart("related", multipart("alternative", text, html), image), "text", "<p>ü</p>", [logo]),
            (multipart("related; start=\"<h>\"", image, "Content-ID: <h>\n" + html), nil, "<p>ü</p>", [logo]),
            (multipart("x-other", text, file), "text", nil, [pdf]),
            (file, nil, nil, [pdf]),
            (
                multipart("mixed", text, "Content-Type: text/plain; name=\"a b.txt\"\n\nnote"), "text", nil,
                ["a b.txt text/plain - attachment 4"]
            ),
            (
                multipart("mixed", text, "Content-Type: text/csv; charset=\"utf-8\"; header=present\n\n1,2"), "text",
                nil,
                ["attachment.csv text/csv; charset=\"utf-8\"; header=present - attachment 3"]
            ),
            (
                multipart("mixed", text, "Content-Type: text/calendar; name=a.ics\n\nx"), "text", nil,
                ["a.ics text/calendar - attachment 1"]
            ),
            (
                multipart("mixed", text, "Content-Disposition: attachment; filename=../../etc/passwd\n\nx"), "text",
                nil,
                ["passwd text/plain - attachment 1"]
            ),
            (
                multipart("mixed", text, "Content-Disposition: attachment; filename=\"a\u{202E}b.txt\"\n\nx"), "text",
                nil,
                ["ab.txt text/plain - attachment 1"]
            ),
        ] as [(String, String?, String?, [String])]
    )
    func textsAndFilesAreFound(_ message: String, _ text: String?, _ html: String?, _ expected: [String]) {
        let content = content(message)
        #expect(content.text == text)
        #expect(content.html == html)
        #expect(files(content) == expected)
        #expect(content.rawReasons.isEmpty)
    }

    @Test(
        arguments: [
            (multipart("signed; micalg=x", text, "Content-Type: application/pkcs7-signature\n\nx"), [.cryptography]),
            (multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nx"), [.cryptography]),
            (multipart("mixed", multipart("signed", text, text), text), [.cryptography]),
            ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx", [.cryptography]),
            (multipart("alternative", text, "Content-Type: text/calendar; method=REQUEST\n\nx"), [.calendarMethod]),
            (
                multipart("mixed", text, "Content-Type: text/calendar; method=REQUEST; name=a.ics\n\nx"),
                [.calendarMethod]
            ),
            (multipart("report; report-type=delivery-status", text), [.report]),
            ("Content-Type: message/rfc822\n\nSubject: x\n\ny", [.message]),
            (multipart("mixed", text, "Content-Type: message/rfc822\n\nSubject: x\n\ny"), [.message]),
            (multipart("digest", "\nSubject: x\n\ny"), [.message]),
            (multipart("alternative", text, "Content-Type: text/x-amp-html\n\nx", html), [.part("text/x-amp-html")]),
            (multipart("mixed", text, text), [.severalTexts]),
            ("Content-Type: text/plain; charset=iso-2022-jp\n\nx", [.charset("iso-2022-jp")]),
            ("Content-Transfer-Encoding: x-uuencode\n\nx", [.encoding]),
            (multipart("mixed", text, "Content-Transfer-Encoding: x-uuencode\nContent-Type: a/b\n\nx"), [.encoding]),
            ("Content-Type: multipart/mixed; boundary=b\n\nnothing", [.brokenStructure]),
            ("Sender: a@b.example\n\n", [.header("Sender")]),
            ("From: a@b.example\nSender: c@b.example\n\n", [.header("Sender")]),
            ("Auto-Submitted: a\u{1}b\n\n", [.header("Auto-Submitted")]),
            (
                mixed + String(repeating: "--b\nContent-Type: image/png\n\nx\n", count: 101) + "--b--\n",
                [.tooManyAttachments]
            ),
            // More defects than are noted come before the limit.
            (
                mixed
                    + String(repeating: "--b\nContent-Type: bad\nContent-Disposition: attachment\n\nx\n", count: 1100),
                [.tooManyParts, .tooManyAttachments]
            ),
            (
                mixed + "--b\n\nx\n--b\nContent-Type: image/png\n" + String(repeating: "X: y\n", count: 1000)
                    + "\nx\n--b--\n",
                [.tooManyParts]
            ),
            ("Resent-To: a@b.example\n\n", [.header("Resent-To")]),
            ("To: root\n\n", [.header("to")]),
            ("X-Bad/Name: x\n\n", [.header("X-Bad/Name")]),
            ("List-Id: <a.b>\nList-Id: <c.d>\n\n", [.header("List-Id")]),
            (
                multipart("related", html, "Content-Location: http://x/a.png\nContent-Type: image/png\n\nx"),
                [.header("Content-Location")]
            ),
        ] as [(String, [MessageContent.RawReason])]
    )
    func whatHasNoEquivalentNeedsTheOctets(_ message: String, _ reasons: [MessageContent.RawReason]) {
        let content = content(message)
        #expect(content.rawReasons == reasons)
        #expect(content.needsRaw)
    }

    @Test func theHeaderIsRead() {
        let content = content(
            """
            Received: from x
            DKIM-Signature: v=1
            From: a@b.example
            Sender: The same <a@B.example>
            To: Ana <a@b.example>, b@b.example
            Cc: c@b.example
            Reply-To: d@b.example, e@b.example
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
             aus\tKöln
            Date: x
            Message-ID: <1@b.example>
            X-Greeting: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=
            List-Unsubscribe: <https://b.example/u>,
               <mailto:u@b.example>
            References: <1@b.example>
            \t <2@b.example>
            Auto-Submitted: no
            X-Auto-Response-Suppress: OOF
            X-Empty:
            MIME-Version: 1.0

            """
        )
        #expect(content.subject == "Grüße aus Köln")
        #expect(content.to.map(\.display) == ["Ana <a@b.example>", "b@b.example"])
        #expect(content.cc.map(\.display) == ["c@b.example"])
        #expect(content.replyTo.map(\.display) == ["d@b.example", "e@b.example"])
        #expect(
            content.headers.map { "\($0.name): \($0.value)" } == [
                "X-Greeting: Grüße", "List-Unsubscribe: <https://b.example/u>, <mailto:u@b.example>",
                "References: <1@b.example> <2@b.example>", "Auto-Submitted: no", "X-Auto-Response-Suppress: OOF",
            ]
        )
        #expect(content.rawReasons.isEmpty)
    }

    /// Line ends as LF, without the last one: a text part may get or lose it.
    private func lines(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if scalar != "\n" || previous != "\r" { result.append(scalar == "\r" ? "\n" : scalar) }
            previous = scalar
        }
        if result.last == "\n" { result.removeLast() }
        return String(result)
    }

    @Test func whatTheWriterWritesIsReadBack() throws {
        var noise = HostileText(seed: 11)
        var messages = try VariedMessages.all()
        messages += try (0..<60).map { ("hostile \($0)", try noise.message()) }
        for (label, message) in messages {
            let content = ParsedMessage(MIMEWriter.message(message)).content()
            #expect(content.rawReasons.isEmpty, "\(label)")
            #expect(content.subject == message.subject, "\(label)")
            #expect(lines(content.text ?? "") == lines(message.text), "\(label)")
            #expect(content.html.map(lines) == message.html.map(lines), "\(label)")
            #expect(content.replyTo == message.replyTo, "\(label)")
            #expect(content.to == message.recipients.filter { $0.kind == .to }.map(\.mailbox), "\(label)")
            #expect(content.cc == message.recipients.filter { $0.kind == .cc }.map(\.mailbox), "\(label)")
            let added = ["Auto-Submitted", "X-Auto-Response-Suppress"].filter { name in
                !message.headers.contains { $0.name == name }
            }
            #expect(content.headers.filter { !added.contains($0.name) } == message.headers, "\(label)")
            let isInline = { (file: Mail.Attachment) in message.html != nil && file.contentID != nil }
            let files = message.attachments.filter(isInline) + message.attachments.filter { !isInline($0) }
            #expect(content.attachments.map(\.fileName) == files.map(\.fileName), "\(label)")
            #expect(content.attachments.map(\.content) == files.map(\.content), "\(label)")
            #expect(content.attachments.map(\.contentType) == files.map(\.contentType), "\(label)")
            #expect(content.attachments.map(\.contentID) == files.map(\.contentID), "\(label)")
        }
    }
}
