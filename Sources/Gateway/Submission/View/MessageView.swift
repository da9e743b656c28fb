// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Messages as the API shows them; secrets are masked in what is stored already.
package enum MessageView {
    /// A message with everything that is known of it; its events are those of the record.
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
        .object(
            JSONObject([
                ("at", time(event.at)), ("kind", .string(event.kind.rawValue)), ("provider", text(event.provider)),
                ("detail", text(event.detail)),
            ])
        )
    }

    static func time(_ moment: Timestamp?) -> JSON { moment.map { .string($0.description) } ?? .null }
    static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}
