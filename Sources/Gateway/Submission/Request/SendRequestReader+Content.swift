// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue
package import Templates

extension SendRequestReader {
    /// The brand of the message; when the named brand is invalid the default brand is used for further checks.
    mutating func readBrand() -> MailBrand {
        let name = readString("brand") ?? context.settings.defaultBrand
        guard let brand = context.templates.brand(name) else {
            let known = context.templates.brandNames.filter { context.principal.sees(brand: $0) }
            faults.invalid(place("brand"), "there is no brand of this name\(Self.hint(name, known))")
            let standIn = context.templates.brand(context.settings.defaultBrand)
            return standIn ?? MailBrand(name: context.settings.defaultBrand, from: nil)
        }
        if !context.principal.sees(brand: name) {
            faults.forbidden(place("brand"), "The key may not use the brand \(name).")
        }
        return brand
    }

    /// The content of the message; nil when a fault was noted.
    mutating func readContent(brand: String) -> (content: StoredRequest.Content, template: (any MailTemplate)?)? {
        guard fields["template"] != nil else { return readLiteral().map { ($0, nil) } }
        let name = readString("template")
        for name in ["subject", "html", "text"] where fields[name] != nil {
            faults.invalid(place(name), "goes without `template`; a template brings its own")
        }
        let locale = readLocale()
        let data = fields["data"].flatMap { object($0, at: place("data")) } ?? JSONObject()
        guard let name else { return nil }
        guard let template = context.templates.template(name, brand: brand, locale: locale) else {
            for detail in context.templates.absence(of: name, brand: brand) {
                faults.invalid(place("template"), detail)
            }
            return nil
        }
        check(data, for: template)
        let kept = takeSecrets(of: template, from: data)
        return (.template(name: name, version: template.version, locale: locale, data: .object(kept)), template)
    }

    private mutating func check(_ data: JSONObject, for template: any MailTemplate) {
        for fault in template.faults(in: .object(data), given: given) {
            faults.invalid(root(of: "data").appending(contentsOf: fault.pointer), fault.detail)
        }
    }

    /// Moves the secret values, which must not be stored in clear text, out of the data.
    private mutating func takeSecrets(of template: any MailTemplate, from data: JSONObject) -> JSONObject {
        var kept = data
        for variable in template.variables where variable.holdsSecret {
            guard let value = data[variable.name], !value.isNull else { continue }
            kept[variable.name] = Redaction.mask(value, variable.type)
            secrets[variable.name] = value
            if !context.canSeal {
                let remedy = "the operator has to set `sealing_key` before the gateway takes it"
                faults.invalid(place("data").appending(variable.name), "is secret; \(remedy)")
            }
        }
        return kept
    }

    private mutating func readLiteral() -> StoredRequest.Content? {
        for name in ["data", "locale"] where fields[name] != nil {
            faults.invalid(place(name), "goes with `template` only")
        }
        let (subject, html, text) = (readSubject(), readBody("html"), readBody("text"))
        switch (fields["subject"], fields["html"] ?? fields["text"]) {
        case (nil, nil):
            faults.invalid(place("template"), "is required, or else `subject` with `html`, `text` or both")
        case (nil, _?): faults.invalid(place("subject"), "is required beside `html` and `text`")
        case (_?, nil): faults.invalid(place("text"), "is required: `html`, `text` or both beside `subject`")
        default: break
        }
        return subject.map { .literal(subject: $0, html: html, text: text) }
    }

    private mutating func readSubject() -> String? {
        guard let text = readString("subject") else { return nil }
        guard text.unicodeScalars.count <= 998 else {
            faults.invalid(place("subject"), "is longer than 998 characters")
            return nil
        }
        do throws(FieldError) {
            return try HeaderText.subject(text)
        } catch {
            faults.invalid(place("subject"), error.description)
            return nil
        }
    }

    private mutating func readBody(_ name: String) -> String? {
        guard let text = readString(name) else { return nil }
        if text.utf8.contains(0) { faults.invalid(place(name), "contains a control character (U+0000)") }
        return text
    }

