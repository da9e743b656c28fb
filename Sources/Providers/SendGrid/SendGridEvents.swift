// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of SendGrid's event webhook, signed with ECDSA.
struct SendGridEvents: EventReader {
    static let signatureField = "x-twilio-email-event-webhook-signature"
    static let timeField = "x-twilio-email-event-webhook-timestamp"
    private static let tolerance = Duration.seconds(600)

    private let key: P256.Signing.PublicKey

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard case .publicKey(let bytes)? = verification, let key = Self.key(bytes) else { return nil }
        self.key = key
    }

    /// The key of SendGrid's settings page; nil for a key of another kind.
    static func key(_ bytes: [UInt8]) -> P256.Signing.PublicKey? {
        // The caller says what kind of key it has to be.
        try? P256.Signing.PublicKey(derRepresentation: bytes)
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        try check(call, now)
        var events: [FeedbackEvent] = []
        for item in try EventItem.list(body: call.body) {
            if let event = try Self.event(item) { events.append(event) }
        }
        return events
    }

    /// The signature covers the time, as it is written, and the body.
    private func check(_ call: EventCall, _ now: Timestamp) throws(EventRejection) {
        guard let signature = call.fields[Self.signatureField], let time = call.fields[Self.timeField] else {
            throw .unauthorized(detail: "the call has no signature: switch on the signed event webhook at SendGrid")
        }
        var hash = SHA256()
        hash.update(data: Array(time.utf8))
        hash.update(data: call.body)
        guard let bytes = Base64.decode(signature),
            // A signature of another form is wrong, whatever the reason.
            let parsed = try? P256.Signing.ECDSASignature(derRepresentation: bytes),
            key.isValidSignature(parsed, for: hash.finalize())
        else {
            throw .unauthorized(detail: "the signature is not made with the key that belongs to `verification_key`")
        }
        try EventCall.checkTime(time, within: Self.tolerance, of: now)
    }

    private static func event(_ item: EventItem) throws(EventRejection) -> FeedbackEvent? {
        let words = ServerWords(status: item.text("status"), item.text("reason"), item.text("response"))
        guard let kind = kind(try item.requiredText("event"), item, words) else { return nil }
        let isActivity = [.opened, .clicked, .complained, .unsubscribed].contains(kind)
        return FeedbackEvent(
            kind,
            id: item.text("sg_event_id").map { EventItem.id($0) } ?? item.hash,
            at: try item.seconds("timestamp"),
            // SendGrid puts custom arguments beside its own members.
            messageID: item.messageID(),
            providerMessageID: item.serviceID("sg_message_id").map { String($0.prefix { $0 != "." }) },
            recipient: item.address("email"),
            code: isActivity ? nil : words.code,
            detail: isActivity ? nil : words.detail
        )
    }

    private static func kind(_ name: String, _ item: EventItem, _ words: ServerWords) -> FeedbackEvent.Kind? {
        switch name {
        case "delivered": .delivered
        case "deferred": .delayed
        case "bounce", "blocked": .bounced(bounceClass(name, item, words))
        case "dropped": .bounced(isListed(item.text("reason") ?? "") ? .suppressed : .policy)
        case "spamreport": .complained
        case "open": .opened
        case "click": .clicked
        case "unsubscribe", "group_unsubscribe": .unsubscribed
        default: nil
        }
    }

    private static func bounceClass(_ name: String, _ item: EventItem, _ words: ServerWords) -> BounceClass {
        let type = name == "blocked" ? name : item.text("type")
        switch (type, item.text("bounce_classification")?.lowercased()) {
        case ("blocked", _), (_, "content"), (_, "reputation"), (_, "frequency or volume too high"):
            return words.bounceClass(.policy)
        case ("expired", _): return words.bounceClass(.soft)
        case ("bounce", "mailbox unavailable"?), ("bounce", "technical"?), ("bounce", "unclassified"?):
            // These categories hold full mailboxes and failures of the server too.
            return words.code == nil ? words.bounceClass(.hard) : words.bounceClass(nil)
        case ("bounce", _): return words.bounceClass(.hard)
        default: return words.bounceClass(nil)
        }
    }

    /// Whether SendGrid dropped the mail because of one of its lists: bounces, spam reports, unsubscribes, invalid addresses.
    private static func isListed(_ reason: String) -> Bool {
        let reason = reason.lowercased()
        return reason == "invalid"
            || ["bounced", "unsubscribe", "spam report", "suppress"].contains { reason.contains($0) }
    }
}
