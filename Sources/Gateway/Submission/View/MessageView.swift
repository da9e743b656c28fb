// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
import Mail
package import Queue

/// The API's representation of messages; stored data has its secrets masked already.
package enum MessageView {
    /// A message with all its details; the events are those of the record.
    package static func message(_ record: MessageRecord) -> JSON {
        var view = JSONObject([
            ("id", .string(record.id)),
            ("state", .string(record.state.rawValue)),
            ("created_at", time(record.createdAt)),
            ("updated_at", time(record.updatedAt)),
        ])
        addRequest(record, to: &view)
        view["provider"] = text(record.provider)
        view["provider_message_id"] = text(record.providerMessageID)
        view["attempts"] = .integer(record.attempts)
        view["last_error"] = record.failure.map(failure) ?? .null
        view["due_at"] = time(record.due)
        view["recipients"] = .array(record.recipients.map(recipient))
        view["events"] = .array(record.events.map(event))
        return .object(view)
    }

    /// A page of messages; `next` is null when there are no more.
    package static func page(_ page: MessagePage) -> JSON {
        .object(JSONObject([("messages", .array(page.records.map(message))), ("next", text(page.next))]))
    }

    package static func explanation(_ record: MessageRecord, _ explanation: Explanation) -> JSON {
        var template = JSON.null
        var late = JSONObject()
        if case .template(let name, let version, let locale, let stored)? = record.request?.content {
            template = ["name": .string(name), "version": .string(version.description), "locale": text(locale)]
            late = LateBinding.values(of: stored)
        }
        let route: JSON = ["rule": .string(explanation.rule), "via": .array(explanation.via.map(JSON.string))]
        return .object(
            JSONObject([
                ("id", .string(record.id)),
                ("state", .string(record.state.rawValue)),
                ("brand", .string(record.brand)),
                ("route", route),
                ("provider", text(explanation.provider)),
                ("template", template),
                ("late", .object(late)),
                ("why", .string(explanation.why)),
                ("next", text(explanation.next)),
                ("next_at", time(explanation.nextAt)),
            ])
        )
    }

    private static func failure(_ failure: MessageFailure) -> JSON {
        ["kind": .string(failure.kind), "code": .string(failure.code), "detail": .string(failure.detail)]
    }

    static func recipient(_ status: RecipientStatus) -> JSON {
        .object(
            JSONObject([
                ("address", .string(status.address.description)), ("kind", .string(status.kind.rawValue)),
                ("state", .string(status.state.rawValue)), ("detail", text(status.detail)),
            ])
        )
    }

    static func event(_ event: MessageEvent) -> JSON {
        var view = JSONObject([
            ("at", time(event.at)), ("kind", .string(event.kind.rawValue)), ("provider", text(event.provider)),
            ("detail", text(event.detail)),
        ])
        // What only reports have is left out of other events.
        view["recipient"] = event.recipient.map { .string($0.description) }
        view["class"] = event.bounceClass.map { .string($0.rawValue) }
        return .object(view)
    }

    package static func time(_ moment: Timestamp?) -> JSON { moment.map { .string($0.description) } ?? .null }
    package static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}

/// The response to a send request once everything is stored.
package struct SubmissionResponse: Sendable, Hashable {
    package var status: Int
    /// JSON.
    package var body: [UInt8]
    /// True when an earlier request with the same idempotency key got this answer.
    package var isReplayed: Bool
    /// The ids of the messages that this request added; empty for a replay.
    package var ids: [String]
    /// The URL path of the message; nil for a batch.
    package var location: String?

    init(status: Int, body: [UInt8], ids: [String], location: String?) {
        (self.status, self.body, self.ids, self.location) = (status, body, ids, location)
        isReplayed = false
    }

    /// The response that was given before.
    init(replaying response: StoredResponse) {
        (status, body, ids, isReplayed) = (response.status, response.body, [], true)
        location = Self.id(in: response.body).map(Self.location)
    }

    static func location(of id: String) -> String { "/v1/messages/\(id)" }

    /// The id at the start of a single message's response; a batch's begins with `results`.
    private static func id(in body: [UInt8]) -> String? {
        let head = Array(#"{"id":""#.utf8)
        guard body.starts(with: head), let end = body[head.count...].firstIndex(of: UInt8(ascii: "\"")) else {
            return nil
        }
        return String(decoding: body[head.count..<end], as: UTF8.self)
    }
}

extension MessageView {
    /// Adds the request; for a message without content, the fields that are known without it.
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
        view["list"] = text(request?.list)
        view["priority"] = .string(record.priority.name)
        view["tags"] = .array(request?.tags.map(JSON.string) ?? [])
        let metadata = (request?.metadata ?? [:]).sorted { $0.key < $1.key }
        view["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        view["headers"] = .object(JSONObject((request?.headers ?? []).map { ($0.name, .string($0.value)) }))
        view["attachments"] = .array(request?.attachments.map(attachment) ?? [])
        view["send_at"] = time(request?.sendAt)
        view["expires_at"] = time(request?.expiresAt)
        view["message_id"] = .string(request.map { "<\(MessageID.of(record.id, $0))>" } ?? "")
        view["pinned_provider"] = text(request?.provider)
        view["via"] = text(request?.via.rawValue)
    }

    private static func addContent(_ content: StoredRequest.Content?, to view: inout JSONObject) {
        switch content {
        case .template(let name, let version, let locale, let stored):
            var data = stored.object ?? JSONObject()
            for late in LateBinding.take(from: &data)?.names.sorted() ?? [] { data[late] = .string(Redaction.late) }
            view["template"] = .string(name)
            view["template_version"] = .string(version.description)
            view["locale"] = text(locale)
            view["data"] = .object(data)
        case .literal(let subject, let html, let plain):
            view["subject"] = .string(subject)
            view["html"] = text(html)
            view["text"] = text(plain)
        case .raw(let raw):
            view["subject"] = .string(raw.subject)
            view["raw_size"] = .integer(raw.size)
        case nil: view["content_dropped"] = true
        }
    }

    /// Names are stored with the content, addresses with the recipients.
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
