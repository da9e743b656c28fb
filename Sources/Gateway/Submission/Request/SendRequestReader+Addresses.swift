// SPDX-License-Identifier: Apache-2.0
import JSON
import Mail

extension SendRequestReader {
    private static let recipientLimit = 50

    /// To, Cc and Bcc; an address that appears twice gets one copy, in its first role.
    mutating func readRecipients() -> [Recipient] {
        guard fields["to"] != nil else {
            faults.invalid(place("to"), "is required: the address the message goes to, or a list of them")
            return []
        }
        var recipients: [Recipient] = []
        for kind in Recipient.Kind.allCases {
            let left = Self.recipientLimit - recipients.count
            for mailbox in readMailboxes(kind.rawValue, limit: left) {
                let isNew = !recipients.contains { $0.mailbox.address == mailbox.address }
                if isNew { recipients.append(Recipient(mailbox, kind: kind)) }
            }
        }
        return recipients
    }

    /// The From address, which the key must allow unless it is the brand's own.
    mutating func readFrom(_ brand: MailBrand) -> Mailbox? {
        guard let value = fields["from"] else {
            if brand.from == nil {
                faults.invalid(place("from"), "is required, for the brand \(brand.name) has no `from` of its own")
            }
            return brand.from
        }
        guard let mailbox = mailbox(value, at: place("from")) else { return nil }
        let isOwn = mailbox.address.canonical == brand.from?.address.canonical
        if !isOwn, let patterns = context.principal.from,
            !patterns.contains(where: { SenderPattern($0)?.matches(mailbox.address) ?? false })
        {
            faults.forbidden(place("from"), "The key may not send from \(mailbox.address).")
        }
        return mailbox
    }

    /// The mailboxes of a field, which is one value or a list.
    mutating func readMailboxes(_ name: String, limit: Int) -> [Mailbox] {
        guard let value = fields[name] else { return [] }
        guard case .array(let items) = value else {
            return mailbox(value, at: place(name)).map { checkCount(1, limit, name) ? [$0] : [] } ?? []
        }
        if items.isEmpty, name == Recipient.Kind.to.rawValue {
            faults.invalid(place(name), "is empty; a message needs at least one address here")
        }
        guard checkCount(items.count, limit, name) else { return [] }
        var mailboxes: [Mailbox] = []
        mailboxes.reserveCapacity(items.count)
        for (position, item) in items.enumerated() {
            if let mailbox = mailbox(item, at: place(name).appending(position)) { mailboxes.append(mailbox) }
        }
        return mailboxes
    }

    private mutating func checkCount(_ count: Int, _ limit: Int, _ name: String) -> Bool {
        if count <= limit { return true }
        let rule =
            name == "reply_to"
            ? "at most \(limit) addresses, found \(count)"
            : "a message has at most \(Self.recipientLimit) recipients in `to`, `cc` and `bcc` together"
        faults.invalid(place(name), rule)
        return false
    }

    private mutating func mailbox(_ value: JSON, at place: RequestPlace) -> Mailbox? {
        switch value {
        case .string(let text):
            do throws(FieldError) {
                return try Mailbox(parsing: text)
            } catch {
                faults.invalid(place, error.description)
                return nil
            }
        case .object(let members): return mailbox(members, at: place)
        default:
            let forms = "expected an address such as \"Ana <ana@example.org>\" or {\"email\": …, \"name\": …}"
            faults.invalid(place, "\(forms), found \(value.typeName)")
            return nil
        }
    }

    private mutating func mailbox(_ members: JSONObject, at place: RequestPlace) -> Mailbox? {
        for (name, _) in members where name != "email" && name != "name" && !faults.isFull {
            let hint = Self.hint(name, ["email", "name"])
            faults.invalid(place.appending(name), "is no part of an address\(hint)")
        }
        let name = members["name"].flatMap { string($0, at: place.appending("name")) }
        guard let value = members["email"] else {
            faults.invalid(place.appending("email"), "is required")
            return nil
        }
        guard let text = string(value, at: place.appending("email")) else { return nil }
        let address: EmailAddress
        do throws(FieldError) {
            address = try EmailAddress(parsing: text)
        } catch {
            faults.invalid(place.appending("email"), error.description)
            return nil
        }
        do throws(FieldError) {
            return try Mailbox(name: name, address: address)
        } catch {
            faults.invalid(place.appending("name"), error.description)
            return nil
        }
    }
}
