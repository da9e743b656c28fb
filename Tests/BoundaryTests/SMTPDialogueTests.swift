// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Testing

@testable import Boundary

/// One dialogue per row: the server's replies, and the resulting state of the client.
@Suite struct SMTPDialogueTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var security = SMTPEndpoint.Security.none
        var mechanisms: [String] = []
        var recipients = 1
        var size = 100
        var needsUTF8 = false
        let says: String
        let stage: SMTPOutcome.Stage
        var refusal: Int?
        var objects = false
        var accepted: Int?
        var testDescription: String { name }
    }

    static let hello = "220 hi\n250-me\n250 SIZE 1000\n"

    @Test(arguments: [
        Row(name: "accepted", says: hello + "250 ok\n250 ok\n354 go\n250 queued", stage: .accepted, accepted: 250),
        Row(name: "accepted by another 2yz", says: hello + "250\n250\n354\n252 maybe", stage: .accepted, accepted: 252),
        Row(name: "bare codes", says: "220\n250\n250\n250\n354\n250", stage: .accepted, accepted: 250),
        Row(name: "the goodbye concerns no caller", says: "421 busy\n221 bye", stage: .greeting, refusal: 421),
        Row(name: "a greeting of many lines", says: "220-hi\n220-there\n220 you\n250 me", stage: .sender),
        Row(name: "EHLO unknown, HELO known", says: "220 hi\n502 what\n250 me\n250 ok", stage: .recipients),
        Row(name: "neither known", says: "220 hi\n502 what\n521 no", stage: .hello, refusal: 521),
        Row(
            name: "EHLO unknown and TLS required",
            security: .startTLSRequired,
            says: "220 hi\n502 what",
            stage: .hello,
            refusal: 502
        ),
        Row(
            name: "no STARTTLS though required",
            security: .startTLSRequired,
            says: hello,
            stage: .hello,
            objects: true
        ),
        Row(
            name: "STARTTLS refused",
            security: .startTLSRequired,
            says: "220 hi\n250-me\n250 STARTTLS\n454 no",
            stage: .startTLS,
            refusal: 454
        ),
        Row(
            name: "no STARTTLS where it may lack",
            security: .startTLSWhenOffered,
            says: hello + "250 ok",
            stage: .recipients
        ),
        Row(
            name: "login offered in plain alone does not count",
            security: .startTLSRequired,
            mechanisms: ["PLAIN"],
            says: "220 hi\n250-me\n250-AUTH PLAIN\n250 STARTTLS\n220 go\n250 me",
            stage: .hello,
            objects: true
        ),
        Row(name: "no login offered", mechanisms: ["PLAIN"], says: hello, stage: .hello, objects: true),
        Row(
            name: "keywords in any case",
            security: .startTLSRequired,
            mechanisms: ["PLAIN"],
            size: 1001,
            says: "220 hi\n250-me\n250 StartTls\n220 go\n250-me\n250-auth plain\n250 size 1000",
            stage: .hello,
            objects: true
        ),
        Row(
            name: "login offered in small letters",
            mechanisms: ["PLAIN"],
            says: "220 hi\n250-me\n250 auth plain login\n235 ok\n250 ok",
            stage: .recipients
        ),
        Row(
            name: "login offered in the old form",
            mechanisms: ["LOGIN"],
            says: "220 hi\n250-me\n250 AUTH=PLAIN LOGIN\n334 a\n334 b\n235 ok",
            stage: .sender
        ),
        Row(
            name: "login answered with another code",
            mechanisms: ["PLAIN"],
            says: "220 hi\n250-me\n250 AUTH PLAIN\n250 ok",
            stage: .authentication,
            objects: true
        ),
        Row(
            name: "no common mechanism",
            mechanisms: ["PLAIN", "LOGIN"],
            says: "220 hi\n250-me\n250 AUTH CRAM-MD5 XOAUTH2",
            stage: .hello,
            objects: true
        ),
        Row(
            name: "login in two steps",
            mechanisms: ["LOGIN"],
            says: "220 hi\n250-me\n250 AUTH LOGIN\n334 a\n334 b\n235 ok\n250 ok",
            stage: .recipients
        ),
        Row(
            name: "login refused",
            mechanisms: ["PLAIN"],
            says: "220 hi\n250-me\n250 AUTH PLAIN\n535 5.7.8 no",
            stage: .authentication,
            refusal: 535
        ),
        Row(
            name: "no login after HELO",
            mechanisms: ["PLAIN"],
            says: "220 hi\n502 what\n250 me",
            stage: .hello,
            objects: true
        ),
        Row(name: "too large", size: 1001, says: hello, stage: .hello, objects: true),
        Row(name: "as large as may be", size: 1000, says: hello, stage: .sender),
        Row(name: "SIZE without a number", size: 1001, says: "220 hi\n250-me\n250 SIZE", stage: .sender),
        Row(name: "SMTPUTF8 lacking", needsUTF8: true, says: hello, stage: .hello, objects: true),
        Row(name: "SMTPUTF8 there", needsUTF8: true, says: "220 hi\n250-me\n250 SMTPUTF8", stage: .sender),
        Row(
            name: "sender refused",
            says: hello + "550-5.7.60 not\n550 5.7.60 yours\n221 bye",
            stage: .sender,
            refusal: 550
        ),
        Row(
            name: "one of three refused",
            recipients: 3,
            says: hello + "250\n250\n550-no\n550 such\n250\n354\n250 ok",
            stage: .accepted,
            accepted: 250
        ),
        Row(
            name: "all refused, one for now",
            recipients: 2,
            says: hello + "250\n450 later\n550 never",
            stage: .recipients,
            refusal: 450
        ),
        Row(name: "all refused", recipients: 2, says: hello + "250\n550 a\n551 b", stage: .recipients, refusal: 551),
        Row(name: "DATA refused", says: hello + "250\n250\n554 no", stage: .data, refusal: 554),
        Row(name: "DATA answered oddly", says: hello + "250\n250\n250 ok", stage: .data, refusal: 250),
        Row(name: "content refused", says: hello + "250\n250\n354\n552 5.2.3 big", stage: .final, refusal: 552),
        Row(name: "noise between lines", says: "hello\n220 hi\n\n250 me\n999", stage: .sender, refusal: 999),
    ])
    func repliesSayWhereTheDialogueStands(row: Row) {
        var dialogue = SMTPDialogue(
            SMTPDialogue.Plan(
                security: row.security,
                mechanisms: row.mechanisms,
                recipients: row.recipients,
                size: row.size,
                needsUTF8: row.needsUTF8
            )
        )
        for line in row.says.split(separator: "\n", omittingEmptySubsequences: false) where dialogue.objection == nil {
            _ = dialogue.receive(Array("\(line)\r\n".utf8))
        }
        #expect(dialogue.stage == row.stage)
        #expect(dialogue.refusal?.code == row.refusal)
        #expect((dialogue.objection != nil) == row.objects)
        #expect(dialogue.acceptance?.code == row.accepted)
    }

    @Test func severalLinesAreOneReply() {
        var dialogue = SMTPDialogue(SMTPDialogue.Plan(security: .none, recipients: 2), reusing: SMTPExtensions())
        for line in ["250 ok", "550-5.1.1 no such", "550-5.1.1 user", "550 5.1.1 here", "250 ok"] {
            _ = dialogue.receive(Array("\(line)\r\n".utf8))
        }
        #expect(
            dialogue.recipients == [
                SMTPReply(code: 550, text: "5.1.1 no such 5.1.1 user 5.1.1 here"), SMTPReply(code: 250, text: "ok"),
            ]
        )
    }

    @Test func anOpenConnectionBeginsWithTheSenderAndKeepsItsExtensions() {
        let extensions = SMTPExtensions(lines: ["SIZE 50"])
        let fits = SMTPDialogue(SMTPDialogue.Plan(security: .implicit, recipients: 1, size: 50), reusing: extensions)
        #expect(fits.step == .sender && fits.objection == nil)
        let tooLarge = SMTPDialogue(
            SMTPDialogue.Plan(security: .implicit, recipients: 1, size: 51),
            reusing: extensions
        )
        #expect(tooLarge.objection?.stage == .content)
    }

    @Test func randomRepliesLeaveTheDialogueInOrder() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            var dialogue = SMTPDialogue(SMTPDialogue.Plan(security: .none, recipients: 3))
            for _ in 0..<40 {
                let line = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    Array("0123456789 -\r\nX\u{FF}".utf8).randomElement(using: &random) ?? 0
                }
                _ = dialogue.receive(line + [0x0D, 0x0A])
            }
            #expect(dialogue.recipients.count <= 3)
            #expect(dialogue.refusal == nil || dialogue.acceptance == nil)
        }
    }

    @Test(arguments: [
        ("eyJzdGF0dXMiOiI0MDAifQ==", "{\"status\":\"400\"}"), ("eyJzdGF0dXMiOiI0MDAifQ", "{\"status\":\"400\"}"),
        ("VXNlcm5hbWU6", "VXNlcm5hbWU6"), ("", ""), ("not base64!", "not base64!"),
    ])
    func aRefusedTokenIsReadInTheClear(text: String, expected: String) {
        #expect(SMTPChallenge.refusal(in: SMTPReply(code: 334, text: text))?.text == expected)
    }
}
