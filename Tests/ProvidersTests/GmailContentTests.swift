// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import Mail
import Testing

@testable import Providers

@Suite struct GmailContentTests {
    private func header(_ message: OutgoingMessage) -> String {
        let text = String(decoding: MIMEWriter.message(message.addressedToEnvelope, bcc: .included), as: UTF8.self)
        return text.split(separator: "\r\n\r\n").first.map(String.init) ?? ""
    }

    private func message(_ recipients: (String, Recipient.Kind)...) throws -> OutgoingMessage {
        var message = try sampleMessage(to: [])
        message.recipients = try recipients.map {
            Recipient(Mailbox(try EmailAddress(parsing: $0.0)), kind: $0.1)
        }
        message.envelope = message.recipients.map(\.mailbox.address)
        return message
    }

    @Test func theHeaderNamesAllRecipientsAndTheId() throws {
        let header = header(try message(("t@x.example", .to), ("c@x.example", .cc), ("b@x.example", .bcc)))
        #expect(header.contains("\r\nTo: t@x.example\r\nCc: c@x.example\r\nBcc: b@x.example\r\n"))
        #expect(header.contains("\r\nX-Posthaste-Id: m1\r\n"))
    }

    @Test func anAttemptForSomeNamesThoseAlone() throws {
        var message = try message(
            ("t@x.example", .to),
            ("u@x.example", .to),
            ("c@x.example", .cc),
            ("b@x.example", .bcc)
        )
        message.envelope = [message.envelope[1], message.envelope[3]]
        let header = header(message)
        #expect(header.contains("\r\nTo: u@x.example\r\nBcc: b@x.example\r\n"))
        #expect(!header.contains("t@x.example") && !header.contains("c@x.example"))
    }

    @Test func aBlindCopyAloneNamesNoOtherRecipient() throws {
        var message = try message(("t@x.example", .to), ("b@x.example", .bcc))
        message.envelope = [message.envelope[1]]
        let header = header(message)
        #expect(header.contains("\r\nBcc: b@x.example\r\n") && !header.contains("\r\nTo:"))
    }

    @Test func whoStandsInNoFieldGetsABlindCopy() throws {
        var message = try message(("t@x.example", .to))
        message.envelope.append(try EmailAddress(parsing: "z@x.example"))
        #expect(header(message).contains("\r\nTo: t@x.example\r\nBcc: z@x.example\r\n"))
    }

    @Test func digitsAreOfTheAlphabetForAddresses() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) }
            var text: [UInt8] = []
            Base64URL.append(bytes, to: &text)
            #expect(StandInBase64.decode(text) == bytes)
            #expect(String(decoding: text, as: UTF8.self) == StandInBase64.encode(bytes))
        }
    }

    @Test func theBodyIsJSONAroundIt() {
        #expect(String(decoding: GmailContent.json(raw: [0xFB, 0xFF]), as: UTF8.self) == #"{"raw":"-_8"}"#)
        #expect(String(decoding: GmailContent.json(draft: [1]), as: UTF8.self) == #"{"message":{"raw":"AQ"}}"#)
    }
}
