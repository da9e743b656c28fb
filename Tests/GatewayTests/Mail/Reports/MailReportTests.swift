// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Mail

@Suite struct MailReportTests {
    private func recipients(_ bytes: [UInt8], nullSender: Bool = false) -> [RecipientReport] {
        guard case .delivery(let recipients) = MailReport(reading: bytes, hasNullSender: nullSender).content else {
            return []
        }
        return recipients
    }

    @Test func reportIsReadWithTheIDsOfTheReturnedPart() {
        let report = MailReport(reading: ReportSamples.report(ReportSamples.failed))
        #expect(report.returned.posthasteID == ReportSamples.id)
        #expect(report.returned.messageID == "\(ReportSamples.id)@shop.example.org")
        #expect(!report.isAutomaticAnswer)
        guard case .delivery(let recipients) = report.content else {
            Issue.record("no recipients")
            return
        }
        #expect(recipients.map(\.outcome) == [.bounced(.hard)])
        #expect(recipients.first?.code == EnhancedStatusCode(5, 1, 1))
        #expect(recipients.first?.candidates.map(\.description) == ["ana@there.example"])
    }

    /// The status part is found whatever the top says, and decoded; the last row has the names of RFC 6533.
    @Test(
        arguments: [
            ("multipart/mixed", "message/delivery-status", "7bit", "message/rfc822"),
            ("multipart/report", "message/global-delivery-status", "8bit", "message/global"),
            ("multipart/report", "MESSAGE/Delivery-Status; name=x", "quoted-printable", "message/global-headers"),
        ]
    )
    func partsAreFoundByTheirTypes(_ top: String, _ type: String, _ encoding: String, _ returned: String) {
        let bytes = ReportSamples.report(
            ReportSamples.failed,
            type: type,
            encoding: encoding,
            top: top,
            returned: returned
        )
        let report = MailReport(reading: bytes)
        #expect(report.returned.posthasteID == ReportSamples.id)
        #expect(recipients(bytes).map(\.outcome) == [.bounced(.hard)])
    }

    @Test(
        arguments: [
            ("Action: failed\nStatus: 5.2.2", [RecipientReport.Outcome.bounced(.soft)]),
            ("Action: Expired (given up)\nStatus: 4.4.7", [.bounced(.soft)]),
            ("Action: delayed\nStatus: 4.7.1", [.delayed]),
            ("Action: delivered\nStatus: 2.1.5", [.delivered]),
            ("Action: relayed (to non-DSN-aware mailer)\nStatus: 2.1.5", []), ("Action: expanded\nStatus: 2.0.0", []),
            ("Action: deliverable\nStatus: 2.1.5", [.delivered]), ("Status: 5.1.2 (bad domain)", [.bounced(.hard)]),
            ("Status:\nDiagnostic-Code: smtp; 550 5.1.1 no", [.bounced(.hard)]), ("Remote-MTA: dns; x", []),
            // The finer code of the server wins; of two servers, the one that refused.
            ("Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 full", [.bounced(.soft)]),
            (
                "Action: failed\nStatus: 5.1.351\nDiagnostic-Code: smtp; 550 5.1.351 Remote server returned"
                    + "\n  -> 550 5.7.1 blocked", [.bounced(.policy)]
            ),
            // A fold without a blank, and a type that is missing.
            ("Action: failed\nStatus: 4.0.0\nDiagnostic-Code: DNS Error\nDomain name not found: x", [.bounced(.hard)]),
            ("Action: failed\nStatus: 5.0.0", [.bounced(.soft)]),
        ]
    )
    func actionAndCodesGiveTheOutcome(_ fields: String, _ outcomes: [RecipientReport.Outcome]) {
        let block = "Final-Recipient: rfc822; ana@there.example\n" + fields
        #expect(recipients(ReportSamples.report(block)).map(\.outcome) == outcomes)
    }

