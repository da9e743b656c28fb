// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of a plugin, signed by Standard Webhooks: `{"events":[…]}`.
struct PluginEvents: EventReader {
    private let secrets: [WebhookSecret]

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard let secrets = verification?.webhookSecrets else { return nil }
        self.secrets = secrets
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        try call.checkStandardWebhook(secrets, now: now)
        let body = try EventItem(body: call.body)
        guard body.members["events"]?.array != nil else { throw body.fault("events", "list") }
        var events: [FeedbackEvent] = []
        for item in try body.objects("events") {
            if let event = try Self.event(item, now) { events.append(event) }
        }
        return events
    }

    private static func event(_ item: EventItem, _ now: Timestamp) throws(EventRejection) -> FeedbackEvent? {
        let id = try item.requiredText("id")
        guard EventItem.id(id) == id else {
            throw item.problem("id", "has more than \(EventItem.longestID) octets, or control characters")
        }
        guard let kind = try kind(try item.requiredText("event"), item) else { return nil }
        let (own, given) = (item.messageID(), item.serviceID("message_id"))
        if own == nil, given == nil {
            throw item.problem(serviceIDKey, "is no id of a message, and there is no `message_id`")
        }
        let recipient = item.address("recipient")
        if recipient == nil, item.text("recipient") != nil { throw item.problem("recipient", "is no address") }
        let words = ServerWords(item.text("detail"))
        return FeedbackEvent(
            kind,
            id: id,
            at: item.text("at") == nil ? now : try item.moment("at"),
            messageID: own,
            providerMessageID: given,
            recipient: recipient,
            code: words.code,
            detail: words.detail
        )
    }

    /// Nil for the name of a kind that this version does not have.
    private static func kind(_ name: String, _ item: EventItem) throws(EventRejection) -> FeedbackEvent.Kind? {
        switch name {
        case "delayed": return .delayed
        case "delivered": return .delivered
        case "bounced":
            guard let bounceClass = BounceClass(rawValue: try item.requiredText("class")) else {
                throw item.problem("class", "is none of hard, soft, policy and suppressed")
            }
            return .bounced(bounceClass)
        case "complained": return .complained
        case "opened": return .opened
        case "clicked": return .clicked
        case "unsubscribed": return .unsubscribed
        default: return nil
        }
    }
}
