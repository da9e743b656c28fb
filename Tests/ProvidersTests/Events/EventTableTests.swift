// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

/// What each service's words mean, beyond those that the senders use.
@Suite struct EventTableTests {
    /// An event with some members replaced, and its meaning; nil for one that is left out.
    struct Row: Sendable, CustomTestStringConvertible {
        let event: ReportedEvent
        let change: JSON
        let kind: FeedbackEvent.Kind?

        init(_ event: ReportedEvent, _ change: JSON, _ kind: FeedbackEvent.Kind?) {
            (self.event, self.change, self.kind) = (event, change, kind)
        }

        var testDescription: String { change.text() }
    }

    private func check(_ name: String, _ row: Row, at path: [String] = []) async throws {
        let bench = try EventBench(name)
        let body = try #require(bench.sender.body(row.event, of: EventBench.mail, at: EventBench.now))
        let events = try await bench.events(body.merging(row.change, at: path[...]))
        #expect(events.map(\.kind) == (row.kind.map { [$0] } ?? []))
    }

    @Test(arguments: [
        Row(.delivered, ["event": "processed"], nil), Row(.delivered, ["event": "group_resubscribe"], nil),
        Row(.delivered, ["event": "something_new"], nil),
        Row(.unsubscribed, ["event": "group_unsubscribe"], .unsubscribed),
        Row(.hardBounce, ["status": "5.0.0", "reason": "550 no such user"], .bounced(.hard)),
        Row(.hardBounce, ["status": "5.7.1", "reason": "550 blocked"], .bounced(.policy)),
        Row(.hardBounce, ["status": "5.0.0", "reason": "550 5.7.1 no"], .bounced(.policy)),
        Row(.hardBounce, ["status": "5.0.0", "reason": "552 The mailbox is full"], .bounced(.soft)),
        Row(.hardBounce, ["status": "4.4.2", "reason": "timeout"], .bounced(.soft)),
        Row(.hardBounce, ["bounce_classification": "Reputation", "status": "5.0.0"], .bounced(.policy)),
        Row(.hardBounce, ["bounce_classification": "Invalid Address"], .bounced(.hard)),
        Row(.policyBounce, ["status": "4.2.2", "reason": "452 4.2.2 full"], .bounced(.soft)),
        Row(.policyBounce, ["status": "5.1.1"], .bounced(.policy)),
        Row(.policyBounce, ["type": "expired"], .bounced(.soft)),
        Row(.policyBounce, ["type": .null, "status": "5.1.1"], .bounced(.hard)),
        Row(.policyBounce, ["type": .null, "reason": "something went wrong"], .bounced(.soft)),
        Row(.suppressedBounce, ["reason": "Unsubscribed Address"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["reason": "Spam Reporting Address"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["reason": "Invalid"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["reason": "Invalid SMTPAPI header"], .bounced(.policy)),
        Row(.suppressedBounce, ["reason": "Spam Content"], .bounced(.policy)),
        Row(.suppressedBounce, ["reason": "Recipient List over Package Quota"], .bounced(.policy)),
    ]) func sendGrid(_ row: Row) async throws { try await check("sendgrid", row, at: ["0"]) }

    @Test(arguments: [
        Row(.delivered, ["event": "accepted"], nil), Row(.delivered, ["event": "stored"], nil),
        Row(.delivered, ["event": "rejected", "reject": ["reason": "Sandbox"]], .bounced(.policy)),
        Row(.hardBounce, ["reason": "suppress-unsubscribe"], .bounced(.suppressed)),
        Row(.hardBounce, ["reason": "suppress-complaint"], .bounced(.suppressed)),
        Row(.hardBounce, ["reason": "espblock", "delivery-status": ["code": 550]], .bounced(.policy)),
        Row(.hardBounce, ["reason": "old", "delivery-status": ["code": 602]], .bounced(.soft)),
        Row(
            .hardBounce,
            ["reason": "generic", "delivery-status": ["code": 451, "message": "later"]],
            .bounced(.soft)
        ),
        Row(.hardBounce, ["reason": "generic", "delivery-status": ["code": 550, "message": "no"]], .bounced(.hard)),
        Row(.hardBounce, ["delivery-status": ["enhanced-code": "5.7.26", "message": "550 no"]], .bounced(.policy)),
        Row(.hardBounce, ["delivery-status": ["bounce-type": "soft", "code": 550]], .bounced(.soft)),
    ]) func mailgun(_ row: Row) async throws { try await check("mailgun", row) }

    @Test(arguments: [
        Row(.hardBounce, ["Type": "BadEmailAddress"], .bounced(.hard)),
        Row(.hardBounce, ["Details": "smtp;550 5.7.1 blocked"], .bounced(.policy)),
        Row(.hardBounce, ["Details": "smtp;552 5.2.2 over quota"], .bounced(.soft)),
        Row(.hardBounce, ["Type": "DnsError"], .delayed), Row(.hardBounce, ["Type": "SpamNotification"], .complained),
        Row(.hardBounce, ["Type": "Unsubscribe"], .unsubscribed), Row(.hardBounce, ["Type": "AutoResponder"], nil),
        Row(.hardBounce, ["Type": "ChallengeVerification"], nil), Row(.hardBounce, ["Type": "Subscribe"], nil),
        Row(.hardBounce, ["Type": "DMARCPolicy"], .bounced(.policy)),
        Row(.hardBounce, ["Type": "SMTPApiError"], .bounced(.policy)),
        Row(.hardBounce, ["Type": "TemplateRenderingFailed"], .bounced(.policy)),
        Row(.hardBounce, ["Type": "Unknown", "Details": "smtp;550 5.1.10 no"], .bounced(.hard)),
        Row(.hardBounce, ["Type": "Unknown", "Details": ""], .bounced(.soft)),
        Row(.unsubscribed, ["SuppressSending": false], nil),
        Row(.unsubscribed, ["SuppressionReason": "HardBounce"], nil), Row(.delivered, ["RecordType": "Inbound"], nil),
    ]) func postmark(_ row: Row) async throws { try await check("postmark", row) }

    @Test(arguments: [
        Row(.delivered, ["type": "email.sent"], nil), Row(.delivered, ["type": "email.scheduled"], nil),
        Row(.delivered, ["type": "email.received"], nil), Row(.delivered, ["type": "contact.created"], nil),
        Row(.delivered, ["type": "email.failed"], .bounced(.policy)),
        Row(.hardBounce, ["data": ["bounce": ["type": "Permanent", "subType": "NoEmail"]]], .bounced(.hard)),
        Row(.hardBounce, ["data": ["bounce": ["type": "Permanent", "subType": "Suppressed"]]], .bounced(.suppressed)),
        Row(.hardBounce, ["data": ["bounce": ["type": "Undetermined"]]], .bounced(.soft)),
        Row(
            .hardBounce,
            ["data": ["bounce": ["type": "Undetermined", "diagnosticCode": ["smtp; 550 5.1.1 no"]]]],
            .bounced(.hard)
        ),
        Row(.hardBounce, ["data": ["bounce": ["type": "Transient", "subType": "General"]]], .bounced(.soft)),
        Row(
            .hardBounce,
            ["data": ["bounce": ["type": "Permanent", "diagnosticCode": "smtp; 554 5.7.1 spam"]]],
            .bounced(.policy)
        ),
    ]) func resend(_ row: Row) async throws {
        let bench = try EventBench("resend")
        let body = try #require(bench.sender.body(row.event, of: EventBench.mail, at: EventBench.now))
        var change = row.change
        if let data = change["data"], let own = body["data"], let object = change.object {
            var members = object
            members["data"] = own.merging(data, at: [])
            change = .object(members)
        }
        #expect(try await bench.events(body.merging(change, at: [])).map(\.kind) == (row.kind.map { [$0] } ?? []))
    }

    @Test(arguments: [
        Row(.delivered, ["event": "request"], nil), Row(.delivered, ["event": "list_addition"], nil),
        Row(.delivered, ["event": "opened"], .opened), Row(.delivered, ["event": "proxy_open"], .opened),
        Row(.delivered, ["event": "unique_proxy_open"], .opened), Row(.delivered, ["event": "complaint"], .complained),
        Row(.hardBounce, ["event": "invalid_email", "reason": .null], .bounced(.hard)),
        Row(.hardBounce, ["reason": "550 5.7.1 blocked"], .bounced(.policy)),
        Row(.hardBounce, ["reason": "552 mailbox full"], .bounced(.soft)),
        Row(.delivered, ["event": "error"], .bounced(.policy)),
    ]) func brevo(_ row: Row) async throws { try await check("brevo", row) }

    @Test(arguments: [
        Row(.hardBounce, ["error": "greylisted"], .bounced(.hard)),
        Row(.hardBounce, ["error": "invalid domain", "comment": ""], .bounced(.hard)),
        Row(.hardBounce, ["hard_bounce": false], .bounced(.soft)),
        Row(.hardBounce, ["error": "quota exceeded", "comment": ""], .bounced(.soft)),
        Row(.hardBounce, ["error": "policy issue", "comment": ""], .bounced(.policy)),
        Row(.hardBounce, ["error_related_to": "spam", "error": "", "comment": ""], .bounced(.policy)),
        Row(.hardBounce, ["comment": "550 5.7.1 blocked"], .bounced(.policy)),
        Row(.suppressedBounce, ["error": "spam reporter"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["error": "blacklisted"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["error": "duplicate in campaign"], .bounced(.policy)),
        Row(.suppressedBounce, ["error": "content blocked"], .bounced(.policy)),
        Row(.delivered, ["event": "something"], nil),
    ]) func mailjet(_ row: Row) async throws { try await check("mailjet", row, at: ["0"]) }

    @Test(arguments: [
        Row(.hardBounce, ["type": "out_of_band"], .bounced(.hard)),
        Row(.hardBounce, ["bounce_class": 30], .bounced(.hard)),
        Row(.hardBounce, ["bounce_class": "90"], .bounced(.hard)),
        Row(.hardBounce, ["bounce_class": "40"], .bounced(.soft)),
        Row(.hardBounce, ["bounce_class": "54"], .bounced(.policy)),
        Row(.hardBounce, ["raw_reason": "550 5.7.1 no"], .bounced(.policy)),
        Row(.hardBounce, ["bounce_class": "50", "raw_reason": "552 5.2.2 full"], .bounced(.soft)),
        Row(.hardBounce, ["bounce_class": "1"], .bounced(.hard)),
        Row(.hardBounce, ["bounce_class": "1", "raw_reason": "?"], .bounced(.soft)),
        Row(.hardBounce, ["bounce_class": "60"], nil), Row(.hardBounce, ["bounce_class": "100"], nil),
        Row(.suppressedBounce, ["raw_reason": "550 5.6.0 no From"], .bounced(.policy)),
        Row(.suppressedBounce, ["type": "generation_rejection"], .bounced(.suppressed)),
        Row(.suppressedBounce, ["type": "generation_failure"], .bounced(.policy)),
        Row(.complained, ["fbtype": "not-spam"], nil), Row(.delivered, ["type": "injection"], nil),
        Row(.delivered, ["type": "relay_delivery"], nil), Row(.delivered, ["type": "open"], .opened),
        Row(.delivered, ["type": "link_unsubscribe"], .unsubscribed),
    ]) func sparkPost(_ row: Row) async throws {
        let group = row.event == .unsubscribed ? "unsubscribe_event" : "message_event"
        try await check("sparkpost", row, at: ["0", "msys", group])
    }

    @Test(arguments: [
        Row(.delivered, ["event": "something_new"], nil), Row(.delivered, ["event": "clicked"], .clicked),
    ]) func plugin(_ row: Row) async throws { try await check("plugin", row, at: ["events", "0"]) }
}

extension JSON {
    /// The value with the members of `change` put into the object at `path`, whose parts are names and positions.
    func merging(_ change: JSON, at path: ArraySlice<String>) -> JSON {
        guard let part = path.first else {
            guard var members = object, let new = change.object else { return change }
            for (key, value) in new { members[key] = value }
            return .object(members)
        }
        if var items = array, let position = Int(part), items.indices.contains(position) {
            items[position] = items[position].merging(change, at: path.dropFirst())
            return .array(items)
        }
        guard var members = object, let member = members[part] else { return self }
        members[part] = member.merging(change, at: path.dropFirst())
        return .object(members)
    }
}
