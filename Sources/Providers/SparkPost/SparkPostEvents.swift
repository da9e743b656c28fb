// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of SparkPost's webhooks.
struct SparkPostEvents: EventReader {
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
            // The one member names the group of the event; a test has none.
            let group = try item.requiredObject("msys")
            for (name, _) in group.members {
                if let event = try Self.event(group.requiredObject(name)) { events.append(event) }
            }
        }
        return events
    }

    private static func event(_ item: EventItem) throws(EventRejection) -> FeedbackEvent? {
        let name = try item.requiredText("type")
        let isActivity =
            !["delivery", "delay", "bounce", "out_of_band"].contains(name) && !name.hasSuffix("_rejection")
        let words = isActivity && name != "generation_failure" ? ServerWords() : ServerWords(text(item))
        guard let kind = kind(name, item, words) else { return nil }
        return FeedbackEvent(
            kind,
            id: item.word("event_id").map { EventItem.id($0) } ?? item.hash,
            at: try time(item),
            messageID: item.object("rcpt_meta")?.messageID(),
            providerMessageID: item.serviceID("transmission_id"),
            // The other one is in lower case.
            recipient: item.address("raw_rcpt_to") ?? item.address("rcpt_to"),
            code: words.code,
            detail: words.detail
        )
    }

    /// `raw_reason` is the server's reply, `reason` the same without what differs from one message to the next.
    private static func text(_ item: EventItem) -> String? { item.text("raw_reason") ?? item.text("reason") }

    /// Seconds, or a time in the form of RFC 3339.
    private static func time(_ item: EventItem) throws(EventRejection) -> Timestamp {
        if let text = item.text("timestamp"), let time = Timestamp(text) { return time }
        return try item.seconds("timestamp")
    }

    private static func kind(_ name: String, _ item: EventItem, _ words: ServerWords) -> FeedbackEvent.Kind? {
        switch name {
        case "delivery": .delivered
        case "delay": .delayed
        case "bounce", "out_of_band": bounce(item.word("bounce_class").flatMap { Int($0) }, words)
        case "policy_rejection", "generation_rejection":
            .bounced((text(item) ?? "").lowercased().contains("suppress") ? .suppressed : .policy)
        case "generation_failure": .bounced(.policy)
        case "spam_complaint" where item.text("fbtype") != "not-spam": .complained
        case "open", "initial_open", "amp_open", "amp_initial_open": .opened
        case "click", "amp_click": .clicked
        case "list_unsubscribe", "link_unsubscribe": .unsubscribed
        default: nil
        }
    }

    /// By SparkPost's class of the bounce; nil for automatic answers and the like.
    private static func bounce(_ number: Int?, _ words: ServerWords) -> FeedbackEvent.Kind? {
        switch number {
        case 60, 80, 100: nil
        case 10, 30, 90: .bounced(words.bounceClass(.hard))
        case 22: .bounced(.soft)
        case 20, 21, 23, 24, 25, 40, 70: .bounced(words.bounceClass(.soft))
        case 50, 51, 52, 53, 54: .bounced(words.bounceClass(.policy))
        default: .bounced(words.bounceClass(nil))
        }
    }
}
