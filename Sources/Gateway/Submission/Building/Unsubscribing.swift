// SPDX-License-Identifier: Apache-2.0
import Feedback
import JSON
import Mail
import Queue
import Synchronization

/// How the recipient of one message unsubscribes from its list; nothing for a message without a list.
struct Unsubscribing: Sendable {
    var url: String?

    /// The header fields to add to those of the sender, whose own way to unsubscribe takes precedence.
    func fields(beside own: [HeaderField]) -> [HeaderField] {
        guard let url, !own.contains(where: { $0.name.lowercased() == "list-unsubscribe" }) else { return [] }
        return UnsubscribeLinks.fields(url).filter { field in
            !own.contains { $0.name.lowercased() == field.name.lowercased() }
        }
    }

    /// Adds the address to the data of a template.
    func add(to data: inout JSONObject, of template: any MailTemplate) {
        if let url, let name = template.unsubscribeVariable { data[name] = .string(url) }
    }
}

extension MessageBuilder {
    /// The link of a message: the same on every try, as long as the sealing key is.
    func unsubscribing(_ id: String, _ request: StoredRequest) throws(BuildError) -> Unsubscribing {
        guard let list = request.list, let recipient = request.recipients.first else { return Unsubscribing() }
        let token = UnsubscribeToken(
            brand: request.brand,
            list: list,
            address: recipient.mailbox.address,
            message: id
        )
        guard let url = settings.withLock(\.links)?.url(token) else {
            throw .unavailable(
                "the message belongs to the list \(list); its link for unsubscribing needs `sealing_key` and an https `public_url`"
            )
        }
        return Unsubscribing(url: url)
    }
}
