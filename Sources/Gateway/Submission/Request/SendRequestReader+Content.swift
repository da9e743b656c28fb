// SPDX-License-Identifier: Apache-2.0
import JSON
import Templates

extension SendRequestReader {
    /// The brand of the message; the default one stands in for checks when the one that is named cannot be used.
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

    /// What the message says; nil when a fault was noted.
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

    /// The data without what no store may hold in the clear.
    private mutating func takeSecrets(of template: any MailTemplate, from data: JSONObject) -> JSONObject {
        var kept = data
        for variable in template.variables where variable.holdsSecret {
            guard let value = data[variable.name], !value.isNull else { continue }
            kept[variable.name] = SecretMask.mask(value, variable.type)
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
        do throws(HeaderFault) {
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
