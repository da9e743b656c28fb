// SPDX-License-Identifier: Apache-2.0
import JSON
import Templates

extension MessageBuilder {
    /// Subject and bodies for people to look at: secrets masked, late values named as such, unless they were kept to be shown
    /// and `showingSecrets` asks for that.
    package func rendered(
        _ record: MessageRecord,
        showingSecrets: Bool = false
    ) async throws(BuildFailure) -> MailContent {
        guard let request = record.request else { throw Self.dropped }
        switch request.content {
        case .literal(let subject, let html, let text):
            return MailContent(subject: subject, html: html, text: text ?? HTMLText.text(fromHTML: html ?? ""))
        case .template(_, let version, let locale, let stored):
            let template = try await template(request, version, locale)
            var data = stored.object ?? JSONObject()
            var late = LateBinding.take(from: &data)?.names ?? []
            if showingSecrets, let captured = request.captured {
                for (name, value) in try open(Array(captured.utf8), of: record.id) { data[name] = value }
                late = []
            }
            for variable in template.variables where late.contains(variable.name) {
                data[variable.name] = SecretMask.late(variable.type)
            }
            return SecretMask.naming(try render(template, .object(data)))
        }
    }

    /// The built message as ``rendered(_:showingSecrets:)`` has it, as a raw MIME text.
    package func source(
        _ record: MessageRecord,
        showingSecrets: Bool = false
    ) async throws(BuildFailure) -> [UInt8] {
        guard let request = record.request else { throw Self.dropped }
        let content = try await rendered(record, showingSecrets: showingSecrets)
        let message = OutgoingMessage(
            id: record.id,
            messageID: MessageID.of(record.id, from: request.from),
            date: max(record.createdAt, request.sendAt ?? record.createdAt),
            from: request.from,
            replyTo: request.replyTo,
            recipients: request.recipients,
            subject: content.subject,
            text: content.text,
            html: content.html,
            attachments: try await attachments(request.attachments),
            headers: request.headers
        )
        return MIMEWriter.message(message)
    }

    private static let dropped = BuildFailure.template(
        "content.dropped",
        "The content of the message was dropped, as `retention.content` asks for."
    )
}
