// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

@Suite struct MIMEWriterTests {
    private func header(_ name: String, of message: OutgoingMessage, bcc: MIMEWriter.BlindCopies = .omitted) throws
        -> String?
    {
        let lines = try #require(MIMESample.lines(MIMEWriter.message(message, bcc: bcc)))
        guard let start = lines.firstIndex(where: { $0.hasPrefix("\(name): ") }) else { return nil }
        let rest = lines[(start + 1)...].prefix { $0.hasPrefix(" ") }
        return ([String(lines[start].dropFirst(name.count + 2))] + rest).joined(separator: "\n")
    }

    @Test func plainMessageIsAsShort() throws {
        let message = try MIMESample.message()
        #expect(
            MIMESample.lines(MIMEWriter.message(message)) == [
                "From: Posthaste <noreply@example.org>",
                "To: a@b.example",
                "Subject: Hello",
                "Date: Fri, 20 Nov 2026 17:33:27 +0000",
                "Message-ID: <0192f3c4.5a6b7c8d@example.org>",
                "X-Posthaste-Id: msg_1",
                "Auto-Submitted: auto-generated",
                "X-Auto-Response-Suppress: All",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "Content-Transfer-Encoding: 7bit",
                "",
                "Hello.",
            ]
        )
    }

    @Test(arguments: [
        (
            "Grüße aus Köln – Passwort zurücksetzen",
            "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln_=E2=80=93_Passwort_zur?=\n =?utf-8?Q?=C3=BCcksetzen?="
        ),
        ("Invoice 12 für Ana is due", "Invoice 12 =?utf-8?B?ZsO8cg==?= Ana is due"),
        ("Сброс пароля", "=?utf-8?B?0KHQsdGA0L7RgSDQv9Cw0YDQvtC70Y8=?="),
        ("a =?utf-8?Q?b?= c", "a =?utf-8?B?PT91dGYtOD9RP2I/PQ==?= c"),
        ("a\r\nBcc: e@v.example", "a  Bcc: e@v.example"),
        ("", ""),
    ])
    func subjectIsEncodedWhereItMustBe(_ subject: String, _ written: String) throws {
        #expect(try header("Subject", of: MIMESample.message(subject: subject)) == written)
    }

    @Test(arguments: [
        ("Ana Lima <a@b.example>", "Ana Lima <a@b.example>"),
        (#""Lima, Ana" <a@b.example>"#, #""Lima, Ana" <a@b.example>"#),
        (#""A \"B\" C" <a@b.example>"#, #""A \"B\" C" <a@b.example>"#),
        ("Zoë <a@b.example>", "=?utf-8?B?Wm/Dqw==?= <a@b.example>"),
        ("山田太郎 <a@b.example>", "=?utf-8?B?5bGx55Sw5aSq6YOO?= <a@b.example>"),
        (#""=?utf-8?Q?x?=" <a@b.example>"#, "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?= <a@b.example>"),
    ])
    func namesAreQuotedOrEncoded(_ mailbox: String, _ written: String) throws {
        #expect(try header("To", of: MIMESample.message(to: [mailbox])) == written)
    }

    @Test func hiddenRecipientsStayHidden() throws {
        let message = try MIMESample.message(to: [], bcc: ["hidden@b.example", "done@b.example"])
        let bytes = MIMEWriter.message(message)
        #expect(!String(decoding: bytes, as: UTF8.self).contains("hidden"))
        #expect(try header("To", of: message) == "undisclosed-recipients:;")
        var rest = message
        rest.envelope.removeLast()
        #expect(try header("Bcc", of: rest, bcc: .included) == "hidden@b.example")
    }

    @Test func repliesAndCopiesHaveTheirFields() throws {
        let message = try MIMESample.message(cc: ["c@b.example", "d@b.example"], replyTo: ["r@b.example"])
        #expect(try header("Cc", of: message) == "c@b.example, d@b.example")
        #expect(try header("Reply-To", of: message) == "r@b.example")
    }

    @Test func ownFieldsComeOnce() throws {
        let mine = try HeaderField(name: "x-auto-response-suppress", value: "OOF")
        let message = try MIMESample.message(headers: [mine, HeaderField(name: "X-Order", value: "4711")])
        let lines = try #require(MIMESample.lines(MIMEWriter.message(message)))
        let names = MIMESample.fieldNames(lines).map { $0.lowercased() }
        #expect(Set(names).count == names.count)
        #expect(lines.contains("X-Order: 4711") && lines.contains("x-auto-response-suppress: OOF"))
    }

    @Test func sameMessageGivesTheSameBytes() throws {
        let message = try MIMESample.message(html: "<p>Hello</p>")
        #expect(MIMEWriter.message(message) == MIMEWriter.message(message))
        var other = message
        other.messageID = "other@example.org"
        #expect(MIMEWriter.message(other) != MIMEWriter.message(message))
    }

    @Test(arguments: [
        ("plain\n", "7bit"), ("", "7bit"), ("Köln liegt am Rhein\n", "quoted-printable"), ("日本語\n", "base64"),
        ("a\n.\nb\n", "quoted-printable"), ("From here\n", "quoted-printable"), ("-- \nAna\n", "quoted-printable"),
        ("a\u{7}b\n", "quoted-printable"), (String(repeating: "x", count: 201), "quoted-printable"),
        ("--=_a_x\n", "quoted-printable"), ("a\r\nb\rc\n", "7bit"),
    ])
    func encodingSuitsTheText(_ text: String, _ encoding: String) throws {
        #expect(try header("Content-Transfer-Encoding", of: MIMESample.message(text: text)) == encoding)
    }

    @Test func quotedPrintableProtectsWhatRelaysBreak() throws {
        let text =
            ".\n.é=\nFrom me \nend\t\n" + String(repeating: "a", count: 75) + ".b\n" + String(repeating: "a", count: 76)
        let lines = try #require(MIMESample.lines(MIMEWriter.message(MIMESample.message(text: text))))
        #expect(
            Array(lines.drop { !$0.isEmpty }.dropFirst()) == [
                "=2E", "=2E=C3=A9=3D", "=46rom me=20", "end=09", String(repeating: "a", count: 75) + "=", "=2Eb",
                String(repeating: "a", count: 76),
            ]
        )
    }

    @Test func sizeIsNeverAboveTheBound() throws {
        let texts =
            [
                "", "a", "\n\n\n", ".\n.\n", "Köln " + String(repeating: "\n. ", count: 300),
                String(repeating: "日", count: 999),
            ]
            + [String(repeating: "=", count: 5000), "é" + String(repeating: "From \r", count: 900)]
        for text in texts {
            let file = try AttachmentRules.attachment(fileName: "a.bin", content: [UInt8](repeating: 7, count: 100_000))
            let message = try MIMESample.message(text: text, html: text, attachments: [file])
            let bound = MIMEWriter.sizeBound(text: text, html: text, attachmentSizes: [100_000])
            let size = MIMEWriter.message(message).count
            #expect(size <= bound + 1024 && bound < size + 40_000)
        }
    }
}
