// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of Postmark's webhooks.
struct PostmarkEvents: EventReader {
    private let password: EventPassword

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard let password = EventPassword(verification) else { return nil }
        self.password = password
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        try password.check(call)
        return try Self.event(EventItem(body: call.body)).map { [$0] } ?? []
    }

    /// Which member names the time and which the recipient, by the type of the record.
    private static let places: [String: (time: String, recipient: String)] = [
        "Delivery": ("DeliveredAt", "Recipient"), "Bounce": ("BouncedAt", "Email"),
        "SpamComplaint": ("BouncedAt", "Email"), "Open": ("ReceivedAt", "Recipient"),
        "Click": ("ReceivedAt", "Recipient"), "SubscriptionChange": ("ChangedAt", "Recipient"),
    ]

    private static func event(_ item: EventItem) throws(EventRejection) -> FeedbackEvent? {
        let record = try item.requiredText("RecordType")
        let isAboutServer = ["Delivery", "Bounce"].contains(record)
        let words = isAboutServer ? ServerWords(item.text("Details"), item.text("Description")) : ServerWords()
        guard let place = places[record], let kind = try kind(record, item, words) else { return nil }
        let time = try item.requiredText(place.time)
        let number = ["Bounce", "SpamComplaint"].contains(record) ? item.word("ID") : nil
        return FeedbackEvent(
            kind,
            // One message has one id for all its recipients.
            id: number.map { EventItem.id(record, $0) }
                ?? EventItem.id(record, item.text("MessageID") ?? "", time, item.text(place.recipient) ?? ""),
            at: try item.moment(place.time),
            messageID: item.object("Metadata")?.messageID(),
            providerMessageID: item.serviceID("MessageID"),
            recipient: item.address(place.recipient),
            code: words.code,
            detail: words.detail
        )
    }

    private static func kind(
        _ record: String,
        _ item: EventItem,
        _ words: ServerWords
    ) throws(EventRejection) -> FeedbackEvent.Kind? {
        switch record {
        case "Delivery": .delivered
        case "Bounce": bounce(try item.requiredText("Type"), words)
        case "SpamComplaint": .complained
        case "Open": .opened
        case "Click": .clicked
        // The other reasons have an event of their own.
        case "SubscriptionChange"
        where item.members["SuppressSending"]?.bool == true && item.text("SuppressionReason") == "ManualSuppression":
            .unsubscribed
        default: nil
        }
    }

    /// By the type of a bounce; the types that are left out are no bounces, such as automatic answers.
    private static func bounce(_ type: String, _ words: ServerWords) -> FeedbackEvent.Kind? {
        switch type {
        case "HardBounce", "BadEmailAddress": .bounced(words.bounceClass(.hard))
        case "SoftBounce", "Undeliverable": .bounced(words.bounceClass(.soft))
        case "Unknown": .bounced(words.bounceClass(nil))
        case "Blocked", "DMARCPolicy", "VirusNotification": .bounced(words.bounceClass(.policy))
        case "Unconfirmed", "SMTPApiError", "TemplateRenderingFailed": .bounced(.policy)
        case "ManuallyDeactivated": .bounced(.suppressed)
        case "Transient", "DnsError": .delayed
        case "SpamNotification", "SpamComplaint": .complained
        case "Unsubscribe": .unsubscribed
        default: nil
        }
    }
}
