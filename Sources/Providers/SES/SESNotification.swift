// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// What SES reports in a notification (SES developer guide, "Contents of event data"), in the form of event publishing or of the
/// notifications of an identity.
struct SESNotification {
    /// A recipient, and what is known of this one alone.
    private struct Party {
        var address: EmailAddress?
        var words = ServerWords()
    }

    private let envelope: SNSEnvelope
    private let body: EventItem
    private let mail: EventItem

    /// The events in a verified notification; none for the text with which SES tries out a topic.
    static func events(in envelope: SNSEnvelope) throws(EventRejection) -> [FeedbackEvent] {
        if envelope.message.hasPrefix("Successfully validated") { return [] }
        let body = try EventItem(body: Array(envelope.message.utf8))
        guard let type = body.text("eventType") ?? body.text("notificationType") else {
            throw body.fault("eventType", "text")
        }
        // Not in each message that SES sends to a topic.
        guard let mail = body.object("mail") else {
            if readers[type] == nil { return [] }
            throw body.fault("mail", "object")
        }
        let notification = SESNotification(envelope: envelope, body: body, mail: mail)
        return try readers[type].map { reader throws(EventRejection) in try reader(notification) } ?? []
    }

    private typealias Reader = @Sendable (SESNotification) throws(EventRejection) -> [FeedbackEvent]

    /// By the type of the event; all others are left out.
    private static let readers: [String: Reader] = [
        "Bounce": { (it) throws(EventRejection) in try it.bounce() },
        "Complaint": { (it) throws(EventRejection) in try it.complaint() },
        "Delivery": { (it) throws(EventRejection) in try it.delivery() },
        "DeliveryDelay": { (it) throws(EventRejection) in try it.delay() },
        "Reject": { (it) throws(EventRejection) in
            let part = try it.body.requiredObject("reject")
            return it.events(.bounced(.policy), part, it.all(ServerWords(part.text("reason"))))
        },
        "Rendering Failure": { (it) throws(EventRejection) in
            let part = try it.body.requiredObject("failure")
            return it.events(.bounced(.policy), part, it.all(ServerWords(part.text("errorMessage"))))
        },
        "Open": { (it) throws(EventRejection) in it.events(.opened, try it.body.requiredObject("open"), it.one) },
        "Click": { (it) throws(EventRejection) in it.events(.clicked, try it.body.requiredObject("click"), it.one) },
        "Subscription": { (it) throws(EventRejection) in try it.subscription() },
    ]

    // The types

    private func bounce() throws(EventRejection) -> [FeedbackEvent] {
        let part = try body.requiredObject("bounce")
        let type = try part.requiredText("bounceType")
        let subtype = part.text("bounceSubType")
        let parties = try parties(part, "bouncedRecipients")
        return events(at: time(part), parties) { party in
            .bounced(Self.bounceClass(type, subtype, party.words))
        }
    }

    private static func bounceClass(_ type: String, _ subtype: String?, _ words: ServerWords) -> BounceClass {
        switch (type, subtype) {
        case (_, "Suppressed"?), (_, "OnAccountSuppressionList"?), (_, "UnsubscribedRecipient"?): .suppressed
        case (_, "ContentRejected"?), (_, "AttachmentRejected"?): words.bounceClass(.policy)
        case (_, "MailboxFull"?): .soft
        case ("Permanent", _): words.bounceClass(.hard)
        case ("Transient", _): words.bounceClass(.soft)
        default: words.bounceClass(nil)
        }
    }

    private func complaint() throws(EventRejection) -> [FeedbackEvent] {
        let part = try body.requiredObject("complaint")
        let parties = try parties(part, "complainedRecipients")
        // SES did not try to send: the address is on the account's list because of an earlier complaint.
        if part.text("complaintSubType") == "OnAccountSuppressionList" {
            return events(.bounced(.suppressed), part, parties)
        }
        guard part.text("complaintFeedbackType") != "not-spam" else { return [] }
        // Of several, any may have complained.
        return events(.complained, part, parties.count == 1 ? parties : [Party()])
    }

    private func delivery() throws(EventRejection) -> [FeedbackEvent] {
        let part = try body.requiredObject("delivery")
        let words = ServerWords(part.text("smtpResponse"))
        let parties = part.texts("recipients").map { Party(address: EventItem.address($0), words: words) }
        return events(.delivered, part, parties.isEmpty ? [Party(words: words)] : parties)
    }

    private func delay() throws(EventRejection) -> [FeedbackEvent] {
        let part = try body.requiredObject("deliveryDelay")
        return events(.delayed, part, try parties(part, "delayedRecipients"))
    }

    private func subscription() throws(EventRejection) -> [FeedbackEvent] {
        let part = try body.requiredObject("subscription")
        if let new = part.object("newTopicPreferences") {
            let isOut = try new.objects("topicSubscriptionStatus").contains {
                $0.text("subscriptionStatus") == "OptOut"
            }
            guard isOut || new.members["unsubscribeAll"]?.bool == true else { return [] }
        }
        return events(.unsubscribed, part, one)
    }

    // Recipients

    /// The recipients that a list names, each with its words; one unknown recipient for an empty list.
    private func parties(_ part: EventItem, _ key: String) throws(EventRejection) -> [Party] {
        let parties = try part.objects(key).map { item in
            let words = ServerWords(status: item.text("status"), item.text("diagnosticCode"))
            return Party(address: item.address("emailAddress"), words: words)
        }
        return parties.isEmpty ? [Party()] : parties
    }

    /// All recipients of the message.
    private func all(_ words: ServerWords) -> [Party] {
        let all = mail.texts("destination").map { Party(address: EventItem.address($0), words: words) }
        return all.isEmpty ? [Party(words: words)] : all
    }

    /// The recipient of a message that has one: SES does not say who opened it.
    private var one: [Party] {
        let all = all(ServerWords())
        return all.count == 1 ? all : [Party()]
    }

    // Events

    private func events(_ kind: FeedbackEvent.Kind, _ part: EventItem, _ parties: [Party]) -> [FeedbackEvent] {
        events(at: time(part), parties) { _ in kind }
    }

    /// An event for each recipient, with an id of its own.
    private func events(
        at time: Timestamp,
        _ parties: [Party],
        kind: (Party) -> FeedbackEvent.Kind
    ) -> [FeedbackEvent] {
        let messageID = messageID
        return parties.enumerated().map { number, party in
            FeedbackEvent(
                kind(party),
                id: parties.count == 1 ? EventItem.id(envelope.id) : EventItem.id(envelope.id, String(number + 1)),
                at: time,
                messageID: messageID,
                providerMessageID: mail.serviceID("messageId"),
                recipient: party.address,
                code: party.words.code,
                detail: party.words.detail
            )
        }
    }

    /// The time of the event; some have none of their own.
    private func time(_ part: EventItem) -> Timestamp {
        part.text("timestamp").flatMap { Timestamp($0) } ?? envelope.time
    }

    /// From the message tags, which event publishing has, else from the header.
    private var messageID: String? {
        mail.object("tags")?.texts(serviceIDKey).first.flatMap(EventItem.messageID)
            ?? mail.messageID(named: MIMEWriter.idField, in: "headers")
    }
}
