// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
package import Mail
package import Queue
import Templates

/// Mail that a feature of the gateway sends on its own behalf, always from a template.
package struct FeatureMail: Sendable {
    package var template: String
    /// Nil for the default brand.
    package var brand: String?
    package var locale: String?
    /// The variables known at acceptance; none of them secret.
    ///
    /// Variables that the template does not declare are left out, so that operators may write a template with fewer.
    package var data: JSONObject
    package var to: Mailbox
    package var priority: Priority
    package var expiresAt: Timestamp?
    /// Extra header fields, of those that a sender may set; every message has `Auto-Submitted`.
    package var headers: [HeaderField]
    /// Stored with the message, for people; contains no secret.
    package var metadata: [String: String]
    /// Set when some values are bound at hand-over.
    package var binding: LateBinding?
    /// Set when the store's content decides whether the mail is accepted, or has to be counted.
    package var admission: Admission?

    package init(
        template: String,
        brand: String? = nil,
        locale: String? = nil,
        data: JSONObject = JSONObject(),
        to: Mailbox,
        priority: Priority = .normal,
        expiresAt: Timestamp? = nil,
        headers: [HeaderField] = [],
        metadata: [String: String] = [:],
        binding: LateBinding? = nil
    ) {
        self.template = template
        self.brand = brand
        self.locale = locale
        self.data = data
        self.to = to
        self.priority = priority
        self.expiresAt = expiresAt
        self.headers = headers
        self.metadata = metadata
        self.binding = binding
    }
}

extension MessageSubmission {
    /// Accepts mail of a feature and returns its id once it is stored; nil when ``FeatureMail/admission`` refused it.
    ///
    /// The work does not depend on the recipient. Throws 422 for an unknown brand or template and for data that the
    /// template does not accept.
    package func accept(_ mail: FeatureMail) async throws(Problem) -> String? {
        let (context, sealing) = self.context(.commandLine)
        let draft = try Self.draft(mail, in: context)
        let message = try self.message(draft, sealing, .commandLine, now: context.now)
        do throws(Problem) {
            _ = try await insert([message], [draft], nil, admission: mail.admission, now: context.now)
        } catch .notAdmitted {
            return nil
        }
        return message.id
    }

    private static func draft(
        _ mail: FeatureMail,
        in context: SendRequestCheck.Context
    ) throws(Problem) -> MessageDraft {
        var request = SendRequest(via: .feature)
        request.to = SendRequest.Addresses([mail.to])
        request.template = mail.template
        request.brand = mail.brand
        request.locale = mail.locale
        let declared = declared(mail, in: context)
        request.data = JSONObject(mail.data.filter { declared?.contains($0.key) ?? true }.map { ($0.key, $0.value) })
        request.priority = mail.priority.name
        request.headers = mail.headers.map { ($0.name, $0.value) }
        request.metadata = mail.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        var binding = mail.binding
        if let declared { binding?.names.formIntersection(declared) }
        var check = SendRequestCheck(request, in: context)
        check.given = binding?.names ?? []
        var draft = try check.draft()
        draft.request.expiresAt = mail.expiresAt
        if let binding,
            case .template(let name, let version, let locale, .object(var data)) = draft.request.content
        {
            binding.put(into: &data)
            draft.request.content = .template(name: name, version: version, locale: locale, data: .object(data))
        }
        return draft
    }

    /// The variables of the mail's template; nil when there is no such template, which is reported later.
    private static func declared(_ mail: FeatureMail, in context: SendRequestCheck.Context) -> Set<String>? {
        let brand = mail.brand ?? context.settings.defaultBrand
        let template = context.templates.template(mail.template, brand: brand, locale: mail.locale)
        return template.map { $0.variables.reduce(into: []) { $0.insert($1.name) } }
    }
}
