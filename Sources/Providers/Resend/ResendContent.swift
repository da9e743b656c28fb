// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Converts a message to the body of `POST /emails`.
///
/// The same message gives the same bytes, or Resend would take a repeat for another message.
enum ResendContent {
    static func json(_ message: OutgoingMessage) throws(DeliveryError) -> [UInt8] {
        let (to, cc, bcc) = message.addressees
        var body = JSONObject()
        body["from"] = .string(message.from.quotedForm)
        body["to"] = list(try visible(to, bcc))
        if !cc.isEmpty { body["cc"] = list(cc) }
        if !bcc.isEmpty, !to.isEmpty { body["bcc"] = list(bcc) }
        if !message.replyTo.isEmpty { body["reply_to"] = list(message.replyTo) }
        body["subject"] = .string(message.subject)
        body["text"] = .string(message.text)
        if let html = message.html { body["html"] = .string(html) }
        body["headers"] = .object(try message.headerObject(prefix: ResendVerdict.prefix))
        body["tags"] = .array(message.serviceTags.map { ["name": .string($0.name), "value": .string($0.value)] })
        return body.encoded(files: try files(of: message), under: "attachments")
    }

    private static func list(_ mailboxes: [Mailbox]) -> JSON { .array(mailboxes.map { .string($0.quotedForm) }) }

    /// Resend requires a visible recipient: one blind copy can be it, several would see each other.
    private static func visible(_ to: [Mailbox], _ bcc: [Mailbox]) throws(DeliveryError) -> [Mailbox] {
        if !to.isEmpty { return to }
        guard bcc.count == 1 else {
            throw .inexpressible(
                "resend.only_blind_copies",
                "\(bcc.count) Bcc recipients are left, and Resend cannot hide them from each other",
                remedy: "add a provider to the route that takes raw MIME, such as smtp"
            )
        }
        return bcc
    }

    private static func files(of message: OutgoingMessage) throws(DeliveryError) -> [ServiceFile] {
        var files: [ServiceFile] = []
        for file in message.attachments {
            // Resend accepts a message whose file has another extension than its type, and drops it silently.
            guard let fitting = FittingName.of(file) else {
                throw .inexpressible(
                    "resend.attachment_type",
                    "the extension of an attachment does not fit its type \(file.contentType), so Resend would drop the message",
                    remedy:
                        "give the file the type of its extension, leave the type out, or add another provider to the route"
                )
            }
            var fields = JSONObject([("filename", .string(fitting.name)), ("content_type", .string(fitting.type))])
            if message.isShown(file) { fields["content_id"] = file.contentID.map { .string($0) } }
            files.append(ServiceFile(fields, content: file.content))
        }
        return files
    }
}
