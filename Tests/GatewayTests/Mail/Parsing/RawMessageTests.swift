// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import JSON
import Testing

@testable import Mail

/// What a raw message keeps, loses and gets.
@Suite struct RawMessageTests {
    static func completion(from: String? = "Envelope <env@b.example>") throws -> RawMessage.Completion {
        RawMessage.Completion(
            messageID: "new@b.example",
            date: Timestamp(milliseconds: 1_795_196_007_042),
            from: try from.map { try Mailbox(parsing: $0) },
            serverNames: ["MX.example"],
            options: HeaderOptions.Rules { try JSONDecoder().decode(DecodedJSON.self, from: Data($0)).value }
        )
    }

    static func prepared(_ text: String, from: String? = "Envelope <env@b.example>") throws -> RawMessage {
        try RawMessage(preparing: Array(text.utf8), completion(from: from))
    }

    /// Why the message is refused; nil when it is not.
    static func refusal(_ text: String, from: String? = "env@b.example") throws -> RawMessageError? {
        let completion = try completion(from: from)
        do throws(RawMessageError) {
            _ = try RawMessage(preparing: Array(text.utf8), completion)
            return nil
        } catch {
            return error
        }
    }

    private static let complete = "From: a@b.example\r\nDate: x\r\nMessage-ID: <1@b.example>\r\n"
    private static let from = "From: Envelope <env@b.example>\r\n"
    private static let date = "Date: Fri, 20 Nov 2026 17:33:27 +0000\r\n"
    private static let id = "Message-ID: <new@b.example>\r\n"

    @Test(
        arguments: [
            // Kept octet for octet: odd folds, blanks, case, order, unknown fields, 8-bit bodies.
            (complete + "DKIM-Signature: v=1;\r\n\tb=a  b\r\nsUBJECT :x \r\n \r\n\r\nb\u{FC}dy  \r\n", nil),
            (complete + "\r\n", nil),
            // Line ends.
            ("From: a@b.example\nDate: x\nMessage-ID: <1@b.example>\n\na\rb\r\r\nc", complete + "\r\na b \r\nc\r\n"),
            // Put in.
            ("\r\nbody\r\n", from + date + id + "\r\nbody\r\n"), ("body\r\n", from + date + id + "\r\nbody\r\n"),
            ("From: a@b.example\r\n\r\n", date + id + "From: a@b.example\r\n\r\n"),
            ("From: \r\nDate:\r\nMessage-ID: \r\nX: \r\n\r\n", from + date + id + "X: \r\n\r\n"),
            (
                complete + "Content-Type: text/plain\r\n\r\n",
                "MIME-Version: 1.0\r\n" + complete + "Content-Type: text/plain\r\n\r\n"
            ),
            (complete + "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n", nil),
            // The header ends.
            (complete + "no field\r\n\r\nx: y\r\n", complete + "\r\nno field\r\n\r\nx: y\r\n"),
            (complete, complete + "\r\n"),
            ("From ana Fri Nov 20\n" + complete + "\r\n", complete + "\r\n"),
            // Taken out.
            (
                complete
                    + "Bcc: c@b.example,\r\n d@b.example\r\nReturn-Path: <x>\r\nresent-bcc: e@b.example\r\nX: y\r\n\r\n",
                complete + "X: y\r\n\r\n"
            ),
            ("Content-Length: 5\r\n" + complete + "\r\nBcc: in the body\r\n", complete + "\r\nBcc: in the body\r\n"),
            (
                complete
                    + "Authentication-Results: mx.EXAMPLE; spf=pass\r\nAuthentication-Results: other.example; x\r\n\r\n",
                complete + "Authentication-Results: other.example; x\r\n\r\n"
            ),
            (
                complete
                    + "X-PM-Tag: a\r\nX-SES-CONFIGURATION-SET: x\r\nX-Tag: b\r\nX-MSYS-API: {}\r\nX-Posthaste-Id: msg_1\r\n\r\n",
                complete + "\r\n"
            ),
            // Raw octets in fields.
            (complete + "Subject: Grüße\r\n\r\n", complete + "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\n"),
            (
                complete + "To: Jörg <a@b.example>, \"Doe, B\" <b@b.example>\r\n\r\n",
                complete + "To: =?utf-8?B?SsO2cmc=?= <a@b.example>, \"Doe, B\" <b@b.example>\r\n\r\n"
            ),
            (
                complete + "Cc: größe: a@bücher.example;\r\n\r\n",
                complete + "Cc: =?utf-8?B?Z3LDtsOfZQ==?=: a@xn--bcher-kva.example;\r\n\r\n"
            ),
            (
                complete + "MIME-Version: 1.0\r\nContent-Disposition: attachment; filename=ü.pdf; x=1\r\n\r\n",
                complete
                    + "MIME-Version: 1.0\r\nContent-Disposition: attachment; filename*=utf-8''%C3%BC.pdf; x=\"1\"\r\n\r\n"
            ),
        ] as [(String, String?)]
    )
    func isKeptOrMended(_ text: String, _ expected: String?) throws {
        let message = try Self.prepared(text)
        #expect(String(decoding: message.bytes, as: UTF8.self) == expected ?? text)
    }

