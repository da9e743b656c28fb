// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Mail
import Testing

@testable import Feedback

@Suite struct BounceReadingTests {
    private static let id = "msg_01KF0000000000000000000001"
    private static let now = Timestamp(milliseconds: 1_796_000_000_000)

    private static func message(_ recipients: String..., threadID: String? = nil) throws -> SentMessage {
        SentMessage(
            id: id,
            messageID: "\(id)@shop.example.org",
            recipients: try recipients.map { try EmailAddress(parsing: $0) },
            threadID: threadID
        )
    }

    private static func block(_ recipient: String, _ action: String = "failed", _ status: String = "5.1.1") -> String {
        "Final-Recipient: rfc822; \(recipient)\r\nAction: \(action)\r\nStatus: \(status)\r\n\r\n"
    }

    /// A report about the message, whose returned part has these fields.
    private static func report(_ blocks: String, returned: String? = nil, fields: String = "") -> [UInt8] {
        let returned = returned ?? "X-Posthaste-Id: \(id)\r\nMessage-ID: <\(id)@shop.example.org>\r\n"
        let text =
            "From: MAILER-DAEMON@x.example\r\n\(fields)Content-Type: multipart/report; boundary=c\r\n\r\n--c\r\n"
            + "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n\(blocks)--c\r\n"
            + "Content-Type: text/rfc822-headers\r\n\r\n\(returned)\r\n--c--\r\n"
        return Array(text.utf8)
    }

    private func outcome(
        _ bytes: [UInt8],
        _ message: SentMessage?,
        _ origin: BounceReading.Origin = .bounceAddress(id: id)
    ) -> [String] {
        let outcome = BounceReading(bytes, origin: origin).outcome(about: message, now: Self.now)
        return outcome.events.map { "\($0.recipient?.description ?? "-") \($0.kind)" }
            + (outcome.isUnproven ? ["unproven"] : [])
    }

    @Test func eventHasWhatTheReportSays() throws {
        let bytes = Self.report(Self.block("Ana@There.example"))
        let reading = BounceReading(bytes, origin: .bounceAddress(id: Self.id))
        #expect(reading.claimedID == Self.id)
        let message = try Self.message("ana@there.example")
        let event = try #require(reading.outcome(about: message, now: Self.now).events.first)
        #expect(event.kind == .bounced(.hard))
        #expect(event.recipient?.description == "ana@there.example")
        #expect(event.messageID == Self.id)
        #expect(event.code == EnhancedStatusCode(5, 1, 1))
        #expect(event.at == Self.now)
        // The same outcome has the same id, whenever and however it is read, and in another mail too: a recipient cannot make
        // events without end.
        let later = BounceReading(bytes, origin: .mailbox(threadID: nil))
            .outcome(about: message, now: Timestamp(milliseconds: 1))
        #expect(later.events.map(\.id) == [event.id])
        let other = BounceReading(bytes + [0x0A], origin: .bounceAddress(id: Self.id)).outcome(
            about: message,
            now: Self.now
        )
        #expect(other.events.map(\.id) == [event.id])
    }

    /// In a mailbox, our header and our Message-ID prove it together, or our header and the conversation.
    @Test(
        arguments: [
            ("X-Posthaste-Id: \(id)\r\nMessage-ID: <\(id)@shop.example.org>\r\n", nil, true),
            ("X-Posthaste-Id: \(id)\r\nMessage-ID: <new@mail.example>\r\n", "t1", true),
            ("X-Posthaste-Id: \(id)\r\nMessage-ID: <new@mail.example>\r\n", "t2", false),
            ("X-Posthaste-Id: \(id)\r\n", nil, false), ("Message-ID: <\(id)@shop.example.org>\r\n", nil, false),
            ("Message-ID: <\(id)@shop.example.org>\r\n", "t1", false),
            ("X-Posthaste-Id: msg_01KF0000000000000000000002\r\nMessage-ID: <\(id)@shop.example.org>\r\n", "t1", false),
        ] as [(String, String?, Bool)]
    )
    func mailboxNeedsProof(_ returned: String, _ thread: String?, _ isProved: Bool) throws {
        let message = try Self.message("ana@there.example", threadID: "t1")
        let found = outcome(
            Self.report(Self.block("ana@there.example"), returned: returned),
            message,
            .mailbox(threadID: thread)
        )
        #expect(found == (isProved ? ["ana@there.example bounced(Mail.BounceClass.hard)"] : ["unproven"]))
    }

