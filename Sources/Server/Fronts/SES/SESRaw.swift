// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Mail
internal import Submission

/// Whole messages, and what a call says beside them.
enum SESRaw {
    /// Puts a whole message into the request, with From and Reply-To of the call where its header lacks them; where it has them,
    /// its own count.
    static func fill(_ message: inout FrontMessage, _ raw: [UInt8]?, _ call: FrontCall) {
        defer { (message.request.from, message.request.replyTo) = (nil, nil) }
        guard let raw else { return }
        let header = ParsedMessage(raw)
        var lines = ""
        var sender = message.request.from
        if let from = header.text(ofField: "From"), !from.isEmpty {
            sender = FrontAddress.list(from).first
        } else if let from = message.request.from {
            lines += line("From", [from], &message)
        }
        if header.text(ofField: "Reply-To") == nil, let replyTo = message.request.replyTo {
            lines += line("Reply-To", replyTo.items.compactMap(\.self), &message)
        }
        message.request.raw = .bytes(Array(lines.utf8) + raw)
        // The brand of the From domain, as for other messages; a key with one brand has that one.
        if call.brands.count != 1, let domain = sender?.emailAddress?.domain {
            message.request.brand = call.brand(ofDomain: domain)?.name
        }
    }

    /// A header field with addresses; empty when one of them cannot be read, which is noted.
    private static func line(_ name: String, _ addresses: [SendRequest.Address], _ message: inout FrontMessage)
        -> String
    {
        var mailboxes: [String] = []
        for address in addresses {
            do throws(FieldError) {
                let mailbox = try address.mailbox
                let address = "<\(mailbox.address)>"
                mailboxes.append(mailbox.encodedName.map { "\($0) \(address)" } ?? address)
            } catch {
                let place = message.place(.root.appending(name == "From" ? "from" : "reply_to"))
                message.faults.append(Problem.Fault(place, error.description))
            }
        }
        return mailboxes.isEmpty ? "" : "\(name): \(mailboxes.joined(separator: ",\r\n "))\r\n"
    }
}

extension SendRequest.Address {
    /// The mailbox; throws why it is not one.
    fileprivate var mailbox: Mailbox {
        get throws(FieldError) {
            switch self {
            case .mailbox(let mailbox): mailbox
            case .text(let text): try Mailbox(parsing: text)
            case .parts(let email, let name): try Mailbox(name: name, address: EmailAddress(parsing: email ?? ""))
            }
        }
    }
}