    @Test func theHeaderIsRead() throws {
        let message = try Self.prepared(
            "From: =?utf-8?Q?J=C3=B6rg?= <a@b.example>\r\nSender: s@b.example\r\nTo: Ana <x@b.example>, root\r\n"
                + "Cc: y@b.example\r\nBcc: z@b.example\r\nResent-Bcc: r@b.example, root\r\nSubject: =?utf-8?Q?=C3=BC?=\r\nMessage-ID: <odd id@vm>\r\n\r\n"
        )
        #expect(message.from.map(\.display) == ["Jörg <a@b.example>"])
        #expect(message.sender?.display == "s@b.example")
        #expect(message.to.map(\.display) == ["Ana <x@b.example>"])
        #expect(message.cc.map(\.display) == ["y@b.example"])
        #expect(message.bcc.map(\.display) == ["z@b.example"])
        #expect(message.recipientFaults.map(\.field) == ["To"])
        #expect(message.subject == "ü")
        #expect(message.messageID == "odd id@vm")
        #expect(message.hasField("SENDER"))
        #expect(!message.hasField("bcc"))
    }

    @Test(arguments: [
        ("", 554, "5.6.0", 1), ("From: a@b.example\r\n\r\n\0", 554, "5.6.0", 1),
        ("From: a@b.example\r\nFrom: c@b.example\r\n\r\n", 554, "5.6.0", 1),
        ("From: a@b.example, c@b.example\r\n\r\n", 554, "5.6.0", 1), ("From: root\r\n\r\n", 554, "5.6.0", 1),
        ("From: none:;\r\n\r\n", 554, "5.6.0", 1), ("From: a@b.example\r\nSender: x\r\n\r\n", 554, "5.6.0", 1),
        ("Sender: a@b.example, b@b.example\r\nFrom: a, b\r\nX-Posthaste-Priority: top\r\n\r\n\0", 554, "5.6.0", 4),
    ])
    func isRefused(_ text: String, _ code: Int, _ enhanced: String, _ count: Int) throws {
        let error = try #require(try Self.refusal(text))
        #expect(error.reply == (code, enhanced))
        #expect(error.faults.count == count)
    }

