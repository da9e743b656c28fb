// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

struct PluginProtocolTests {
    private static func sample() throws -> OutgoingMessage {
        var message = SampleMail.plain(7, to: ["ana", "bo"])
        message.recipients.append(Recipient(try Mailbox(EmailAddress(parsing: "cy@example.org")), kind: .cc))
        message.recipients.append(Recipient(try Mailbox(EmailAddress(parsing: "di@example.org")), kind: .bcc))
        message.envelope = message.recipients.map(\.mailbox.address)
        message.replyTo = [try Mailbox(name: "Hélp \"desk\"", address: EmailAddress(parsing: "help@example.org"))]
        message.html = "<p>Hello\u{2028}you</p>\n"
        message.headers = [try HeaderField(name: "X-One", value: "1")]
        message.attachments = [
            try AttachmentRules.attachment(fileName: "ä.txt", content: Array("abc".utf8)),
            try AttachmentRules.attachment(fileName: "b.png", contentID: "logo", content: [0, 255]),
        ]
        (message.brand, message.category, message.attempt) = ("acme", "welcome", 2)
        (message.tags, message.metadata) = (["a", "b"], ["order": "17"])
        return message
    }

    @Test func messageHasEveryField() throws {
        let message = try Self.sample()
        let line = PluginProtocol.call(17, .send(message))
        #expect(!line.contains(UInt8(ascii: "\n")))
        var call = try #require(try JSONReader.read(line)["send"]?.object)
        var written = try #require(call["message"]?.object)
        let raw = try #require(written["raw"]?.string.flatMap { Base64.decode($0) })
        #expect(raw == MIMEWriter.message(message))
        written["raw"] = nil
        call["message"] = nil
        #expect(call == JSONObject([("call", 17)]))
        let expected = try JSONReader.read(
            #"""
            {"id": "msg_7", "message_id": "m7@example.org", "attempt": 2, "from": {"email": "noreply@example.org", "name": null},
            "to": [{"email": "ana@example.org", "name": null}, {"email": "bo@example.org", "name": null}],
            "cc": [{"email": "cy@example.org", "name": null}], "bcc": [{"email": "di@example.org", "name": null}],
            "reply_to": [{"email": "help@example.org", "name": "Hélp \"desk\""}], "subject": "Number 7",
            "html": "<p>Hello\u2028you</p>\n", "text": "Hello 7\n", "headers": [{"name": "X-One", "value": "1"}],
            "category": "welcome", "tags": ["a", "b"], "metadata": {"order": "17"}, "brand": "acme",
            "attachments": [
            {"filename": "ä.txt", "content_type": "text/plain", "content_id": null, "disposition": "attachment", "content": "YWJj"},
            {"filename": "b.png", "content_type": "image/png", "content_id": "logo", "disposition": "inline", "content": "AP8="}]}
            """#
        )
        #expect(JSON.object(written) == expected)
    }

    /// Some languages end a line at these, and JSON allows them in a string.
    @Test func lineEndsOfUnicodeAreEscaped() throws {
        let text = "a\u{2028}b\u{2029}c\u{85}d\u{C4}e\u{20AC}"
        let line = PluginProtocol.hello(name: "p", settings: ["text": .string(text)])
        let written = String(decoding: line, as: UTF8.self)
        #expect(written.unicodeScalars.allSatisfy { !["\u{2028}", "\u{2029}", "\u{85}"].contains($0) })
        #expect(try JSONReader.read(line)["hello"]?["settings"]?["text"]?.string == text)
    }

    /// A repeat for some recipients names no others, and the addresses of the envelope that no field shows are Bcc.
    @Test func envelopeDecidesTheRecipients() throws {
        var message = SampleMail.plain(1, to: ["ana", "bo"])
        message.envelope = [message.envelope[1], try EmailAddress(parsing: "hidden@example.org")]
        let written = try JSONReader.read(PluginProtocol.call(1, .send(message)))["send"]?["message"]
        #expect(written?["to"] == [["email": "bo@example.org", "name": nil]])
        #expect(written?["bcc"] == [["email": "hidden@example.org", "name": nil]])
    }

    @Test func probeIsACall() throws {
        #expect(String(decoding: PluginProtocol.call(18, .probe), as: UTF8.self) == #"{"probe":{"call":18}}"#)
    }

    @Test(arguments: [
        (
            #"{"hello":{"protocol":1}}"#,
            PluginAnswer.hello(
                PluginHello(capabilities: PluginHello.always, concurrency: nil, unknownCapabilities: [])
            )
        ),
        (
            #"{"hello":{"protocol":1,"capabilities":["copies","magic","raw_mime"],"concurrency":8,"more":1}}"#,
            .hello(
                PluginHello(
                    capabilities: PluginHello.always.union([.copies, .rawMIME]),
                    concurrency: 8,
                    unknownCapabilities: ["magic"]
                )
            )
        ),
        (#"{"call":1,"accepted":{}}"#, .outcome(call: 1, .accepted(id: nil, refused: []))),
        (
            #"{"accepted":{"id":"x","refused":[{"address":"a@b.example","detail":"no"},{"address":"c@d.example"}]},"call":2}"#,
            .outcome(
                call: 2,
                .accepted(
                    id: "x",
                    refused: [
                        PluginRefusal(address: "a@b.example", detail: "no"),
                        PluginRefusal(address: "c@d.example", detail: nil),
                    ]
                )
            )
        ),
        (" {\"call\":3,\"ok\":{}} \r", .outcome(call: 3, .ok)),
        (
            #"{"call":4,"failed":{"kind":"rate_limited","retry_after":1.5,"code":"q","detail":"d","remedy":"r"}}"#,
            .outcome(
                call: 4,
                .failed(
                    PluginFailure(
                        kind: .rateLimited(retryAfter: .milliseconds(1500)),
                        scope: .provider,
                        code: "q",
                        detail: "d",
                        remedy: "r"
                    )
                )
            )
        ),
        (
            #"{"call":5,"failed":{"kind":"rejected"}}"#,
            .outcome(
                call: 5,
                .failed(PluginFailure(kind: .rejected, scope: .message, code: nil, detail: nil, remedy: nil))
            )
        ),
        (
            #"{"call":6,"failed":{"kind":"transient","scope":"message","retry_after":null}}"#,
            .outcome(
                call: 6,
                .failed(PluginFailure(kind: .transient, scope: .message, code: nil, detail: nil, remedy: nil))
            )
        ),
    ])
    func answersAreRead(_ text: String, _ answer: PluginAnswer) throws {
        #expect(try PluginProtocol.read(Array(text.utf8)) == answer)
    }

    @Test func deepNestingIsNoAnswer() {
        let nested = String(repeating: "[", count: 99) + String(repeating: "]", count: 99)
        let line = #"{"call":1,"ok":{"a":"# + nested + "}}"
        let fault = #expect(throws: PluginFault.self) { try PluginProtocol.read(Array(line.utf8)) }
        #expect(fault?.detail.contains("64 levels") == true)
    }

    /// What a plugin wrote may be the content of mail.
    @Test func faultsQuoteNothing() {
        for text in [
            "secret words", #"["secret words"]"#, #"{"secret words":1}"#,
            #"{"call":1,"failed":{"kind":"secret words"}}"#,
        ] {
            let fault = #expect(throws: PluginFault.self) { try PluginProtocol.read(Array(text.utf8)) }
            #expect(fault?.detail.contains("secret") == false)
        }
    }
}

struct ErrorLinesTests {
    @Test func linesAreCutAndBounded() {
        var lines = ErrorLines()
        let now = ContinuousClock.now
        #expect(lines.add(Array("one\r\ntw".utf8), now: now) == ["one"])
        #expect(lines.add(Array("o\n\nrest".utf8), now: now) == ["two"])
        let long = lines.add(
            [UInt8](repeating: 0x61, count: 3 * ErrorLines.longestLine) + Array("\nnext\n".utf8),
            now: now
        )
        #expect(long.map(\.utf8.count) == [ErrorLines.longestLine, 4])
        let many = (1...1000).map { "line \($0)\n" }.joined()
        #expect(lines.add(Array(many.utf8), now: now).count == ErrorLines.mostLines - 4)
        #expect(lines.add([], now: now + .seconds(1)) == ["904 more lines of the plugin are left out"])
        #expect(lines.add(Array("again".utf8), now: now + .seconds(1)) == [])
        #expect(lines.end() == ["again"])
    }

    @Test(arguments: [
        ("token s3cret-1 and s3cret", "token •••••• and ••••••"), ("-----BEGIN KEY-----", "••••••"),
        ("abcdef", "••••••"),
        ("region eu true 17", "region eu true 17"),
    ])
    func secretsAreMasked(_ line: String, _ shown: String) {
        let words = SecretWords(["s3cret", "s3cret-1", "-----BEGIN KEY-----\nabcdef\n", "true", "eu", "17"])
        #expect(words.masked(line) == shown)
    }
}
