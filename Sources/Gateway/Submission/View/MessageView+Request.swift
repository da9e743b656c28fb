// SPDX-License-Identifier: Apache-2.0
import JSON

extension MessageView {
    /// What was asked; of a message whose content was dropped, what is known without it.
    static func addRequest(_ record: MessageRecord, to view: inout JSONObject) {
        let request = record.request
        view["from"] = request.map { mailbox($0.from) } ?? ["email": "", "name": nil]
        for kind in Recipient.Kind.allCases {
            view[kind.rawValue] = .array(mailboxes(kind, of: record))
        }
        view["reply_to"] = .array(request?.replyTo.map(mailbox) ?? [])
        addContent(request?.content, to: &view)
        view["brand"] = .string(record.brand)
        view["category"] = text(record.category)
        view["priority"] = .string(record.lane.name)
        view["tags"] = .array(request?.tags.map(JSON.string) ?? [])
        let metadata = (request?.metadata ?? [:]).sorted { $0.key < $1.key }
        view["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        view["headers"] = .object(JSONObject((request?.headers ?? []).map { ($0.name, .string($0.value)) }))
        view["attachments"] = .array(request?.attachments.map(attachment) ?? [])
        view["send_at"] = time(request?.sendAt)
        view["expires_at"] = time(request?.expiresAt)
        view["message_id"] = .string(request.map { "<\(MessageID.of(record.id, from: $0.from))>" } ?? "")
        view["pinned_provider"] = text(request?.provider)
    }

    private static func addContent(_ content: StoredRequest.Content?, to view: inout JSONObject) {
        switch content {
        case .template(let name, let version, let locale, let stored):
            var data = stored.object ?? JSONObject()
            for late in LateBinding.take(from: &data)?.names.sorted() ?? [] { data[late] = .string(SecretMask.late) }
            view["template"] = .string(name)
            view["template_version"] = .string(version.description)
            view["locale"] = text(locale)
            view["data"] = .object(data)
        case .literal(let subject, let html, let plain):
            view["subject"] = .string(subject)
            view["html"] = text(html)
            view["text"] = text(plain)
        case nil: view["content_dropped"] = true
        }
    }

    /// Names are kept with the content, addresses with the recipients.
    private static func mailboxes(_ kind: Recipient.Kind, of record: MessageRecord) -> [JSON] {
        if let request = record.request {
            return request.recipients.filter { $0.kind == kind }.map { mailbox($0.mailbox) }
        }
        return record.recipients.filter { $0.kind == kind }.map { mailbox(Mailbox($0.address)) }
    }

    private static func mailbox(_ mailbox: Mailbox) -> JSON {
        .object(JSONObject([("email", .string(mailbox.address.description)), ("name", text(mailbox.name))]))
    }

    private static func attachment(_ reference: StoredRequest.AttachmentReference) -> JSON {
        .object(
            JSONObject([
                ("filename", .string(reference.fileName)),
                ("content_type", .string(reference.contentType)),
                ("size", .integer(reference.size)),
                ("content_id", text(reference.contentID)),
                ("disposition", .string(reference.disposition.rawValue)),
                ("sha256", .string(reference.hash.description)),
            ])
        )
    }
}