    /// A From or Sender that is written again says what was checked.
    @Test(arguments: [
        ("\"x\\\"é, <c@b.example>\" <a@b.example>", "a@b.example"), ("é (<c@b.example>) <a@b.example>", "a@b.example"),
        ("c@b.example <a@b.example>", "a@b.example"), ("a@b.example;", "a@b.example"),
        ("Ana, é <a@b.example>", nil), ("x\\\"é, <c@b.example>\" <a@b.example>", nil),
        ("é: c@b.example: <a@b.example>;", nil),
        ("é <c@b.example>, <a@b.example>", nil), ("é <c@b .example>", nil),
        (String(repeating: "Name ", count: 300) + "<a@b.example>", "a@b.example"),
        ("\"" + String(repeating: "a, <c@b.example>", count: 100) + "\" <a@b.example>", "a@b.example"),
    ])
    func theSenderIsTheOneThatWasChecked(_ value: String, _ address: String?) throws {
        for name in ["From", "Sender"] {
            let text = (name == "From" ? "" : "From: a@b.example\r\n") + "\(name): \(value)\r\n\r\n"
            guard let address else {
                #expect(try Self.refusal(text)?.faults.map(\.field) == [name])
                continue
            }
            let message = try Self.prepared(text)
            let field = try #require(
                message.bytes.firstField(name.lowercased(), in: ParsedMessage(message.bytes).fields)
            )
            let list = AddressList(message.bytes[field.value])
            #expect(list.single?.address.description == address)
            #expect(list.senderFault == nil)
            #expect(!list.oddities.contains(.loose))
        }
    }

    @Test(arguments: [
        ("é, \"b\" <b@b.example> c@b.example, d@b.example", 3), ("Jörg <a@b.example> Bob <b@b.example>", 2),
        ("<a@b.example> é <b@b.example> c@b.example", 3), ("team: Jörg <a@b.example>, b@b.example; é <c@b.example>", 3),
    ])
    func noRecipientIsLostOrFound(_ value: String, _ count: Int) throws {
        let source = AddressList(Array(value.utf8)[...]).mailboxes
        #expect(source.count == count)
        let message = try Self.prepared(Self.complete + "To: \(value)\r\n\r\n")
        #expect(ParsedMessage(message.bytes).content().to == source)
        #expect(message.to == source)
        #expect(!RawMessage.isEightBit(message.bytes))
    }

    @Test func faultsOfRecipientsAreNotCountless() throws {
        let message = try Self.prepared(Self.complete + "To: " + String(repeating: "a,", count: 20_000) + "\r\n\r\n")
        #expect(message.recipientFaults.count == 50)
        #expect(message.recipientFaults.last?.detail == "There are 19951 more faults of this kind.")
    }

    private static let parameterNames = Array(57...80) + [1, 40, 41, 300]

    /// Also in the header of a part, when it goes to a server that takes 7 bits.
    @Test(.timeLimit(.minutes(1)), arguments: parameterNames)
    func parametersWithLongNamesEnd(_ length: Int) throws {
        let (name, value) = (String(repeating: "n", count: length), String(repeating: "é", count: 100))
        let field = "Content-Type: text/plain; charset=utf-8; \(name)=\"\(value)\"\r\n"
        let message = try Self.prepared(Self.complete + field + "\r\n")
        #expect(message.bytes.count < 3000)
        let type = ParsedMessage(message.bytes).root.contentType
        #expect(type.parameter("charset") == "utf-8")
        #expect(type.parameter(name) == (length <= 40 ? value : nil))

        let parts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\(field)\r\nx\r\n--b--\r\n"
        let hop = RawMessage.bytes(try Self.prepared(Self.complete + parts).bytes, for: RawHop())
        #expect(!RawMessage.isEightBit(hop))
        #expect(ParsedMessage(hop).root.children[0].contentType.parameter(name) == (length <= 40 ? value : nil))

        var buffer = MessageBuffer(capacity: 100)
        buffer.bytes = Array("a/b".utf8)
        buffer.appendExtendedParameter(name, value)
        #expect(ContentType(buffer.bytes[...])?.parameter(name) == value)
    }

    @Test(arguments: [
        ("boundary=\"x=?y\"", "x=?y"), ("boundary=\"=?utf-8?Q?x?=\"", "=?utf-8?Q?x?="), ("boundary=\"a\\\"b\"", "a\"b"),
        ("boundary*0=a; boundary*1=b", "ab"),
    ])
    func aBoundaryStaysWhenItsFieldIsEncoded(_ parameter: String, _ boundary: String) throws {
        let text =
            "Content-Type: multipart/mixed; name=é; \(parameter); start=\"<a=?b>\"\r\n\r\n--\(boundary)\r\n\r\nx\r\n--\(boundary)--\r\n"
        let message = ParsedMessage(try Self.prepared(Self.complete + text).bytes)
        #expect(message.root.contentType.boundary == Array(boundary.utf8))
        #expect(message.root.contentType.parameter("name") == "é")
        #expect(message.root.contentType.parameter("start") == "<a=?b>")
        #expect(message.root.children.count == 1)
        #expect(message.defects.isEmpty)
    }

    @Test func longValuesOfParametersAreCut() throws {
        let value = String(repeating: "x", count: 2000)
        let message = try Self.prepared(
            Self.complete + "Content-Disposition: attachment; filename=\"é \(value)\"; x=\(value)\r\n\r\n"
        )
        #expect(!hasLongLine(message.bytes))
        let field = try #require(
            message.bytes.firstField("content-disposition", in: ParsedMessage(message.bytes).fields)
        )
        let parameters = FieldParameters.parse(message.bytes[field.value]).1
        #expect(parameters["filename"] == "é \(value)")
        #expect(parameters["x"] == value)
    }

    @Test(arguments: ["Subject", "X-Long", "To", "Content-Disposition"])
    func aFieldWithoutBlanksIsCut(_ name: String) throws {
        let values = [
            "To": (0..<100).map { "a\($0)@b.example" }.joined(separator: ","),
            "Content-Disposition": "attachment;filename=" + String(repeating: "x", count: 2000),
        ]
        let value = values[name] ?? String(repeating: "x", count: 2000)
        let message = ParsedMessage(
            try Self.prepared(Self.complete + "MIME-Version: 1.0\r\n\(name): \(value)\r\n\r\n").bytes
        )
        #expect(!hasLongLine(message.bytes))
        switch name {
        case "To": #expect(message.content().to.count == 100)
        case "Content-Disposition":
            let field = try #require(message.bytes.firstField("content-disposition", in: message.fields))
            #expect(FieldParameters.parse(message.bytes[field.value]).1["filename"]?.count == 2000)
        default: #expect(message.text(ofField: name) == value)
        }
    }

    @Test func aNewMessageIDHasTheDomainOfFrom() throws {
        let rules = try Self.completion().options
        let completion = RawMessage.Completion(uniqueID: "7f", date: Timestamp(milliseconds: 0), options: rules)
        let message = try RawMessage(preparing: Array("From: Ana <a@Büro.example>\r\n\r\n".utf8), completion)
        #expect(message.messageID == "7f@xn--bro-hoa.example")
        #expect(ParsedMessage(message.bytes).text(ofField: "message-id") == "<7f@xn--bro-hoa.example>")
    }

    @Test func theSizeIsThatOfSevenBits() throws {
        var plain = try Self.prepared(Self.complete + "\r\nbody\r\n")
        #expect(plain.wireSize == plain.bytes.count)
        var high = try Self.prepared(Self.complete + "\r\n" + String(repeating: "é", count: 400) + "\r\n")
        #expect(high.wireSize > high.bytes.count)
        for _ in 0..<2 {
            #expect(plain.wireSize == RawMessage.bytes(plain.bytes, for: RawHop()).count)
            #expect(high.wireSize == RawMessage.bytes(high.bytes, for: RawHop()).count)
            plain.putInFront([("Received", "from us")])
            high.putInFront([("Received", "from us")])
        }
    }

    @Test func aHeaderThatIsTooLargeWhenEncodedIsRefused() throws {
        let text = Self.complete + "X: \(String(repeating: "é ", count: 60_000))\r\n\r\n"
        #expect(try Self.refusal(text)?.reply.code == 552)
    }

    @Test func tooMuchIsRefused() throws {
        for (fields, code, enhanced) in [
            (String(repeating: "Received: x\r\n", count: 51), 554, "5.4.6"),
            (String(repeating: "X: y\r\n", count: 1000), 552, "5.3.4"),
            (String(repeating: "X: y\r\n", count: 200_000), 552, "5.3.4"),
            ("X: " + String(repeating: "word \r\n ", count: 40_000) + "\r\n", 552, "5.3.4"),
        ] {
            let error = try Self.refusal("From: a@b.example\r\n\(fields)\r\n")
            #expect(error?.reply.code == code)
            #expect(error?.reply.enhanced == enhanced)
        }
        #expect(
            try Self.refusal("From: a@b.example\r\n" + String(repeating: "Received: x\r\n", count: 50) + "\r\n") == nil
        )
    }

    @Test func aMessageWithoutAnyFromIsRefused() throws {
        let error = try #require(try Self.refusal("Subject: x\r\n\r\n", from: nil))
        #expect(error.faults.map(\.field) == ["From"])
    }

    @Test func fieldsArePutInFront() throws {
        var message = try Self.prepared(Self.complete + "\r\nx\r\n")
        message.putInFront([
            ("Received", "from x by y; " + String(repeating: "word ", count: 20) + "end"), ("X-Ü", "ü"),
        ])
        let lines = MIMESample.lines(message.bytes) ?? []
        #expect(lines.first?.hasPrefix("Received: from x") == true)
        #expect(MIMESample.fieldNames(lines).prefix(3) == ["Received", "X-Ü", "From"])
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
    }

    @Test func aRepeatHasTheSameContent() throws {
        let first = try Self.prepared("Received: a\r\nDate: x\r\nSubject: y\r\n\r\nbody\r\n")
        var second = try Self.prepared("Received: b\r\nSubject: y\r\n\r\nbody\r\n")
        second.putInFront([("Received", "from us")])
        #expect(first.repeatable == second.repeatable)
        #expect(String(decoding: first.repeatable, as: UTF8.self) == "Subject: y\r\n\r\nbody\r\n")
        #expect(try first.repeatable != Self.prepared("Subject: z\r\n\r\nbody\r\n").repeatable)
    }

    private func hasLongLine(_ bytes: [UInt8]) -> Bool { bytes.split(separator: 0x0A).contains { $0.count > 999 } }

    private static let long = String(repeating: "<td>word</td>", count: 100)

    @Test func longLinesOfTextsAreEncoded() throws {
        let head = Self.complete + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        let parts =
            "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>\u{FC}\(Self.long)\r\n"
            + "--b\r\nContent-Type: application/octet-stream\r\n\r\n\(Self.long)\r\n"
            + "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n\(String(repeating: "aGk0", count: 400))\r\n"
            + "--b\r\n\r\nshort  \r\n\r\n--b--\r\n"
        let source = ParsedMessage(Array((head + parts).utf8))
        let message = ParsedMessage(try Self.prepared(head + parts).bytes)
        #expect(!hasLongLine(message.bytes))
        #expect(message.root.children.map(\.encoding) == [.quotedPrintable, .base64, .base64, .sevenBit])
        #expect(
            message.root.children.map { message.content(of: $0) } == source.root.children.map { source.content(of: $0) }
        )
        // All but the three parts is the same.
        let tail = Array("--b\r\n\r\nshort  \r\n\r\n--b--\r\n".utf8)
        #expect(message.bytes.starts(with: head.utf8))
        #expect(message.bytes.suffix(tail.count) == tail[...])
    }

    /// A line of a decoded text does not become a delimiter.
    @Test(arguments: ["=2D-b", "=2D-b--", "x=\r\n=0D=0A-=2Db"])
    func noDelimiterIsMade(_ line: String) throws {
        let text =
            Self.complete + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            + "Content-Transfer-Encoding: quoted-printable\r\n\r\n\(line)\r\n\(Self.long)\r\n--b--\r\n"
        let (source, message) = (ParsedMessage(Array(text.utf8)), ParsedMessage(try Self.prepared(text).bytes))
        #expect(!hasLongLine(message.bytes))
        #expect(message.root.children.count == 1)
        #expect(message.content(of: message.root.children[0]) == source.content(of: source.root.children[0]))
    }

    @Test(arguments: [
        // A message as a part, a text before and after the parts, a multipart without parts, a field of a part.
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n\(long)\r\n--b--\r\n",
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nTo: \(long) é\r\n\r\né\r\n--b--\r\n",
        "-\(long)é\r\n--b\r\n\r\nx\r\n--b--\r\n\(long)é\r\n", "\(long)é",
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\(long)é\r\n--b--\r\n",
        "--b\r\nContent-Description: \(String(repeating: "word ", count: 300))\r\n\r\nx\r\n--b--\r\n",
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: x\r\n\r\nX: \(long)é\r\n--b--\r\n",
    ])
    func longLinesAreMendedEverywhere(_ body: String) throws {
        let head = Self.complete + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        let (source, message) = (ParsedMessage(Array((head + body).utf8)), try Self.prepared(head + body))
        #expect(!hasLongLine(message.bytes))
        for bytes in [message.bytes, RawMessage.bytes(message.bytes, for: RawHop())] {
            let parsed = ParsedMessage(bytes)
            #expect(!hasLongLine(bytes))
            #expect(parsed.root.children.count == source.root.children.count)
            guard let (part, old) = zip(parsed.root.children, source.root.children).first(where: { _ in true }),
                part.contentType.name != "message/rfc822"
            else { continue }
            #expect(parsed.content(of: part) == source.content(of: old))
        }
        #expect(!RawMessage.isEightBit(RawMessage.bytes(message.bytes, for: RawHop())))
    }

    @Test func moreThanAThousandPartsStay() throws {
        let text =
            Self.complete + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            + String(repeating: "--b\r\n\r\né\r\n", count: 1500) + "--b\r\n\r\n\(Self.long)\r\n--b--\r\n"
        let message = try Self.prepared(text)
        #expect(message.bytes == Array(text.utf8))
        #expect(RawMessage.bytes(message.bytes, for: RawHop()) == message.bytes)
    }

    @Test func longLinesWithoutMIMEAreEncodedToo() throws {
        let message = ParsedMessage(try Self.prepared(Self.complete + "\r\nü\(Self.long)\r\n").bytes)
        #expect(message.text(ofField: "mime-version") == "1.0")
        #expect(message.text(ofField: "content-type") == "text/plain; charset=utf-8")
        #expect(message.text(of: message.root) == "ü\(Self.long)\n")
    }

    @Test func signedPartsStay() throws {
        let text =
            Self.complete + "MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n"
            + "--b\r\n\r\n\(Self.long)\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
        #expect(try Self.prepared(text).bytes == Array(text.utf8))
    }

    @Test func longLinesOfFieldsAreFolded() throws {
        let to = (0..<60).map { "Name \($0) <address\($0)@b.example>" }.joined(separator: ", ")
        let message = ParsedMessage(try Self.prepared(Self.complete + "To: \(to)\r\n\r\n").bytes)
        #expect(!hasLongLine(message.bytes))
        #expect(message.content().to.count == 60)
    }
}
