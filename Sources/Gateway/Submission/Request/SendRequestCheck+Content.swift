// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue
package import Templates

extension SendRequestCheck {
    /// The brand of the message; when the named brand is invalid the default brand is used for further checks.
    mutating func checkedBrand() -> MailBrand {
        let name = request.brand ?? context.settings.defaultBrand
        guard let brand = context.templates.brand(name) else {
            let known = context.templates.brandNames.filter { context.principal.sees(brand: $0) }
            faults.invalid(place("brand"), "there is no brand of this name\(NearestName.hint(name, among: known))")
            let standIn = context.templates.brand(context.settings.defaultBrand)
            return standIn ?? MailBrand(name: context.settings.defaultBrand, from: nil)
        }
        if !context.principal.sees(brand: name) {
            faults.forbidden(place("brand"), "The key may not use the brand \(name).")
        }
        return brand
    }

    /// The content of the message; nil when a fault was noted.
    mutating func checkedContent(brand: String) -> (content: StoredRequest.Content, template: (any MailTemplate)?)? {
        guard isGiven("template", request.template) else { return checkedLiteral().map { ($0, nil) } }
        let name = request.template
        for (name, value) in [("subject", request.subject), ("html", request.html), ("text", request.text)]
        where isGiven(name, value) {
            faults.invalid(place(name), "goes without `template`; a template brings its own")
        }
        let locale = checkedLocale()
        let data = request.data ?? JSONObject()
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
            faults.invalid(places.root(of: "data").appending(contentsOf: fault.pointer), fault.detail)
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

    private mutating func checkedLiteral() -> StoredRequest.Content? {
        for (name, isGiven) in [("data", isGiven("data", request.data)), ("locale", isGiven("locale", request.locale))]
        where isGiven {
            faults.invalid(place(name), "goes with `template` only")
        }
        let (subject, html, text) = (
            checkedSubject(), checkedBody(request.html, "html"), checkedBody(request.text, "text")
        )
        switch (isGiven("subject", request.subject), isGiven("html", request.html) || isGiven("text", request.text)) {
        case (false, false):
            faults.invalid(place("template"), "is required, or else `subject` with `html`, `text` or both")
        case (false, true): faults.invalid(place("subject"), "is required beside `html` and `text`")
        case (true, false): faults.invalid(place("text"), "is required: `html`, `text` or both beside `subject`")
        case (true, true): break
        }
        return subject.map { .literal(subject: $0, html: html, text: text) }
    }

    private mutating func checkedSubject() -> String? {
        guard let text = request.subject else { return nil }
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

    private mutating func checkedBody(_ text: String?, _ name: String) -> String? {
        if let text, text.utf8.contains(0) {
            faults.invalid(place(name), "contains a control character (U+0000)")
        }
        return text
    }

    mutating func checkedLocale() -> String? {
        guard let text = request.locale else { return nil }
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
        return ["there is no template of this name\(NearestName.hint(name, among: templateNames))"]
    }
}

extension SendRequestCheck {
    private static let countLimit = 100

    mutating func checkedAttachments() -> [StoredRequest.AttachmentReference] {
        guard let files = request.attachments else { return [] }
        guard files.count <= Self.countLimit else {
            faults.invalid(place("attachments"), "at most \(Self.countLimit) attachments, found \(files.count)")
            return []
        }
        var references: [StoredRequest.AttachmentReference] = []
        var contentIDs: Set<String> = []
        for (position, file) in files.enumerated() {
            let here = place("attachments").appending(position)
            guard let file, let attachment = attachment(file, at: here) else { continue }
            if let id = attachment.contentID, !contentIDs.insert(id).inserted {
                faults.invalid(here.appending("content_id"), "another attachment has the same content id")
            }
            references.append(keep(attachment, file.hash))
        }
        return references
    }

    private mutating func attachment(_ file: SendRequest.File, at place: RequestPlace) -> Attachment? {
        do throws(AttachmentError) {
            let attachment = try AttachmentRules.attachment(
                fileName: file.fileName ?? "unnamed",
                contentType: file.contentType,
                contentID: file.contentID,
                disposition: file.disposition,
                content: file.content ?? []
            )
            // What is missing is noted as a fault already.
            return file.fileName == nil || file.content == nil ? nil : attachment
        } catch {
            for flaw in error.flaws { faults.invalid(place.appending(flaw.field.rawValue), flaw.detail) }
            return nil
        }
    }

    private mutating func keep(_ file: Attachment, _ known: ContentHash?) -> StoredRequest.AttachmentReference {
        let hash = known ?? ContentHash(of: file.content)
        attachments[hash] = file.content
        return Self.reference(file, hash)
    }
}

/// The attachments of a batch's defaults, read once for all of its messages.
struct SharedAttachments: Sendable {
    let references: [StoredRequest.AttachmentReference]
    let contents: [ContentHash: [UInt8]]
    let faults: RequestFaults

    init(_ defaults: JSONObject, in context: SendRequestCheck.Context) {
        let places = RequestPlaces(root: JSONPointer.root.appending("defaults"))
        var reader = SendRequestReader(defaults, at: places)
        var request = SendRequest(via: .api)
        request.attachments = reader.files()
        var check = SendRequestCheck(request, in: context, at: places, faults: reader.faults)
        references = check.checkedAttachments()
        contents = check.attachments
        faults = check.faults
    }
}
