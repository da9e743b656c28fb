// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Testing

@testable import Mail

/// Damaged messages: none of them stops the parser, and its ranges stay inside of the message.
@Suite struct ParsingFuzzTests {
    private static let pieces = [
        "\r\n", "\n", "\r", "\r\n\r\n", "--b", "--b--", "\r\n--b\r\n", "Content-Type: multipart/mixed; boundary=b\r\n",
        "=", "=?",
        "?=", "=?utf-8?Q?", ":", ";", "\"", "(", "<", "\\", "\0", "\u{FC}", "*0*=", "name*=", "=3D", " \r\n ", "From: ",
        "Bcc: x\r\n",
        "Content-Transfer-Encoding: base64\r\n", "Content-Type: message/rfc822\r\n", "X-SMTPAPI: {", "Received: x\r\n",
    ].map { Array($0.utf8) }

    /// Good messages to start from.
    private static func seeds() throws -> [[UInt8]] {
        let image = try AttachmentRules.attachment(fileName: "Logo ü.png", contentID: "l@x", content: [1, 2, 3])
        let file = try AttachmentRules.attachment(fileName: "報告書.docx", content: Array("file".utf8))
        let rich = try VariedMessages.message(
            to: [VariedMessages.mailbox("Zoë"), VariedMessages.mailbox("Lima, Ana")],
            subject: "Grüße aus Köln",
            html: "<p>ü</p>",
            attachments: [image, file]
        )
        let nested =
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
            + "--c\r\nContent-Type: message/rfc822\r\n\r\nSubject: \u{FC}\r\n\r\n\u{FC}\r\n--c--\r\n--b--\r\n"
        return [MIMEWriter.message(rich), MIMEWriter.message(try VariedMessages.message()), Array(nested.utf8)]
    }

    private func damaged(_ seed: [UInt8], _ noise: inout HostileText) -> [UInt8] {
        var bytes = seed
        for _ in 0...noise.next(below: 6) {
            let position = noise.next(below: bytes.count + 1)
            let end = min(bytes.count, position + noise.next(below: 20))
            switch noise.next(below: 5) {
            case 0: bytes.insert(contentsOf: Self.pieces[noise.next(below: Self.pieces.count)], at: position)
            case 1: bytes.removeSubrange(position..<end)
            case 2: bytes.insert(contentsOf: bytes[position..<end], at: noise.next(below: bytes.count + 1))
            case 3: if position < bytes.count { bytes[position] = UInt8(truncatingIfNeeded: noise.next(below: 256)) }
            default: bytes.removeSubrange((noise.next(below: 10) == 0 ? position : end)...)
            }
        }
        return bytes
    }

    /// True when each range lies in the one around it.
    private func isSound(_ part: MIMEPart, in range: Range<Int>) -> Bool {
        range.contains(part.header) && range.contains(part.body) && part.header.upperBound <= part.body.lowerBound
            && part.fields.allSatisfy {
                part.header.contains($0.range) && $0.range.contains($0.name) && $0.range.contains($0.value)
            }
            && part.children.allSatisfy { isSound($0, in: part.body) }
    }

    @Test func damagedMessagesAreReadAndPrepared() throws {
        let seeds = try Self.seeds()
        var completion = try RawMessageTests.completion()
        completion.options.parse = { _ in .null }
        var noise = HostileText(seed: 3)
        for round in 0..<450 {
            let bytes = damaged(seeds[round % seeds.count], &noise)
            let message = ParsedMessage(bytes)
            #expect(isSound(message.root, in: bytes.startIndex..<bytes.endIndex), "round \(round)")
            _ = message.content()
            // A refused message is as good as a prepared one.
            guard let raw = try? RawMessage(preparing: bytes, completion) else { continue }
            check(raw.bytes, round)
            // A prepared message is complete: to prepare it once more changes nothing.
            #expect(try RawMessage(preparing: raw.bytes, completion).bytes == raw.bytes, "round \(round)")
        }
    }

    private func check(_ prepared: [UInt8], _ round: Int) {
        #expect(MIMESample.lines(prepared) != nil, "round \(round)")
        let fields = ParsedMessage(prepared).fields
        for name in ["from", "date", "message-id"] {
            #expect(!prepared.fields(name, in: fields).isEmpty, "round \(round): \(name)")
        }
        for name in ["bcc", "return-path"] {
            #expect(prepared.fields(name, in: fields).isEmpty, "round \(round): \(name)")
        }
        // Only a local part and a boundary, which the body has too, may stay as they are.
        let kept = ["to", "cc", "from", "reply-to", "content-type"]
        let others = fields.filter { !kept.contains(prepared.name(of: $0).lowercased()) }
        #expect(others.allSatisfy { prepared[$0.range].allSatisfy { $0 < 0x80 } }, "round \(round)")
        let hop = RawMessage.bytes(prepared, for: RawHop(id: "msg_1"))
        #expect(MIMESample.lines(hop) != nil, "round \(round)")
    }

    /// Each would take minutes if the work grew with the square of the size.
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (mixed, "--b\n"), (mixed, "\n--"), (mixed, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"),
            (mixed, "--b\nContent-Type: message/rfc822\n\n"), ("Content-Type: multipart/mixed\n\n", "--x\n"),
            ("Subject: ", "=?utf-8?Q?"), ("Subject: ", "=?x?q?y?= "), ("To: ", "("), ("To: ", "\""), ("To: ", "<"),
            ("To: ", "a@b.c,"),
            ("To: ", "a@b.c:"), ("Content-Type: a/b; ", "a*0=b;"), ("Content-Type: a/b; ", "=\""), ("", "X: y\n"),
            ("", "\r"),
            ("To: ", "a,"), ("To: ", "a:"), ("To: ", ":"), ("To: ", "é,"), ("To: ", "a@b.c é,"), ("From: ", "\\\""),
            ("From: ", "é <"), ("X-SMTPAPI: ", "{"), ("", "X-Tag: y\n"), ("", "X-Posthaste-Y: z\n"), ("X: ", "é "),
            ("Content-Type: a/b; ", "x*=é;"), ("Content-Type: a/b; x=é; ", "nnnn"), ("\n", "é\n"),
            (mixed, "--b\n\né\n"), (mixed, "é--b\n"), ("Content-Type: message/rfc822\n\n", "X: é\n"),
            (message, message), (message + "\n", "é"),
            ("X: ", " \n"), ("Content-Transfer-Encoding: quoted-printable\n\n", "= "),
        ]
    )
    func repeatedPiecesTakeLinearTime(_ head: String, _ piece: String) throws {
        let bytes = Array((head + String(repeating: piece, count: 40_000 / piece.utf8.count)).utf8)
        _ = ParsedMessage(bytes).content()
        let completion = try RawMessageTests.completion()
        // A header that is refused, and the same octets after one that is not.
        for head in [[], Array("From: a@b.example\n".utf8)] {
            // A refused message is as good as a prepared one.
            _ = try? RawMessage(preparing: head + bytes, completion)
        }
        let hop = RawHop(id: "msg_1", headerRecipients: [try EmailAddress(parsing: "a@b.example")])
        #expect(RawMessage.bytes(bytes, for: hop).count < 60 * bytes.count)
    }

    private static let message = "Content-Type: message/rfc822\n\n"
    private static let mixed = "Content-Type: multipart/mixed; boundary=b\n\n"
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
