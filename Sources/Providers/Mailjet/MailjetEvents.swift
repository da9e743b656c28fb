// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of Mailjet's event API, grouped (version 2) or one by one.
struct MailjetEvents: EventReader {
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
        let isRefusal = ["bounce", "blocked"].contains(name)
        let words =
            isRefusal
            ? ServerWords(item.text("error"), item.text("comment")) : ServerWords(item.text("smtp_reply"))
        guard let kind = kind(name, item, words) else { return nil }
        return FeedbackEvent(
            kind,
            id: item.hash,
            at: try item.seconds("time"),
            messageID: messageID(item),
            providerMessageID: item.serviceID("MessageID").flatMap { $0 == "0" ? nil : $0 },
            recipient: item.address("email"),
            code: words.code,
            detail: words.detail
        )
    }

    private static func kind(_ name: String, _ item: EventItem, _ words: ServerWords) -> FeedbackEvent.Kind? {
        let error = item.text("error")?.lowercased()
        let isHard = item.members["hard_bounce"]?.bool == true
        switch name {
        case "sent": return .delivered
        case "bounce" where error == "greylisted" && !isHard: return .delayed
        case "bounce": return .bounced(bounceClass(error, item, isHard: isHard, words))
        case "blocked":
            let isListed = ["preblocked", "blacklisted", "spam reporter"].contains(error)
            return .bounced(isListed ? .suppressed : .policy)
        case "spam": return .complained
        case "open": return .opened
        case "click": return .clicked
        case "unsub": return .unsubscribed
        default: return nil
        }
    }

    private static func bounceClass(
        _ error: String?,
        _ item: EventItem,
        isHard: Bool,
        _ words: ServerWords
    ) -> BounceClass {
        switch (error, item.text("error_related_to")) {
        case ("quota exceeded"?, _): .soft
        case ("policy issue"?, _), ("content blocked"?, _), ("sender blocked"?, _), ("relay/access denied"?, _),
            (_, "content"?), (_, "spam"?):
            words.bounceClass(.policy)
        default: words.bounceClass(isHard ? .hard : .soft)
        }
    }

    /// From the payload, which is our JSON, else from the id that the sender gave.
    private static func messageID(_ item: EventItem) -> String? {
        let payload = item.text("Payload").flatMap { JSON(answer: Array($0.utf8))?.object }
        return payload.flatMap { EventItem($0).messageID() } ?? item.messageID("CustomID")
    }
}
