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
        body["tags"] = .array(ResendTags(message).items)
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
                    remedy: "give the file the type of its extension, leave the type out, or add another provider to the route"
                )
            }
            var fields = JSONObject([("filename", .string(fitting.name)), ("content_type", .string(fitting.type))])
            if message.isShown(file) { fields["content_id"] = file.contentID.map { .string($0) } }
            files.append(ServiceFile(fields, content: file.content))
        }
        return files
    }
}

/// The labels of a message as Resend's tags: unique names, and ASCII letters, digits, `_` and `-` only.
struct ResendTags {
    private static let longest = 256
    private static let most = 50

    private(set) var items: [JSON] = []
    private var names: Set<String> = []

    init(_ message: OutgoingMessage) {
        add(serviceIDKey, message.id)
        if let category = message.category { add("category", category) }
        for (position, tag) in message.tags.enumerated() { add("tag_\(position + 1)", tag) }
        for (key, value) in message.metadata.sorted(by: { $0.key < $1.key }) { add(key, value) }
    }

    private mutating func add(_ name: String, _ value: String) {
        let (name, value) = (Self.cut(name), Self.cut(value))
        guard !name.isEmpty, !value.isEmpty, items.count < Self.most, names.insert(name).inserted else { return }
        items.append(["name": .string(name), "value": .string(value)])
    }

    /// With `_` in place of each character that a tag may not hold.
    private static func cut(_ text: String) -> String {
        let bytes = text.unicodeScalars.prefix(longest).map { scalar in
            UInt8(exactly: scalar.value).flatMap { isAllowed($0) ? $0 : nil } ?? UInt8(ascii: "_")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || "_-".utf8.contains(byte) }
}
