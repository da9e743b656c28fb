// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A message that the stand-in has sent.
public struct GoogleMail: Sendable {
    /// Gmail's own id.
    public let id: String
    /// The sending mailbox.
    public let account: String
    public let recipients: [String]
    /// The content as submitted.
    public let content: [UInt8]
    /// The content as delivered: From corrected, Message-ID replaced, no Bcc.
    public let delivered: [UInt8]
    /// True when From was replaced silently.
    public let isFromRewritten: Bool
    public let at: Timestamp
    /// The fields of ``delivered``, unfolded.
    let deliveredFields: [(name: String, value: String)]

    init(id: String, message: GoogleMessage, account: GoogleAccount, at now: Timestamp) {
        self.id = id
        self.account = account.address
        recipients = message.recipients
        content = message.content
        at = now
        isFromRewritten = !(message.sender.map(account.maySend(as:)) ?? false)
        var fields: [(name: String, value: String)] = []
        var header: [UInt8] = []
        for field in message.fields {
            switch field.name.lowercased() {
            case "bcc", "message-id", "x-google-original-from": continue
            case "from" where isFromRewritten: fields.append(("X-Google-Original-From", field.value))
            default:
                fields.append((field.name, field.value))
                header += field.bytes
                continue
            }
            header += Array("X-Google-Original-From: \(field.value)\r\n".utf8)
        }
        let own = [("Message-ID", "<CA\(id)@mail.gmail.com>")] + (isFromRewritten ? [("From", account.address)] : [])
        for (name, value) in own {
            fields.append((name, value))
            header += Array("\(name): \(value)\r\n".utf8)
        }
        deliveredFields = fields
        delivered = header + message.body
    }

    public var text: String { String(decoding: content, as: UTF8.self) }
    public var deliveredText: String { String(decoding: delivered, as: UTF8.self) }

    /// The content as submitted, without the Bcc field and otherwise unchanged.
    public var contentWithoutBlindCopies: [UInt8] {
        // It was parsed when it was sent.
        guard let message = try? GoogleMessage(content, takesBareLineFeeds: true) else { return content }
        return message.fields.filter { $0.name.lowercased() != "bcc" }.flatMap(\.bytes) + message.body
    }
}
