// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
import JSON
package import Mail
package import Queue
import Synchronization
import Templates

/// Builds the message for a provider from the stored one.
///
/// Template versions are compiled once and kept while they are in use, attachments as long as there is room.
package final class MessageBuilder: MessageBuilding {
    struct Settings: Sendable {
        var templates: any MailTemplates
        var sealing: SecretSealing?
        /// Nil where mail of lists cannot be sent.
        var links: UnsubscribeLinks?
        var bounces: VERPAddresses?
        var binders: [String: any LateBinder] = [:]
    }

    private static let compiledLimit = 256
    private static let attachmentLimit = 16 * 1024 * 1024

    let settings: Mutex<Settings>
    private let contents: any ContentStore
    private let compiled = Mutex(BoundedCache<ContentHash, any MailTemplate>(limit: compiledLimit))
    private let files = Mutex(BoundedCache<ContentHash, [UInt8]>(limit: attachmentLimit))

    package init(
        contents: any ContentStore,
        templates: any MailTemplates,
        sealing: SecretSealing?,
        links: UnsubscribeLinks? = nil
    ) {
        self.contents = contents
        settings = Mutex(Settings(templates: templates, sealing: sealing, links: links))
    }

    /// Applies a new configuration.
    ///
    /// `links` makes the links for unsubscribing; nil where mail of lists cannot be sent. `bounces` makes the envelope senders;
    /// nil leaves the From address.
    package func configure(
        templates: any MailTemplates,
        sealing: SecretSealing?,
        links: UnsubscribeLinks? = nil,
        bounces: VERPAddresses? = nil
    ) {
        settings.withLock {
            $0.templates = templates
            $0.sealing = sealing
            $0.links = links
            $0.bounces = bounces
        }
    }

    /// Registers the binder for messages that were accepted with its name.
    package func register(_ binder: any LateBinder, as name: String) {
        settings.withLock { $0.binders[name] = binder }
    }

    package func build(
        _ message: QueuedMessage,
        envelope: [EmailAddress]
    ) async throws(BuildError) -> OutgoingMessage {
        let request = message.request
        if case .raw(let raw) = request.content { return try await build(message, raw, envelope: envelope) }
        let late = try await bind(message)
        let unsubscribing = try unsubscribing(message.id, request)
        let (content, hidden) = try await content(of: message, late: late, unsubscribing)
        let sizes = request.attachments.map(\.size)
        let size = MessageSize.bound(text: content.text, html: content.html, attachmentSizes: sizes)
        guard size <= MessageSize.limit else {
            throw .template("message.too_large", "The built message would be over 25 MiB.")
        }
        var outgoing = OutgoingMessage(
            id: message.id,
            messageID: MessageID.of(message.id, request),
            date: max(message.createdAt, request.sendAt ?? message.createdAt),
            from: request.from,
            replyTo: request.replyTo,
            recipients: request.recipients,
            envelope: envelope,
            subject: content.subject,
            text: content.text,
            html: content.html,
            attachments: try await attachments(request.attachments),
            headers: request.headers + unsubscribing.fields(beside: request.headers)
        )
        outgoing.label(message, bounces: settings.withLock(\.bounces))
        if let recipient = late?.recipient {
            outgoing.recipients = [Recipient(recipient)]
            outgoing.envelope = [recipient.address]
        }
        outgoing.note = late?.note
        outgoing.sealedValues = seal(hidden, of: message.id)
        return outgoing
    }

    /// A raw message, and what it says for services that take none.
    private func build(
        _ message: QueuedMessage,
        _ raw: StoredRequest.RawContent,
        envelope: [EmailAddress]
    ) async throws(BuildError) -> OutgoingMessage {
        let request = message.request
        let fields = try unsubscribing(message.id, request).fields(beside: request.headers)
        let parsed = ParsedMessage(try await rawBytes(raw))
        let content = parsed.content()
        var outgoing = OutgoingMessage(
            id: message.id,
            messageID: raw.messageID,
            date: max(message.createdAt, request.sendAt ?? message.createdAt),
            from: request.from,
            replyTo: request.replyTo,
            recipients: request.recipients,
            envelope: envelope,
            subject: raw.subject,
            text: content.text ?? HTMLText.text(fromHTML: content.html ?? ""),
            html: content.html,
            attachments: content.attachments,
            headers: request.headers + fields
        )
        outgoing.raw = RawMessage.bytes(parsed.bytes, adding: fields)
        outgoing.label(message, bounces: settings.withLock(\.bounces))
        return outgoing
    }

    func rawBytes(_ raw: StoredRequest.RawContent) async throws(BuildError) -> [UInt8] {
        if let known = files.withLock({ $0.value(raw.hash) }) { return known }
        guard let bytes = try await fetch({ () async throws(StoreError) in try await contents.attachment(raw.hash) })
        else { throw .template("raw.gone", "The raw message is not in the store any more.") }
        return bytes
    }

    /// Nil for no values, and without a sealing key.
    private func seal(_ values: JSONObject, of id: String) -> String? {
        guard !values.isEmpty, let sealing = settings.withLock(\.sealing) else { return nil }
        // Values that cannot be sealed are not kept; the mail is sent anyway.
        return (try? sealing.seal(values: values, of: id)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func bind(_ message: QueuedMessage) async throws(BuildError) -> LateValues? {
        guard case .template(_, _, _, .object(var data)) = message.request.content,
            let binding = LateBinding.take(from: &data)
        else { return nil }
        guard let binder = settings.withLock({ $0.binders[binding.binder] }) else {
            throw .unavailable("the feature \(binding.binder), which gives the values of this mail, is not running")
        }
        return try await binder.bind(message, reference: binding.reference)
    }

    /// The content, and its values that must not be displayed.
    private func content(
        of message: QueuedMessage,
        late: LateValues?,
        _ unsubscribing: Unsubscribing
    ) async throws(BuildError) -> (MailContent, hidden: JSONObject) {
        switch message.request.content {
        case .literal(let subject, let html, let text):
            let text = text ?? HTMLText.text(fromHTML: html ?? "")
            return (MailContent(subject: subject, html: html, text: text), JSONObject())
        case .raw(let raw): return (try await self.content(of: raw), JSONObject())
        case .template(_, let version, let locale, let stored):
            let template = try await template(message.request, version, locale)
            var data = stored.object ?? JSONObject()
            _ = LateBinding.take(from: &data)
            var hidden = try secrets(of: message, template, data, late: late)
            for (name, value) in late?.values ?? JSONObject() { hidden[name] = value }
            for (name, value) in hidden { data[name] = value }
            unsubscribing.add(to: &data, of: template)
            return (try render(template, .object(data)), hidden)
        }
    }

    /// The values for the masked places in `data`; throws when one of them is missing.
    private func secrets(
        of message: QueuedMessage,
        _ template: any MailTemplate,
        _ data: JSONObject,
        late: LateValues?
    ) throws(BuildError) -> JSONObject {
        var secrets = JSONObject()
        var missing = Set(template.variables.filter { $0.holdsSecret && data[$0.name] != nil }.map(\.name))
        if let sealed = message.sealedSecrets {
            for (name, value) in try open(sealed, of: message.id) {
                secrets[name] = value
                missing.remove(name)
            }
        }
        for (name, _) in late?.values ?? JSONObject() { missing.remove(name) }
        guard missing.isEmpty else {
            let names = missing.sorted().joined(separator: ", ")
            throw .template("secrets.wiped", "The secret values (\(names)) were wiped when the message became final.")
        }
        return secrets
    }

    func open(_ sealed: [UInt8], of id: String) throws(BuildError) -> JSONObject {
        guard let sealing = settings.withLock({ $0.sealing }) else {
            throw .unavailable("the message holds sealed values, and no `sealing_key` is configured")
        }
        do throws(SealingError) {
            return try sealing.values(sealed, of: id)
        } catch {
            switch error {
            case .unknownKey: throw .unavailable("the sealed values of the message cannot be opened: \(error)")
            case .broken: throw .template("secrets.broken", "The sealed values cannot be opened: \(error).")
            }
        }
    }

    func render(_ template: any MailTemplate, _ data: JSON) throws(BuildError) -> MailContent {
        var content: MailContent
        do throws(TemplateError) {
            content = try template.render(data)
        } catch {
            throw .template("template.render", error.description)
        }
        do throws(FieldError) {
            content.subject = try HeaderText.subject(content.subject)
        } catch {
            throw .template("template.subject", error.description)
        }
        return content
    }

    /// The version that was chosen at acceptance.
    func template(
        _ request: StoredRequest,
        _ version: ContentHash,
        _ locale: String?
    ) async throws(BuildError) -> any MailTemplate {
        if let known = compiled.withLock({ $0.value(version) }) { return known }
        let templates = settings.withLock { $0.templates }
        let template: any MailTemplate
        if let current = current(request, version, locale, templates) {
            template = current
        } else {
            template = try await stored(version, templates)
        }
        compiled.withLock { $0.keep(template, as: version, cost: 1) }
        return template
    }

    /// The current template, if it is still the same version.
    private func current(
        _ request: StoredRequest,
        _ version: ContentHash,
        _ locale: String?,
        _ templates: any MailTemplates
    ) -> (any MailTemplate)? {
        guard case .template(let name, _, _, _) = request.content else { return nil }
        let template = templates.template(name, brand: request.brand, locale: locale)
        return template?.version == version ? template : nil
    }

    private func stored(
        _ version: ContentHash,
        _ templates: any MailTemplates
    ) async throws(BuildError) -> any MailTemplate {
        guard
            let bundle = try await fetch({ () async throws(StoreError) in try await contents.templateVersion(version) }
            )
        else { throw .template("template.gone", "The template version \(version) is not in the store any more.") }
        do throws(TemplateError) {
            return try templates.template(stored: bundle)
        } catch {
            throw .template("template.compile", error.description)
        }
    }

    func attachments(_ references: [StoredRequest.AttachmentReference]) async throws(BuildError) -> [Attachment] {
        var attachments: [Attachment] = []
        for reference in references {
            attachments.append(
                Attachment(
                    checkedFileName: reference.fileName,
                    checkedContentType: reference.contentType,
                    checkedContentID: reference.contentID,
                    disposition: reference.disposition,
                    content: try await file(reference)
                )
            )
        }
        return attachments
    }

    private func file(_ reference: StoredRequest.AttachmentReference) async throws(BuildError) -> [UInt8] {
        let hash = reference.hash
        if let known = files.withLock({ $0.value(hash) }) { return known }
        guard let content = try await fetch({ () async throws(StoreError) in try await contents.attachment(hash) })
        else {
            throw .template("attachment.gone", "The attachment \(reference.fileName) is not in the store any more.")
        }
        files.withLock { $0.keep(content, as: hash, cost: max(content.count, 1)) }
        return content
    }

    private func fetch(_ read: () async throws(StoreError) -> [UInt8]?) async throws(BuildError) -> [UInt8]? {
        do throws(StoreError) {
            return try await read()
        } catch {
            switch error {
            case .unavailable(let reason), .corrupt(let reason): throw .unavailable(reason)
            }
        }
    }
}

extension OutgoingMessage {
    /// Adds what the sender's labels and the queue say of the message, and where reports about it go.
    fileprivate mutating func label(_ message: QueuedMessage, bounces: VERPAddresses?) {
        envelopeSender = bounces?.address(for: message.id)
        brand = message.request.brand
        category = message.request.category
        tags = message.request.tags
        metadata = message.request.metadata
        attempt = message.attempts + 1
    }
}

extension MessageBuilder {
    /// Subject and bodies of a raw message.
    fileprivate func content(of raw: StoredRequest.RawContent) async throws(BuildError) -> MailContent {
        let content = ParsedMessage(try await rawBytes(raw)).content()
        let text = content.text ?? HTMLText.text(fromHTML: content.html ?? "")
        return MailContent(subject: raw.subject, html: content.html, text: text)
    }
}

extension BuildError {
    /// A message that cannot be built because of its content.
    static func template(_ code: String, _ detail: String) -> BuildError {
        .unbuildable(MessageFailure(kind: "template", code: code, detail: detail))
    }
}

extension MessageBuilder {
    /// Subject and bodies for display: secrets are masked and late values named as such, unless they were kept for
    /// display and `showingSecrets` is true.
    package func rendered(
        _ record: MessageRecord,
        showingSecrets: Bool = false
    ) async throws(BuildError) -> MailContent {
        guard let request = record.request else { throw Self.dropped }
        switch request.content {
        case .literal(let subject, let html, let text):
            return MailContent(subject: subject, html: html, text: text ?? HTMLText.text(fromHTML: html ?? ""))
        case .raw(let raw): return try await self.content(of: raw)
        case .template(_, let version, let locale, let stored):
            let template = try await template(request, version, locale)
            var data = stored.object ?? JSONObject()
            var late = LateBinding.take(from: &data)?.names ?? []
            if showingSecrets, let captured = request.captured {
                for (name, value) in try open(Array(captured.utf8), of: record.id) { data[name] = value }
                late = []
            }
            for variable in template.variables where late.contains(variable.name) {
                data[variable.name] = Redaction.late(variable.type)
            }
            try unsubscribing(record.id, request).add(to: &data, of: template)
            return Redaction.naming(try render(template, .object(data)))
        }
    }

    /// The built message of ``rendered(_:showingSecrets:)`` as raw MIME text.
    package func source(
        _ record: MessageRecord,
        showingSecrets: Bool = false
    ) async throws(BuildError) -> [UInt8] {
        guard let request = record.request else { throw Self.dropped }
        let fields = try unsubscribing(record.id, request).fields(beside: request.headers)
        if case .raw(let raw) = request.content {
            let bytes = RawMessage.bytes(try await rawBytes(raw), adding: fields)
            return RawMessage.bytes(bytes, for: RawHop(id: record.id, takesEightBit: true))
        }
        let content = try await rendered(record, showingSecrets: showingSecrets)
        let message = OutgoingMessage(
            id: record.id,
            messageID: MessageID.of(record.id, request),
            date: max(record.createdAt, request.sendAt ?? record.createdAt),
            from: request.from,
            replyTo: request.replyTo,
            recipients: request.recipients,
            subject: content.subject,
            text: content.text,
            html: content.html,
            attachments: try await attachments(request.attachments),
            headers: request.headers + fields
        )
        return MIMEWriter.message(message)
    }

    private static let dropped = BuildError.template(
        "content.dropped",
        "The content of the message was dropped, as `retention.content` asks for."
    )
}

/// The `Message-ID` of a message, derived from its id and sender and therefore not stored.
package enum MessageID {
    /// That of a raw message is its own.
    package static func of(_ id: String, _ request: StoredRequest) -> String {
        if case .raw(let raw) = request.content { return raw.messageID }
        return of(id, from: request.from)
    }

    /// The value without angle brackets, the same on every try.
    package static func of(_ id: String, from: Mailbox) -> String {
        let unique = id.utf8.firstIndex(of: UInt8(ascii: "_")).map { id[id.utf8.index(after: $0)...] } ?? id[...]
        return "\(unique)@\(from.address.domain)"
    }
}

extension MessageBuilder {
    /// A search that also finds messages by their rendered subjects.
    package func search(_ archive: any MessageStore) -> MessageSearch {
        MessageSearch(archive: archive) { record in
            // A message that can no longer be rendered has no subject to match.
            try? await self.rendered(record).subject
        }
    }
}