    @Test func conversationsWithoutIDProveNothing() throws {
        let bytes = Self.report(Self.block("ana@there.example"), returned: "X-Posthaste-Id: \(Self.id)\r\n")
        for thread in [nil, ""] {
            let message = try Self.message("ana@there.example", threadID: thread)
            #expect(outcome(bytes, message, .mailbox(threadID: thread)) == ["unproven"])
        }
    }

    @Test func reportedRecipientMustBeOneOfTheMessage() throws {
        let two = try Self.message("ana@there.example", "bob@there.example")
        let foreign = Self.report(Self.block("vip@other.example"))
        #expect(outcome(foreign, two) == ["unproven"])
        // With one recipient the address is where its mail was forwarded to.
        #expect(
            outcome(foreign, try Self.message("ana@there.example")) == [
                "ana@there.example bounced(Mail.BounceClass.hard)"
            ]
        )
        #expect(
            outcome(foreign, try Self.message("ana@there.example", threadID: "t"), .mailbox(threadID: "t")).count == 1
        )
        let mixed = Self.report(Self.block("bob@there.example", "delayed", "4.4.1") + Self.block("vip@other.example"))
        #expect(outcome(mixed, two) == ["bob@there.example delayed", "unproven"])
        let named = Self.report(Self.block("vip@other.example"), fields: "X-Failed-Recipients: Ana@there.example\r\n")
        #expect(outcome(named, two) == ["ana@there.example bounced(Mail.BounceClass.hard)"])
        #expect(outcome(foreign, nil) == ["unproven"])
    }

    @Test func oneRecipientHasOneEvent() throws {
        let blocks =
            Self.block("ana@there.example", "delayed", "4.4.1") + Self.block("ANA@there.example")
            + Self.block("ana@there.example", "delivered", "2.0.0")
        #expect(
            outcome(Self.report(blocks), try Self.message("ana@there.example", "bob@there.example")) == [
                "ana@there.example bounced(Mail.BounceClass.hard)"
            ]
        )
    }

    @Test func whatSaysNothingIsNotCounted() throws {
        let message = try Self.message("ana@there.example")
        #expect(outcome(Self.report(Self.block("ana@there.example", "relayed", "2.0.0")), message).isEmpty)
        let answer = Array("From: ana@there.example\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n".utf8)
        #expect(outcome(answer, message).isEmpty)
        #expect(outcome(answer, nil, .mailbox(threadID: nil)).isEmpty)
        #expect(BounceReading(answer, origin: .bounceAddress(id: Self.id)).claimedID == nil)
    }

    @Test func complaintIsAboutTheNamedOrTheOnlyRecipient() throws {
        let report =
            "Content-Type: multipart/report; boundary=c\r\n\r\n--c\r\nContent-Type: message/feedback-report\r\n\r\n"
            + "Feedback-Type: abuse\r\nOriginal-Rcpt-To: <NAME@there.example>\r\n--c--\r\n"
        let named = Array(report.replacing("NAME", with: "bob").utf8)
        let redacted = Array(report.replacing("NAME", with: "redacted").utf8)
        let two = try Self.message("ana@there.example", "bob@there.example")
        #expect(outcome(named, two) == ["bob@there.example complained"])
        #expect(outcome(redacted, two) == ["- complained"])
        #expect(outcome(redacted, try Self.message("ana@there.example")) == ["ana@there.example complained"])
    }
}
