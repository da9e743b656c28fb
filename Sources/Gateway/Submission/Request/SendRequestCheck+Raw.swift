// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue

extension SendRequestCheck {
    /// Fields that a raw message replaces, or has in its header.
    private static let replaced = [
        "subject", "html", "text", "template", "data", "locale", "attachments", "headers", "from", "reply_to",
    ]

    /// The message in `raw`; nil when there is none, or faults were noted.
    mutating func rawMessage() -> PreparedRaw? {
        guard isGiven("raw", request.raw) else { return nil }
        for name in Self.replaced where isGiven(name) {
            faults.invalid(place(name), "cannot be combined with `raw`, which is the whole message")
        }
        if let shared { faults.add(shared.faults) }
        switch request.raw {
        case nil: return nil
        case .prepared(let message)?: return message
        case .bytes(let bytes)?:
            let completion = RawMessage.Completion(
                uniqueID: String(context.newID().split(separator: "_").last ?? ""),
                date: context.now,
                serverNames: context.settings.rawMessages.serverNames,
                options: context.settings.rawMessages.options
            )
            do throws(RawMessageError) {
                return PreparedRaw(try RawMessage(preparing: bytes, completion))
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
        case "attachments": shared?.references.isEmpty == false || isGiven(name, request.attachments)
        case "headers": isGiven(name, request.headers)
        case "from": isGiven(name, request.from)
        default: isGiven(name, request.replyTo)
        }
    }

    /// The recipients that the request names, else those of the message.
    mutating func checkedRecipients(of raw: PreparedRaw) -> [Recipient] {
        if let named = namedRecipients() { return named.map { raw.shown($0.mailbox) } }
        for fault in raw.message.recipientFaults { faults.invalid(place("raw"), fault.description) }
        var recipients: [Recipient] = []
        var seen: Set<EmailAddress> = []
        let all = [(Recipient.Kind.to, raw.message.to), (.cc, raw.message.cc), (.bcc, raw.message.bcc)]
        for (kind, mailboxes) in all {
            for mailbox in mailboxes where seen.insert(mailbox.address).inserted {
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

    /// The recipients in the request's own fields; nil when all of them are absent or empty.
    mutating func namedRecipients() -> [Recipient]? {
        let (names, fields) = (["to", "cc", "bcc"], [request.to, request.cc, request.bcc])
        let isNamed = zip(names, fields).contains { name, field in
            field.map { !$0.items.isEmpty } ?? request.unreadable.contains(name)
        }
        return isNamed ? recipients(fields) : nil
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
