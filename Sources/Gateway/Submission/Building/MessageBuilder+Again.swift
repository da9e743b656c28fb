// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
package import Mail
package import Queue
import Templates

extension MessageBuilder {
    /// The attachments of a stored message, with their contents.
    package func attachments(of record: MessageRecord) async throws(BuildError) -> [Attachment] {
        guard let request = record.request else { throw Self.contentDropped }
        if case .raw(let raw) = request.content { return ParsedMessage(try await rawBytes(raw)).content().attachments }
        return try await attachments(request.attachments)
    }

    /// The request that sends a stored message once more, as a new one.
    ///
    /// A template is used in its current version. Throws when the content was dropped, or has values that the gateway
    /// no longer holds: secrets, and values that a feature binds at hand-over.
    package func request(again record: MessageRecord) async throws(BuildError) -> SendRequest {
        guard let stored = record.request else { throw Self.contentDropped }
        var request = SendRequest(via: .api)
        request.brand = stored.brand
        request.category = stored.category
        request.priority = stored.priority.name
        request.provider = stored.provider
        request.list = stored.list
        request.tags = stored.tags
        request.metadata = stored.metadata.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        if case .raw(let raw) = stored.content {
            request.raw = .bytes(try await rawBytes(raw))
            request.to = SendRequest.Addresses(stored.recipients.map(\.mailbox))
            return request
        }
        func mailboxes(_ kind: Recipient.Kind) -> SendRequest.Addresses? {
            let found = stored.recipients.filter { $0.kind == kind }.map(\.mailbox)
            return found.isEmpty ? nil : SendRequest.Addresses(found)
        }
        (request.to, request.cc, request.bcc) = (mailboxes(.to), mailboxes(.cc), mailboxes(.bcc))
        request.from = .mailbox(stored.from)
        if !stored.replyTo.isEmpty { request.replyTo = SendRequest.Addresses(stored.replyTo) }
        request.headers = stored.headers.map { (name: $0.name, value: $0.value) }
        request.attachments = try await attachments(stored.attachments).map { file in
            SendRequest.File(
                fileName: file.fileName,
                content: file.content,
                contentType: file.contentType,
                contentID: file.contentID,
                disposition: file.disposition.rawValue
            )
        }
        try await add(stored, to: &request)
        return request
    }

    private func add(_ stored: StoredRequest, to request: inout SendRequest) async throws(BuildError) {
        switch stored.content {
        case .literal(let subject, let html, let text):
            (request.subject, request.html, request.text) = (subject, html, text)
        case .template(let name, let version, let locale, let values):
            var data = values.object ?? JSONObject()
            guard LateBinding.take(from: &data) == nil else {
                throw .template(
                    "again.late",
                    "It has values that a feature gives at hand-over; ask there for a new one."
                )
            }
            let template = try await template(stored, version, locale)
            guard !template.variables.contains(where: { $0.holdsSecret && data[$0.name] != nil }) else {
                throw .template("again.secret", "Its secret values are not kept; the application has to send it again.")
            }
            (request.template, request.data, request.locale) = (name, data, locale)
        case .raw: break
        }
    }

    private static let contentDropped = BuildError.template(
        "content.dropped",
        "Its content was dropped, as `retention.content` asks for."
    )
}
