// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Converts messages to the form that Postmark accepts.
struct PostmarkContent {
    private static let longestTag = 1000
    private static let longestKey = 20
    private static let longestValue = 80
    private static let mostKeys = 10

    private let settings: PostmarkSettings

    init(_ settings: PostmarkSettings) {
        self.settings = settings
    }

    func body(of message: OutgoingMessage) -> [UInt8] {
        object(message).encoded(
            files: message.attachments.map {
                ServiceFile(Self.members(of: $0, isShown: message.isShown($0)), content: $0.content)
            },
            under: "Attachments",
            contentKey: "Content"
        )
    }

    private static func members(of file: Attachment, isShown: Bool) -> JSONObject {
        var members = JSONObject([("Name", .string(file.fileName)), ("ContentType", .string(file.contentType))])
        if isShown { members["ContentID"] = file.contentID.map { .string("cid:\($0)") } }
        return members
    }

    private func object(_ message: OutgoingMessage) -> JSONObject {
        var object = JSONObject([("From", .string(message.from.quotedForm))])
        for (name, kind) in [("To", Recipient.Kind.to), ("Cc", .cc), ("Bcc", .bcc)] {
            object[name] = Self.list(message.mailboxes(kind))
        }
        object["ReplyTo"] = Self.list(message.replyTo)
        object["Subject"] = .string(message.subject)
        // Postmark refuses mail without any body.
        let text = message.text.isEmpty && message.html == nil ? "\n" : message.text
        if !text.isEmpty { object["TextBody"] = .string(text) }
        object["HtmlBody"] = message.html.map(JSON.string)
        object["Tag"] = (message.category ?? message.tags.first).map { .string(String($0.prefix(Self.longestTag))) }
        object["Headers"] = .array(Self.headers(of: message))
        if !settings.http.isTracked {
            object["TrackOpens"] = false
            object["TrackLinks"] = "None"
        }
        object["Metadata"] = .object(Self.metadata(of: message))
        object["MessageStream"] = .string(settings.stream)
        return object
    }

    private static func list(_ mailboxes: [Mailbox]) -> JSON? {
        mailboxes.isEmpty ? nil : .string(mailboxes.map(\.quotedForm).joined(separator: ", "))
    }

    private static func headers(of message: OutgoingMessage) -> [JSON] {
        // Postmark replaces the Message-ID unless the second field asks it not to.
        let own = [("Message-ID", "<\(message.messageID)>"), ("X-PM-KeepID", "true")]
        return (own + message.serviceHeaders.map { ($0.name, $0.encodedValue) }).map { name, value in
            ["Name": .string(name), "Value": .string(value)]
        }
    }

    /// Our id, then the sender's own members as far as there is room: in the order of their keys, values cut.
    private static func metadata(of message: OutgoingMessage) -> JSONObject {
        var metadata = JSONObject([(serviceIDKey, .string(message.id))])
        for (key, value) in message.metadata.sorted(by: { $0.key < $1.key }) {
            guard metadata.count < mostKeys else { break }
            guard (1...longestKey).contains(key.count), metadata[key] == nil else { continue }
            metadata[key] = .string(String(value.prefix(longestValue)))
        }
        return metadata
    }
}
