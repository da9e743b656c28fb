// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
public import JSON
public import Mail

/// A message that a stand-in has taken.
public struct ServiceMail: Sendable {
    /// The service's id.
    public let id: String
    /// The decoded body of the call.
    public let body: JSON
    /// The fields of the call.
    public let fields: [HTTPHeader]
    /// The message as the service understood it.
    public let message: OutgoingMessage
    /// The MIME message as it was submitted; nil when the service writes it itself.
    private let raw: [UInt8]?

    public init(id: String, body: JSON, fields: [HTTPHeader], message: OutgoingMessage, raw: [UInt8]? = nil) {
        self.id = id
        self.body = body
        self.fields = fields
        self.message = message
        self.raw = raw
    }

    /// The mailboxes of a list of objects; nil when one is invalid.
    static func mailboxes(_ list: JSON?, address: String, name: String) -> [Mailbox]? {
        var mailboxes: [Mailbox] = []
        for item in list?.array ?? [] {
            // The service refuses the call; the reason does not matter.
            guard let parsed = try? EmailAddress(parsing: item[address]?.string ?? ""),
                let mailbox = try? Mailbox(name: item[name]?.string, address: parsed)
            else { return nil }
            mailboxes.append(mailbox)
        }
        return mailboxes
    }

    /// What each recipient gets, with the Message-ID of the call if it has one.
    public var mail: TakenMessage {
        TakenMessage(recipients: message.envelope.map(\.description), content: raw ?? MIMEWriter.message(message))
    }
}

extension OutgoingMessage {
    /// A message as a service reads it from a call; its header fields decide its id and Message-ID.
    ///
    /// Without a Message-ID the service makes one, here from our id. Nil when an address or a field is invalid.
    init?(
        service fields: [(name: String, value: String)],
        from: Mailbox?,
        recipients: [Recipient],
        replyTo: [Mailbox],
        subject: String,
        text: String,
        html: String?
    ) {
        guard let from else { return nil }
        let own = Dictionary(fields.map { ($0.name.lowercased(), $0.value) }) { $1 }
        let id = own["x-posthaste-id"] ?? ""
        let written = ["x-posthaste-id", "auto-submitted", "x-auto-response-suppress", "message-id"]
        var headers: [HeaderField] = []
        for field in fields where !written.contains(field.name.lowercased()) {
            // As above.
            guard let header = try? HeaderField(name: field.name, value: field.value) else { return nil }
            headers.append(header)
        }
        let made = id.replacing("msg_", with: "m") + "@example.org"
        self.init(
            id: id,
            messageID: own["message-id"].map { String($0.dropFirst().dropLast()) } ?? made,
            date: Timestamp(milliseconds: 1_790_000_000_000),
            from: from,
            replyTo: replyTo,
            recipients: recipients,
            subject: subject,
            text: text,
            html: html,
            headers: headers
        )
    }
}
