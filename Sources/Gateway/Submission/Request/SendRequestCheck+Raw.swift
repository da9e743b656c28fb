// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue

/// A prepared raw message, and what it says.
struct CheckedRaw {
    let message: RawMessage
    let content: MessageContent
    let from: Mailbox
    let stored: StoredRequest.RawContent

    init?(_ message: RawMessage) {
        guard let from = message.from.first else { return nil }
        let content = ParsedMessage(message.bytes).content()
        (self.message, self.content, self.from) = (message, content, from)
        stored = StoredRequest.RawContent(
            hash: ContentHash(of: message.bytes),
            size: message.bytes.count,
            subject: message.subject,
            messageID: message.messageID,
            hasHTML: content.html != nil,
            isRawOnly: content.needsRaw
        )
    }
}

extension SendRequestCheck {
    /// Fields that a raw message replaces, or has in its header.
    private static let replaced: [(name: String, place: String)] = [
        ("subject", "the header"), ("html", "the body"), ("text", "the body"), ("template", "the message"),
        ("data", "the message"), ("locale", "the message"), ("attachments", "the body"), ("headers", "the header"),
        ("from", "the field From"), ("reply_to", "the field Reply-To"),
    ]

    /// The message in `raw`; nil when there is none, or faults were noted.
    mutating func rawMessage() -> RawMessage? {
        guard isGiven("raw", request.raw) else { return nil }
        for (name, place) in Self.replaced where isGiven(name) {
            faults.invalid(self.place(name), "goes without `raw`, which has it in \(place)")
        }
        switch request.raw {
        case nil: return nil
        case .prepared(let message)?: return message
        case .bytes(let bytes)?:
            let domain = context.templates.brand(context.settings.defaultBrand)?.from?.address.domain ?? "localhost"
            let completion = RawMessage.Completion(
                messageID: "\(context.newID().split(separator: "_").last ?? "")@\(domain)",
                date: context.now,
                serverNames: context.settings.rawMessages.serverNames,
                options: context.settings.rawMessages.options
            )
            do throws(RawMessageError) {
                return try RawMessage(preparing: bytes, completion)
            } catch {
                for fault in error.faults { faults.invalid(place("raw"), fault.description) }
                return nil
            }
        }
    }

    private func isGiven(_ name: String) -> Bool {
        switch name {
        case "subject": isGiven(name, request.subject)
        case "html": isGiven(name, request.html)
        case "text": isGiven(name, request.text)
        case "template": isGiven(name, request.template)
        case "data": isGiven(name, request.data)
        case "locale": isGiven(name, request.locale)
        case "attachments": isGiven(name, request.attachments)
        case "headers": isGiven(name, request.headers)
        case "from": isGiven(name, request.from)
        default: isGiven(name, request.replyTo)
        }
    }

    /// The recipients that the request names, else those of the message.
    mutating func checkedRecipients(of raw: CheckedRaw) -> [Recipient] {
        let (names, fields) = (["to", "cc", "bcc"], [request.to, request.cc, request.bcc])
        if zip(names, fields).contains(where: { isGiven($0, $1) }) {
            return recipients(fields.map { $0 ?? SendRequest.Addresses([SendRequest.Address?]()) })
        }
        for fault in raw.message.recipientFaults { faults.invalid(place("raw"), fault.description) }
        var recipients: [Recipient] = []
        let all = [(Recipient.Kind.to, raw.message.to), (.cc, raw.message.cc), (.bcc, raw.message.bcc)]
        for (kind, mailboxes) in all {
            for mailbox in mailboxes where !recipients.contains(where: { $0.mailbox.address == mailbox.address }) {
                recipients.append(Recipient(mailbox, kind: kind))
            }
        }
        if recipients.isEmpty, raw.message.recipientFaults.isEmpty {
            faults.invalid(place("to"), "is required, for the raw message has no address in To, Cc or Bcc")
        }
        if recipients.count > Self.recipientLimit {
            faults.invalid(
                place("raw"),
                "a message has at most \(Self.recipientLimit) recipients in To, Cc and Bcc together, found \(recipients.count)"
            )
        }
        return recipients
    }

    /// From and Sender, which the key must allow.
    mutating func checkSenders(of message: RawMessage, _ brand: MailBrand) {
        for mailbox in message.from + (message.sender.map { [$0] } ?? []) where !allows(mailbox, brand) {
            faults.forbidden(place("raw"), "The key may not send from \(mailbox.address).")
        }
    }

    static func reference(_ file: Attachment) -> StoredRequest.AttachmentReference {
        reference(file, ContentHash(of: file.content))
    }

    static func reference(_ file: Attachment, _ hash: ContentHash) -> StoredRequest.AttachmentReference {
        StoredRequest.AttachmentReference(
            hash: hash,
            size: file.content.count,
            fileName: file.fileName,
            contentType: file.contentType,
            contentID: file.contentID,
            disposition: file.disposition
        )
    }
}
