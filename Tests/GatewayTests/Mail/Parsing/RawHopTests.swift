// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

/// A prepared message on its way to the next server or service.
@Suite struct RawHopTests {
    private static let header = "From: a@b.example\r\nTo: Ana <x@b.example>,\r\n y@b.example\r\nCc: z@b.example\r\n"

    private func text(_ raw: String, _ hop: RawHop) -> String {
        String(decoding: RawMessage.bytes(Array(raw.utf8), for: hop), as: UTF8.self)
    }

    @Test(arguments: [
        (["x@b.example", "y@b.example", "z@b.example"], header),
        (["X@b.example", "y@b.example", "z@b.example"], header),
        (["x@b.example"], "From: a@b.example\r\nTo: Ana <x@b.example>\r\n"),
        (["z@b.example"], "From: a@b.example\r\nCc: z@b.example\r\n"),
        (["h@b.example"], "Bcc: h@b.example\r\nFrom: a@b.example\r\n"),
        (
            ["x@b.example", "y@b.example", "z@b.example", "h@b.example", "i@b.example", "h@b.example"],
            "Bcc: h@b.example, i@b.example\r\n" + header
        ),
    ])
    func theHeaderNamesTheRecipientsOfTheAttempt(_ recipients: [String], _ expected: String) throws {
        let addresses = try recipients.map { try EmailAddress(parsing: $0) }
        let result = text(Self.header + "\r\nTo: body\r\n", RawHop(headerRecipients: addresses))
        #expect(result == expected + "\r\nTo: body\r\n")
    }

    @Test func anEmptyGroupStays() throws {
        let raw = "To: undisclosed-recipients:;\r\n\r\n"
        let hop = RawHop(id: "msg_1", headerRecipients: [try EmailAddress(parsing: "h@b.example")])
        #expect(text(raw, hop) == "X-Posthaste-Id: msg_1\r\nBcc: h@b.example\r\n" + raw)
    }

    @Test func noOtherFieldNamesRecipients() throws {
        let raw =
            "Resent-To: q@b.example\r\nTo: x@b.example\r\nResent-Cc: q@b.example,\r\n r@b.example\r\nRESENT-BCC: q@b.example\r\n"
            + "Bcc: q@b.example\r\nApparently-To: q@b.example\r\nSubject: x\r\n\r\nResent-To: body\r\n"
        let hop = RawHop(headerRecipients: [try EmailAddress(parsing: "x@b.example")])
        #expect(text(raw, hop) == "To: x@b.example\r\nSubject: x\r\n\r\nResent-To: body\r\n")
        #expect(text(raw, RawHop()) == raw)
    }

    @Test func nothingElseChanges() {
        let raw = Self.header + "\r\nb\u{FC}dy\r\n"
        #expect(text(raw, RawHop(takesEightBit: true)) == raw)
        #expect(text(raw, RawHop(id: "msg_1", takesEightBit: true)) == "X-Posthaste-Id: msg_1\r\n" + raw)
        #expect(text(Self.header + "\r\nbody\r\n", RawHop()) == Self.header + "\r\nbody\r\n")
    }

    @Test(
        arguments: [
            ("\r\nGrüße und noch viel mehr Text\r\n", .quotedPrintable), ("\r\nПривет\r\n", .base64),
            (
                "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>Grüße und mehr</p>\r\n",
                .quotedPrintable
            ),
            (
                "Content-Type: application/x\r\nContent-Transfer-Encoding: binary\r\n\r\n\u{FC} and more text\r\n",
                .base64
            ),
        ] as [(String, TransferEncoding)]
    )
    func eightBitTextIsEncoded(_ text: String, _ encoding: TransferEncoding) {
        let source = ParsedMessage(Array(text.utf8))
        let message = ParsedMessage(RawMessage.bytes(source.bytes, for: RawHop()))
        #expect(message.root.encoding == encoding)
        #expect(!RawMessage.isEightBit(message.bytes))
        #expect(message.content(of: message.root) == source.content(of: source.root))
        #expect(message.text(of: message.root) == source.text(of: source.root))
        #expect(message.text(ofField: "mime-version") == "1.0")
    }

    @Test func latinTextKeepsItsCharacterSet() {
        let head = Array("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".utf8)
        let message = ParsedMessage(
            RawMessage.bytes(head + [0x47, 0xFC, 0x6E, 0x61, 0x62, 0x63, 0x64, 0x0D, 0x0A], for: RawHop())
        )
        #expect(message.text(of: message.root) == "Günabcd\n")
        #expect(!RawMessage.isEightBit(message.bytes))
    }

    @Test func everyPartIsEncoded() {
        let text =
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/plain; charset=utf-8; name=\"ü.txt\"\r\n\r\nüber alles und mehr\r\n"
            + "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + "Subject: ü\r\n\r\nüber alles und mehr\r\n--b--\r\n"
        let message = ParsedMessage(RawMessage.bytes(Array(text.utf8), for: RawHop()))
        #expect(!RawMessage.isEightBit(message.bytes))
        #expect(message.root.encoding == .sevenBit)
        #expect(message.root.children.map(\.encoding) == [.sevenBit, .quotedPrintable, .sevenBit])
        #expect(message.root.children[1].contentType.parameter("name") == "ü.txt")
        #expect(message.text(of: message.root.children[1]) == "über alles und mehr")
        let inner = ParsedMessage(Array(message.bytes[message.root.children[2].body]))
        #expect(inner.text(ofField: "subject") == "ü")
        #expect(inner.text(of: inner.root) == "über alles und mehr")
    }
}
