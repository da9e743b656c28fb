// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of Brevo's webhooks for transactional mail.
struct BrevoEvents: EventReader {
    private let password: EventPassword

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard let password = EventPassword(verification) else { return nil }
        self.password = password
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        try password.check(call)
        var events: [FeedbackEvent] = []
        for item in try EventItem.list(body: call.body) {
            if let event = try Self.event(item) { events.append(event) }
        }
        return events
    }

    private static func event(_ item: EventItem) throws(EventRejection) -> FeedbackEvent? {
        let name = try item.requiredText("event")
        let words = ServerWords(item.text("reason"))
        guard let kind = kind(name, words) else { return nil }
        let at = try time(item)
        let id = item.serviceID("message-id")
        return FeedbackEvent(
            kind,
            id: EventItem.hash(name, id ?? "", item.text("email") ?? "", String(at.milliseconds)),
            at: at,
            messageID: messageID(item),
            // The form of the answer to a submission.
            providerMessageID: id.map { $0.hasPrefix("<") ? $0 : "<\($0)>" },
            recipient: item.address("email"),
            code: words.code,
            detail: words.detail
        )
    }

    /// Only `ts_epoch` is in UTC for certain.
    private static func time(_ item: EventItem) throws(EventRejection) -> Timestamp {
        if item.members["ts_epoch"] != nil { return try item.milliseconds("ts_epoch") }
        return try item.seconds(item.members["ts_event"] == nil ? "ts" : "ts_event")
    }

    private static func kind(_ name: String, _ words: ServerWords) -> FeedbackEvent.Kind? {
        switch name {
        case "delivered": .delivered
        case "deferred": .delayed
        case "hard_bounce", "invalid_email": .bounced(words.bounceClass(.hard))
        case "soft_bounce": .bounced(words.bounceClass(.soft))
        // The address is on the list of blocked contacts.
        case "blocked": .bounced(.suppressed)
        case "error": .bounced(.policy)
        case "spam", "complaint": .complained
        case "opened", "unique_opened", "proxy_open", "unique_proxy_open": .opened
        case "click": .clicked
        case "unsubscribe", "unsubscribed": .unsubscribed
        default: nil
        }
    }

    /// From the JSON text in Brevo's field for custom data.
    private static func messageID(_ item: EventItem) -> String? {
        guard let text = item.text("X-Mailin-custom"), let object = JSON(answer: Array(text.utf8))?.object else {
            return nil
        }
        return EventItem(object).messageID()
    }
}
