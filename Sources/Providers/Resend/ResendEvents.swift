// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of Resend's webhooks, signed as Svix does.
struct ResendEvents: EventReader {
    private let secrets: [WebhookSecret]

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard let secrets = verification?.webhookSecrets else { return nil }
        self.secrets = secrets
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        let signature = try call.checkStandardWebhook(secrets, now: now)
        let body = try EventItem(body: call.body)
        let type = try body.requiredText("type")
        guard type.hasPrefix("email.") else { return [] }
        let data = try body.requiredObject("data")
        let words = Self.words(type, data)
        guard let kind = try Self.kind(type, data, words) else { return [] }
        return [
            FeedbackEvent(
                kind,
                id: EventItem.id(signature.id),
                at: body.text("created_at").flatMap { Timestamp($0) } ?? signature.time,
                messageID: Self.messageID(data),
                providerMessageID: data.serviceID("email_id"),
                // `to` lists those of the header field, and an event may be about a copy.
                recipient: nil,
                code: words.code,
                detail: words.detail
            )
        ]
    }

    private static func words(_ type: String, _ data: EventItem) -> ServerWords {
        switch type {
        case "email.bounced":
            let bounce = data.object("bounce")
            let codes = bounce?.texts("diagnosticCode") ?? []
            return ServerWords(codes.first ?? bounce?.text("diagnosticCode"), bounce?.text("message"))
        case "email.suppressed": return ServerWords(data.object("suppressed")?.text("message"))
        case "email.failed": return ServerWords(data.object("failed")?.text("reason"))
        default: return ServerWords()
        }
    }

    private static func kind(
        _ type: String,
        _ data: EventItem,
        _ words: ServerWords
    ) throws(EventRejection) -> FeedbackEvent.Kind? {
        switch type {
        case "email.delivered": .delivered
        case "email.delivery_delayed": .delayed
        case "email.bounced": .bounced(bounceClass(try data.requiredObject("bounce"), words))
        case "email.suppressed": .bounced(.suppressed)
        case "email.failed": .bounced(.policy)
        case "email.complained": .complained
        case "email.opened": .opened
        case "email.clicked": .clicked
        default: nil
        }
    }

    private static func bounceClass(_ bounce: EventItem, _ words: ServerWords) -> BounceClass {
        switch (bounce.text("type"), bounce.text("subType")) {
        case (_, "Suppressed"?), (_, "OnAccountSuppressionList"?): .suppressed
        case (_, "ContentRejected"?), (_, "AttachmentRejected"?): words.bounceClass(.policy)
        case (_, "MailboxFull"?), (_, "MessageTooLarge"?), ("Transient"?, _): words.bounceClass(.soft)
        case ("Permanent"?, _): words.bounceClass(.hard)
        default: words.bounceClass(nil)
        }
    }

    /// From the tags, which are an object, or a list of pairs as in a call; else from the header.
    private static func messageID(_ data: EventItem) -> String? {
        data.object("tags")?.messageID() ?? data.messageID(named: serviceIDKey, in: "tags")
            ?? data.messageID(named: MIMEWriter.idField, in: "headers")
    }
}
