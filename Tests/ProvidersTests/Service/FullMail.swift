// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import JSON
import Mail

/// A message with all that a request may hold.
enum FullMail {
    static func message(html: Bool = true) throws -> OutgoingMessage {
        var message = try OutgoingMessage(
            id: "msg_01J",
            messageID: "01J@example.org",
            date: Timestamp(milliseconds: 0),
            from: Mailbox(name: "Café, \"Zürich\"", address: address("noreply@example.org")),
            replyTo: [
                Mailbox(name: "Hilfe", address: address("help@example.org")), Mailbox(address("two@example.org")),
            ],
            recipients: [
                Recipient(Mailbox(name: "Ána 安娜", address: address("ana@bücher.example")), kind: .to),
                Recipient(Mailbox(address("cy@example.org")), kind: .cc),
                Recipient(Mailbox(address("secretary@example.org")), kind: .bcc),
            ],
            subject: "Grüße 🏀",
            text: "Hallo\n\"Welt\"\u{1}",
            html: html ? "<p>Hallo <img src=\"cid:logo@x\"></p>" : nil,
            attachments: [file("bill.pdf", "application/pdf", [1, 2, 3]), image],
            headers: [
                HeaderField(name: "X-Shop", value: "Zürich"),
                HeaderField(name: "List-Unsubscribe", value: "<https://example.org/u>"),
            ]
        )
        message.category = "billing"
        message.tags = ["first tag", "größe"]
        message.metadata = ["order": "4711", "shop_id": "west side", "a": "1"]
        return message
    }

    static func address(_ text: String) throws -> EmailAddress { try EmailAddress(parsing: text) }

    static func file(_ name: String, _ type: String, _ content: [UInt8] = [0]) throws -> Mail.Attachment {
        try AttachmentRules.attachment(fileName: name, contentType: type, content: content)
    }

    private static var image: Mail.Attachment {
        get throws {
            try AttachmentRules.attachment(
                fileName: "logo.png",
                contentType: "image/png",
                contentID: "logo@x",
                disposition: "inline",
                content: [0xFB, 0xFF]
            )
        }
    }

    /// The fields that the gateway adds, and those of ``message(html:)``.
    static let headers: JSON = [
        "X-Posthaste-Id": "msg_01J", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
        "X-Shop": "=?utf-8?Q?Z=C3=BCrich?=", "List-Unsubscribe": "<https://example.org/u>",
    ]
}

extension JSON {
    /// The value of a body; nil when it is no JSON.
    init?(text body: [UInt8]) {
        // The reason does not matter.
        guard let value = try? JSONReader.read(body) else { return nil }
        self = value
    }
}
