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
    let hash: ContentHash
    private let shownTo: Set<EmailAddress>
    private let shownCc: Set<EmailAddress>

    init?(_ message: RawMessage) {
        guard let from = message.from.first else { return nil }
        (self.message, self.from) = (message, from)
        content = ParsedMessage(message.bytes).content()
        hash = ContentHash(of: message.bytes)
        shownTo = Set(message.to.map(\.address))
        shownCc = Set(message.cc.map(\.address))
    }

    /// A recipient in the role that the header shows it in: a blind copy when it shows none.
    func shown(_ mailbox: Mailbox) -> Recipient {
        let address = mailbox.address
        return Recipient(mailbox, kind: shownTo.contains(address) ? .to : shownCc.contains(address) ? .cc : .bcc)
    }

    /// The stored form for these recipients.
    ///
    /// A service that takes no raw message writes the recipients into the header. So a header that shows other addresses than the
    /// recipients, or none in To, has no structured form.
    func stored(for recipients: [Recipient]) -> StoredRequest.RawContent {
        let reached = Set(recipients.map(\.mailbox.address))
        let isShown = shownTo.union(shownCc).isSubset(of: reached) && recipients.contains { $0.kind == .to }
        return StoredRequest.RawContent(
            hash: hash,
            size: message.bytes.count,
            subject: message.subject,
            messageID: message.messageID,
            hasHTML: content.html != nil,
            isRawOnly: content.needsRaw || !isShown
        )
    }
}

extension SendRequestCheck {
    /// Fields that a raw message replaces, or has in its header.
    private static let replaced = [
        "subject", "html", "text", "template", "data", "locale", "attachments", "headers", "from", "reply_to",
    ]

    /// The message in `raw`; nil when there is none, or faults were noted.
    mutating func rawMessage() -> RawMessage? {
        guard isGiven("raw", request.raw) else { return nil }
        for name in Self.replaced where isGiven(name) {
            faults.invalid(place(name), "cannot be combined with `raw`, which is the whole message")
        }
        if let shared { faults.add(shared.faults) }
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
        case "attachments": shared?.references.isEmpty == false || isGiven(name, request.attachments)
        case "headers": isGiven(name, request.headers)
        case "from": isGiven(name, request.from)
        default: isGiven(name, request.replyTo)
        }
    }

    /// The recipients that the request names, else those of the message.
    mutating func checkedRecipients(of raw: CheckedRaw) -> [Recipient] {
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
