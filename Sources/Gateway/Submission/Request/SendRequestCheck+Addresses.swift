// SPDX-License-Identifier: Apache-2.0
import Mail
import Queue

extension SendRequestCheck {
    static let recipientLimit = 50

    /// To, Cc and Bcc; an address that appears twice gets one copy, in its first role.
    mutating func checkedRecipients() -> [Recipient] {
        // Elsewhere a message may go to hidden recipients alone.
        let goesToOthers = request.via != .api && (request.cc != nil || request.bcc != nil)
        guard request.to != nil || goesToOthers else {
            faults.invalid(place("to"), "is required: the address the message goes to, or a list of them")
            return []
        }
        return recipients([request.to, request.cc, request.bcc])
    }

    /// The recipients in the fields To, Cc and Bcc.
    mutating func recipients(_ fields: [SendRequest.Addresses?]) -> [Recipient] {
        var recipients: [Recipient] = []
        for (kind, field) in zip(Recipient.Kind.allCases, fields) {
            let left = Self.recipientLimit - recipients.count
            for mailbox in mailboxes(field, kind.rawValue, limit: left) {
                let isNew = !recipients.contains { $0.mailbox.address == mailbox.address }
                if isNew { recipients.append(Recipient(mailbox, kind: kind)) }
            }
        }
        return recipients
    }

    /// The From address, which the key must allow unless it is the brand's own.
    mutating func checkedFrom(_ brand: MailBrand) -> Mailbox? {
        guard let value = request.from else {
            if brand.from == nil, !request.unreadable.contains("from") {
                faults.invalid(place("from"), "is required, for the brand \(brand.name) has no `from` of its own")
            }
            return brand.from
        }
        guard let mailbox = mailbox(value, at: place("from")) else { return nil }
        if !allows(mailbox, brand) {
            faults.forbidden(place("from"), "The key may not send from \(mailbox.address).")
        }
        return mailbox
    }

    /// True for the brand's own address, and for those that the key may send from.
    func allows(_ mailbox: Mailbox, _ brand: MailBrand) -> Bool {
        if mailbox.address.canonical == brand.from?.address.canonical { return true }
        guard let patterns = context.principal.from else { return true }
        return patterns.contains { SenderPattern($0)?.matches(mailbox.address) ?? false }
    }

    /// The mailboxes of a field, which is one address or a list.
    mutating func mailboxes(_ field: SendRequest.Addresses?, _ name: String, limit: Int) -> [Mailbox] {
        guard let field else { return [] }
        if field.items.isEmpty, name == Recipient.Kind.to.rawValue, request.raw == nil {
            faults.invalid(place(name), "is empty; a message needs at least one address here")
        }
        guard checkCount(field.items.count, limit, name) else { return [] }
        var mailboxes: [Mailbox] = []
        mailboxes.reserveCapacity(field.items.count)
        for (position, item) in field.items.enumerated() {
            let here = field.isSingle ? place(name) : place(name).appending(position)
            if let item, let mailbox = mailbox(item, at: here) { mailboxes.append(mailbox) }
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

    private mutating func mailbox(_ value: SendRequest.Address, at place: RequestPlace) -> Mailbox? {
        switch value {
        case .mailbox(let mailbox): return mailbox
        case .text(let text):
            do throws(FieldError) {
                return try Mailbox(parsing: text)
            } catch {
                faults.invalid(place, error.description)
                return nil
            }
        case .parts(let email, let name): return mailbox(email, name, at: place)
        }
    }

    private mutating func mailbox(_ email: String?, _ name: String?, at place: RequestPlace) -> Mailbox? {
        guard let email else {
            faults.invalid(place.appending("email"), "is required")
            return nil
        }
        let address: EmailAddress
        do throws(FieldError) {
            address = try EmailAddress(parsing: email)
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