    mutating func readLocale() -> String? {
        guard let text = readString("locale") else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let isTag = parts.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(\.isASCIIAlphanumeric) }
        guard isTag, (2...35).contains(text.utf8.count) else {
            faults.invalid(place("locale"), "expected a language tag such as `fr` or `fr-CA`")
            return nil
        }
        return text
    }
}

extension MailTemplates {
    package var brokenNames: [String] { [] }

    package func faults(of template: String, brand: String?) -> [TemplateError] {
        faults.filter { $0.file.hasPrefix("\(template)/") }
    }

    package func locales(of template: String) -> [String] { [] }

    /// Why there is no template `name` to send, for the sender.
    func absence(of name: String, brand: String) -> [String] {
        let faults = faults(of: name, brand: brand)
        guard faults.isEmpty else { return faults.map { "cannot be sent until its files are repaired: \($0)" } }
        return ["there is no template of this name\(SendRequestReader.hint(name, templateNames))"]
    }
}

extension SendRequestReader {
    private static let members = ["filename", "content", "content_type", "content_id", "disposition"]
    private static let countLimit = 100

    mutating func readAttachments() -> [StoredRequest.AttachmentReference] {
        guard let value = fields["attachments"], let items = list(value, at: place("attachments")) else { return [] }
        guard items.count <= Self.countLimit else {
            faults.invalid(place("attachments"), "at most \(Self.countLimit) attachments, found \(items.count)")
            return []
        }
        var references: [StoredRequest.AttachmentReference] = []
        var contentIDs: Set<String> = []
        for (position, item) in items.enumerated() {
            let here = place("attachments").appending(position)
            guard let members = object(item, at: here), let file = attachment(members, at: here) else { continue }
            if let id = file.contentID, !contentIDs.insert(id).inserted {
                faults.invalid(here.appending("content_id"), "another attachment has the same content id")
            }
            references.append(keep(file))
        }
        return references
    }

    private mutating func attachment(_ members: JSONObject, at place: RequestPlace) -> Attachment? {
        for (name, _) in members where !Self.members.contains(name) && !faults.isFull {
            faults.invalid(place.appending(name), "is no part of an attachment\(Self.hint(name, Self.members))")
        }
        let fileName = text("filename", of: members, isRequired: true, at: place)
        let content = text("content", of: members, isRequired: true, at: place).flatMap(Base64.decode)
        if case .string? = members["content"], content == nil {
            faults.invalid(place.appending("content"), "is not base64 (RFC 4648 section 4, with padding)")
        }
        let type = text("content_type", of: members, at: place)
        let id = text("content_id", of: members, at: place)
        let disposition = text("disposition", of: members, at: place)
        do throws(AttachmentError) {
            let file = try AttachmentRules.attachment(
                fileName: fileName ?? "unnamed",
                contentType: type,
                contentID: id,
                disposition: disposition,
                content: content ?? []
            )
            return fileName == nil || content == nil ? nil : file
        } catch {
            for flaw in error.flaws { faults.invalid(place.appending(flaw.field.rawValue), flaw.detail) }
            return nil
        }
    }

    private mutating func text(
        _ name: String,
        of members: JSONObject,
        isRequired: Bool = false,
        at place: RequestPlace
    ) -> String? {
        guard let value = members[name] else {
            if isRequired { faults.invalid(place.appending(name), "is required") }
            return nil
        }
        return string(value, at: place.appending(name))
    }

    private mutating func keep(_ file: Attachment) -> StoredRequest.AttachmentReference {
        let hash = ContentHash(of: file.content)
        attachments[hash] = file.content
        return StoredRequest.AttachmentReference(
            hash: hash,
            size: file.content.count,
            fileName: file.fileName,
            contentType: file.contentType,
            contentID: file.contentID,
            disposition: file.disposition
        )
    }
}

/// The attachments of a batch's defaults, read once for all of its messages.
struct SharedAttachments: Sendable {
    let references: [StoredRequest.AttachmentReference]
    let contents: [ContentHash: [UInt8]]
    let faults: RequestFaults

    init(_ defaults: JSONObject, in context: SendRequestReader.Context) {
        var reader = SendRequestReader(defaults, at: JSONPointer.root.appending("defaults"), in: context)
        references = reader.readAttachments()
        contents = reader.attachments
        faults = reader.faults
    }
}
