// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Converts messages to the form that Mailjet accepts.
enum MailjetContent {
    /// The recipients of one message of a call.
    struct Group {
        var to: [Mailbox]
        var cc: [Mailbox] = []
        var bcc: [Mailbox] = []

        var addresses: [EmailAddress] { (to + cc + bcc).map(\.address) }
    }

    private static let longestCampaign = 255
    private static let longestPayload = 8192

    /// The messages of the call: one, or one for each recipient when only blind copies are left.
    ///
    /// Mailjet requires a visible recipient, and several blind copies must not see each other.
    static func groups(of message: OutgoingMessage) -> [Group] {
        let (to, cc, bcc) = message.addressees
        return to.isEmpty ? bcc.map { Group(to: [$0]) } : [Group(to: to, cc: cc, bcc: bcc)]
    }

    static func body(of message: OutgoingMessage, isTracked: Bool) throws(DeliveryError) -> [UInt8] {
        let groups = groups(of: message)
        let common = try object(message, isTracked: isTracked)
        if groups.count == 1 {
            let bytes = encoded(JSONObject(members(of: groups[0]) + common.map { ($0.key, $0.value) }), message)
            return Array(#"{"Messages":["#.utf8) + bytes + Array("]}".utf8)
        }
        // What the messages have in common, the files above all, is sent once.
        let messages = JSON.array(groups.map { .object(JSONObject(members(of: $0))) }).encoded()
        return Array(#"{"Globals":"#.utf8) + encoded(common, message) + Array(#","Messages":"#.utf8) + messages + [
            UInt8(ascii: "}")
        ]
    }

    /// A call that Mailjet validates without sending: with a message from `sender`, or without any.
    static func probe(from sender: EmailAddress?) -> [UInt8] {
        let messages = sender.map { sender -> JSON in
            [
                "From": mailbox(Mailbox(sender)), "To": [mailbox(Mailbox(sender))], "Subject": "Check",
                "TextPart": "Mailjet validates this message and does not send it.",
            ]
        }
        return JSON.object(
            JSONObject([("SandboxMode", true), ("Messages", .array(messages.map { [$0] } ?? []))])
        ).encoded()
    }

    private static func members(of group: Group) -> [(String, JSON)] {
        [("To", group.to), ("Cc", group.cc), ("Bcc", group.bcc)].compactMap { name, mailboxes in
            mailboxes.isEmpty ? nil : (name, .array(mailboxes.map(mailbox)))
        }
    }

    private static func object(_ message: OutgoingMessage, isTracked: Bool) throws(DeliveryError) -> JSONObject {
        var object = JSONObject([("From", mailbox(message.from))])
        object["ReplyTo"] = message.replyTo.first.map(mailbox)
        object["Subject"] = .string(message.subject)
        // Mailjet refuses mail without any body.
        let text = message.text.isEmpty && message.html == nil ? "\n" : message.text
        if !text.isEmpty { object["TextPart"] = .string(text) }
        object["HTMLPart"] = message.html.map(JSON.string)
        object["Headers"] = .object(try message.headerObject(prefix: MailjetVerdict.prefix))
        object["CustomID"] = .string(message.id)
        object["EventPayload"] = .string(payload(of: message))
        object["CustomCampaign"] = (message.category ?? message.tags.first).map {
            .string(String($0.prefix(longestCampaign)))
        }
        // Both are for mail with HTML only.
        if !isTracked, message.html != nil {
            object["TrackOpens"] = "disabled"
            object["TrackClicks"] = "disabled"
        }
        return object
    }

    private static func mailbox(_ mailbox: Mailbox) -> JSON {
        var object = JSONObject([("Email", .string(mailbox.address.description))])
        object["Name"] = mailbox.name.map(JSON.string)
        return .object(object)
    }

    /// The one text that comes back with each event: our id and the sender's own labels, in JSON.
    private static func payload(of message: OutgoingMessage) -> String {
        var payload = JSONObject([(serviceIDKey, .string(message.id))])
        payload["category"] = message.category.map(JSON.string)
        if !message.tags.isEmpty { payload["tags"] = .array(message.tags.map(JSON.string)) }
        let short = payload
        let metadata = message.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        if !metadata.isEmpty { payload["metadata"] = .object(JSONObject(metadata)) }
        let text = JSON.object(payload).text()
        return text.utf8.count <= longestPayload ? text : JSON.object(short).text()
    }

    /// The object with the files as its last members.
    private static func encoded(_ object: JSONObject, _ message: OutgoingMessage) -> [UInt8] {
        let shown = message.attachments.filter { message.isShown($0) }
        let listed = message.attachments.filter { !message.isShown($0) }
        var bytes = object.encoded(files: listed.map { file($0) }, under: "Attachments", contentKey: contentKey)
        guard !shown.isEmpty else { return bytes }
        let files = shown.map { file($0, id: $0.contentID) }
        bytes[bytes.count - 1] = UInt8(ascii: ",")
        bytes += JSONObject().encoded(files: files, under: "InlinedAttachments", contentKey: contentKey).dropFirst()
        return bytes
    }

    private static let contentKey = "Base64Content"

    private static func file(_ file: Attachment, id: String? = nil) -> ServiceFile {
        // Mailjet adds its own charset.
        let type = file.contentType.split(separator: ";").filter { !$0.trimmingPrefix(" ").hasPrefix("charset=") }
        var fields = JSONObject([
            ("ContentType", .string(type.joined(separator: ";"))), ("Filename", .string(file.fileName)),
        ])
        fields["ContentID"] = id.map(JSON.string)
        return ServiceFile(fields, content: file.content)
    }
}