    @Test func everyRecipientHasItsOwnOutcome() {
        let blocks = """
            Original-Recipient: rfc822;Ana+2Bx@There.example
            Final-Recipient: rfc822; <ana@other.example>
            X-Actual-Recipient: rfc822; ana@box.example
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550-5.1.1 No\u{1} such
                user

            Final-Recipient: utf-8; j\\x{F6}rg@there.example
            Action: delayed
            Status: 4.4.1
            """
        let found = recipients(ReportSamples.report(blocks))
        #expect(found.map(\.outcome) == [.bounced(.hard), .delayed])
        let addresses = found.map { $0.candidates.map(\.description) }
        #expect(
            addresses == [
                ["Ana+2Bx@there.example", "Ana+x@there.example", "ana@other.example", "ana@box.example"],
                ["jörg@there.example"],
            ]
        )
        #expect(found.map(\.detail) == ["550-5.1.1 No such user", nil])
    }

    @Test(
        arguments: [
            (#"rfc822; j\303\266rg@there.example"#, ["jörg@there.example"]),
            ("rfc822;jörg@b\u{FC}cher.example", ["jörg@xn--bcher-kva.example"]),
            (#"RFC822; "ana@there.example" (comment)"#, ["ana@there.example"]), ("x400; /G=Ana/", []),
            (#"rfc822; \x{D800}@x.example"#, []), (#"rfc822; \377@x.example"#, []), ("", []),
        ]
    )
    func escapesOfAnAddressAreUndone(_ value: String, _ addresses: [String]) {
        #expect((ReportedAddress(value)?.candidates ?? []).map(\.description) == addresses)
    }

    /// Without a diagnostic the paragraph about the recipient says why; what it says of others does not count.
    @Test func textOfTheRecipientExplainsABareCode() {
        let text = "  bob@there.example\n    Mailbox full\n\n  ana@there.example\n    Unrouteable address"
        let block = "Final-Recipient: rfc822;ana@there.example\nAction: failed\nStatus: 5.0.0"
        let found = recipients(ReportSamples.report(block, text: text))
        #expect(found.map(\.outcome) == [.bounced(.hard)])
        #expect(found.first?.detail == "Unrouteable address")
    }

    @Test func complaintIsRead() {
        let report = MailReport(reading: ReportSamples.complaint)
        guard case .complaint(let addresses) = report.content else {
            Issue.record("no complaint")
            return
        }
        #expect(addresses.flatMap(\.candidates).map(\.description) == ["ana@there.example"])
        #expect(report.returned.posthasteID == ReportSamples.id)
    }

    @Test(arguments: ["not-spam", "Auth-Failure", ""])
    func otherFeedbackIsNoComplaint(_ type: String) {
        let text = String(decoding: ReportSamples.complaint, as: UTF8.self)
        let parts = text.split(separator: "Feedback-Type: abuse", maxSplits: 1)
        let bytes = Array("\(parts[0])Feedback-Type: \(type)\(parts[1])".utf8)
        #expect(MailReport(reading: bytes).content == .nothing)
    }
}

/// Forms that have no status part.
@Suite struct TextReportTests {
    private static let copy = "\n--- Below this line is a copy of the message.\n\n" + ReportSamples.returnedHeader

    private func outcomes(_ bytes: [UInt8], nullSender: Bool = false) -> [String] {
        guard case .delivery(let recipients) = MailReport(reading: bytes, hasNullSender: nullSender).content else {
            return []
        }
        return recipients.map { "\($0.final?.written ?? "") \($0.outcome) \($0.code.map(String.init) ?? "-")" }
    }

    @Test func qmailTextIsRead() {
        let text = "Hi. I could not deliver.\n\n<ana@there.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n"
        let bytes = ReportSamples.text(text + Self.copy)
        #expect(outcomes(bytes) == ["ana@there.example bounced(Mail.BounceClass.hard) 5.1.1"])
        #expect(MailReport(reading: bytes).returned.messageID == "\(ReportSamples.id)@shop.example.org")
        // From a person it counts only with a null sender, and then only when no program answers for them.
        let person = ReportSamples.text(text + Self.copy, from: "Ana <ana@there.example>")
        #expect(outcomes(person).isEmpty)
        #expect(outcomes(person, nullSender: true).count == 1)
        let answer = ReportSamples.text(text + Self.copy, from: "a@there.example", fields: "Precedence: bulk\n")
        #expect(outcomes(answer, nullSender: true).isEmpty)
        #expect(MailReport(reading: answer).isAutomaticAnswer)
        // Without our header in the copy it is any text.
        #expect(outcomes(ReportSamples.text(text)).isEmpty)
    }

    @Test(
        arguments: [
            // Exim.
            (
                "  ana@there.example\n    SMTP error: 552 5.2.2 Mailbox full\n\n------ This is a copy of your message ------\n",
                "soft"
            ),
            // Exchange, with the address twice, the second time before the reason.
            (
                "ana@there.example<mailto:ana@there.example>\n\nGenerating server: x\n\nana@there.example\n"
                    + "Remote Server returned '550 5.1.10 not found'\n\nOriginal message headers:\n", "hard"
            ),
            // GMX and OpenSMTPD.
            (
                "\"ana@there.example\":\nsize limit exceeded\n\n--- The header of the original message is following. ---\n",
                "policy"
            ),
            ("ana@there.example: 550 5.7.1 blocked\n\n    Below is a copy of the original message:\n", "policy"),
        ]
    )
    func textsOfServersAreRead(_ text: String, _ kind: String) {
        let found = outcomes(ReportSamples.text(text + "\n" + ReportSamples.returnedHeader))
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasPrefix("ana@there.example bounced(Mail.BounceClass.\(kind))") }, "\(found)")
    }

    @Test func failedRecipientsFieldNeedsNoCopy() {
        let fields = "X-Failed-Recipients: ana@there.example, bob@there.example\n"
        let text = "<bob@there.example>:\n550 5.1.1 unknown\n\nana@there.example\n  mailbox is full\n"
        #expect(
            outcomes(ReportSamples.text(text, from: "x@y.example", fields: fields)) == [
                "ana@there.example bounced(Mail.BounceClass.soft) -",
                "bob@there.example bounced(Mail.BounceClass.hard) 5.1.1",
            ]
        )
    }

    @Test func subjectTellsADelay() {
        let text = ReportSamples.bytes(
            "From: postmaster@x.example\nSubject: Warning: delayed 4 hours\n\nana@there.example\n\n" + Self.copy
        )
        #expect(outcomes(text) == ["ana@there.example delayed -"])
    }

    @Test func answersAreNoReports() {
        let fields = "Auto-Submitted: auto-replied (vacation)\n"
        let bytes = ReportSamples.text("I am away; ana@there.example is full.", from: "a@there.example", fields: fields)
        let report = MailReport(reading: bytes, hasNullSender: true)
        #expect(report.content == .nothing)
        #expect(report.isAutomaticAnswer)
        let person = MailReport(reading: ReportSamples.text("Hello.", from: "a@there.example"))
        #expect(person.content == .nothing)
        #expect(!person.isAutomaticAnswer)
        let receipt = ReportSamples.report("Disposition: x; displayed", type: "message/disposition-notification")
        #expect(MailReport(reading: receipt).content == .nothing)
    }

    /// The ids come from the copy, never from the text before it, and survive broken folds.
    @Test func idsComeFromTheCopy() {
        let text = "X-Posthaste-Id: msg_forged\n\nana@there.example\n\n----- Original message -----\n\n"
        let id = "Message-ID: <a@shop.exam\nple.org>\nX-Posthaste-Id:\n msg_1\n\nX-Posthaste-Id: msg_2\n"
        let returned = MailReport(reading: ReportSamples.text(text + id)).returned
        #expect(returned == ReturnedIDs(posthasteID: "msg_1", messageID: "a@shop.example.org"))
        #expect(MailReport(reading: ReportSamples.text(text)).returned.isEmpty)
    }

    @Test func utf7IsDecoded() {
        #expect(UTF7.decode(Array("ana+AEA-there.example 1 +- 2 +APY".utf8)) == "ana@there.example 1 + 2 ö")
    }
}
