// SPDX-License-Identifier: Apache-2.0
import JSON

extension Acceptance {
    /// Accepts mail of a feature and returns its id, once it is stored.
    ///
    /// The work is the same whoever the mail goes to. Throws 422 for an unknown brand or template and for data that the template
    /// does not take.
    package func accept(_ mail: FeatureMail) async throws(Problem) -> String {
        let (context, sealing) = self.context(.commandLine)
        let draft = try Self.draft(mail, in: context)
        let message = try self.message(draft, sealing, .commandLine, now: context.now)
        _ = try await insert([message], [draft], nil, now: context.now)
        return message.id
    }

    private static func draft(
        _ mail: FeatureMail,
        in context: SendRequestReader.Context
    ) throws(Problem) -> MessageDraft {
        var fields = JSONObject([("to", .string(mail.to.display)), ("template", .string(mail.template))])
        fields["brand"] = mail.brand.map(JSON.string)
        fields["locale"] = mail.locale.map(JSON.string)
        fields["data"] = .object(mail.data)
        fields["priority"] = .string(mail.priority.name)
        fields["headers"] = .object(JSONObject(mail.headers.map { ($0.name, .string($0.value)) }))
        let given = mail.binding?.names ?? []
        var draft = try SendRequestReader.draft(.object(fields), in: context, given: given)
        draft.request.expiresAt = mail.expiresAt
        if let binding = mail.binding,
            case .template(let name, let version, let locale, .object(var data)) = draft.request.content
        {
            binding.put(into: &data)
            draft.request.content = .template(name: name, version: version, locale: locale, data: .object(data))
        }
        return draft
    }
}
