// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import JSON
internal import Mail

/// Converts a message to the body of `POST /v3/mail/send`.
enum SendGridContent {
    private static let mostCategories = 10
    private static let longestCategory = 255
    /// For all custom arguments together, as JSON.
    private static let mostArguments = 10_000

    static func json(_ message: OutgoingMessage, isTracked: Bool) throws(DeliveryError) -> [UInt8] {
        var body = JSONObject()
        body["personalizations"] = .array(personalizations(message))
        body["from"] = object(message.from)
        switch message.replyTo.count {
        case 0: break
        case 1: body["reply_to"] = object(message.replyTo[0])
        default: body["reply_to_list"] = list(message.replyTo)
        }
        body["subject"] = some(message.subject)
        body["content"] = .array(content(message))
        var headers = try message.headerObject(prefix: SendGridVerdict.prefix)
        headers["Message-ID"] = .string("<\(message.messageID)>")
        body["headers"] = .object(headers)
        body["custom_args"] = .object(message.customData(upTo: mostArguments))
        let categories = categories(message)
        if !categories.isEmpty { body["categories"] = .array(categories) }
        if !isTracked {
            body["tracking_settings"] = [
                "click_tracking": ["enable": false, "enable_text": false], "open_tracking": ["enable": false],
            ]
        }
        return body.encoded(files: message.attachments.map { file($0, of: message) }, under: "attachments")
    }

    /// One copy of the message for all, in which each address occurs once.
    ///
    /// A personalization needs a visible recipient. Blind copies that are left alone get one each.
    private static func personalizations(_ message: OutgoingMessage) -> [JSON] {
        let (to, cc, bcc) = message.addressees
        guard !to.isEmpty else { return bcc.map { ["to": list([$0])] } }
        var seen: Set<String> = []
        // SendGrid compares without regard to case, and refuses a message for an address that occurs twice.
        let isNew = { (mailbox: Mailbox) in seen.insert(mailbox.address.canonical).inserted }
        var one = JSONObject([("to", list(to.filter(isNew)))])
        for (field, mailboxes) in [("cc", cc.filter(isNew)), ("bcc", bcc.filter(isNew))] where !mailboxes.isEmpty {
            one[field] = list(mailboxes)
        }
        return [.object(one)]
    }

    private static func object(_ mailbox: Mailbox) -> JSON {
        var object = JSONObject([("email", .string(mailbox.address.description))])
        if let name = mailbox.name { object["name"] = .string(name) }
        return .object(object)
    }

    private static func list(_ mailboxes: [Mailbox]) -> JSON { .array(mailboxes.map(object)) }

    /// SendGrid refuses empty texts.
    private static func some(_ text: String) -> JSON { .string(text.isEmpty ? " " : text) }

    /// Plain text has to come first.
    private static func content(_ message: OutgoingMessage) -> [JSON] {
        let text: JSON = ["type": "text/plain", "value": some(message.text)]
        guard let html = message.html else { return [text] }
        return [text, ["type": "text/html", "value": some(html)]]
    }

    private static func file(_ file: Attachment, of message: OutgoingMessage) -> ServiceFile {
        var fields = JSONObject([
            ("filename", .string(file.fileName)), ("type", .string(file.contentType)),
            ("disposition", .string(message.isShown(file) ? "inline" : "attachment")),
        ])
        if message.isShown(file) { fields["content_id"] = file.contentID.map { .string($0) } }
        return ServiceFile(fields, content: file.content)
    }

    private static func categories(_ message: OutgoingMessage) -> [JSON] {
        var seen: Set<String> = []
        let labels = (message.category.map { [$0] } ?? []) + message.tags
        let cut = labels.map { String($0.prefix(longestCategory)) }
        return cut.filter { !$0.isEmpty && seen.insert($0).inserted }.prefix(mostCategories).map { .string($0) }
    }
}
