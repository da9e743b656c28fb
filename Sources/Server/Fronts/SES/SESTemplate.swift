// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission
internal import Templates

/// `Content.Template`: the name of a template of the gateway, or a template that the call brings.
struct SESTemplate {
    /// The most octets of `TemplateData`.
    private static let dataLimit = 262_144

    private let name: String?
    private let data: JSONObject
    /// Subject, Text and Html of a template that the call brings.
    private let parts: JSONObject?
    /// The place of the parts.
    private let place: JSONPointer
    /// Header fields and attachments.
    private let extras: SendRequest

    /// True when the call brings the template.
    var isInline: Bool { parts != nil }

    /// Reads the template at `place`.
    init(_ members: JSONObject, _ place: JSONPointer, _ settings: FrontSettings, _ reader: inout SESReader) {
        data = Self.data(members, "TemplateData", place, &reader)
        var extras = SendRequest(via: .ses)
        reader.readExtras(members, place, into: &extras)
        self.extras = extras
        self.place = place.appending("TemplateContent")
        let isInline = members.given("TemplateContent") != nil
        parts = isInline ? reader.object(members, "TemplateContent", place) : nil
        name = Self.name(members, place, &reader).map(settings.template)
        if parts == nil, name == nil {
            reader.note(place.appending("TemplateName"), "is required, or TemplateArn or TemplateContent")
        }
        if parts != nil, name != nil {
            reader.note(place.appending("TemplateContent"), "goes without TemplateName and TemplateArn")
        }
    }

    /// Puts the content into a request; `own` are its own data, which come before those of the template.
    func fill(_ request: inout SendRequest, own: JSONObject, _ reader: inout SESReader) {
        request.headers = extras.headers
        request.attachments = extras.attachments
        var data = data
        for (name, value) in own { data[name] = value }
        guard let parts else {
            request.template = name
            if name == nil { request.unreadable.formUnion(["template", "subject", "text", "html"]) }
            if !data.isEmpty { request.data = data }
            return
        }
        request.subject = reader.read("subject", &request) { render("Subject", of: parts, data, .none, &$0) }
        request.text = reader.read("text", &request) { render("Text", of: parts, data, .none, &$0) }
        request.html = reader.read("html", &request) { render("Html", of: parts, data, .html, &$0) }
    }

    private func render(
        _ name: String,
        of parts: JSONObject,
        _ data: JSONObject,
        _ escaping: MustacheTemplate.Escaping,
        _ reader: inout SESReader
    ) -> String? {
        guard let source = reader.text(parts, name, place) else { return nil }
        do throws(TemplateError) {
            return try InlineTemplate.render(source, name: name, data: .object(data), escaping: escaping)
        } catch {
            reader.note(place.appending(name), error.description)
            return nil
        }
    }

    private static func name(_ members: JSONObject, _ place: JSONPointer, _ reader: inout SESReader) -> String? {
        if let name = reader.text(members, "TemplateName", place) { return name }
        // arn:aws:ses:eu-central-1:123456789012:template/NAME
        return reader.text(members, "TemplateArn", place).map {
            $0.split(separator: "/", maxSplits: 1).last.map(String.init) ?? $0
        }
    }

    /// The data of the member `name`, which are JSON in a text.
    static func data(
        _ members: JSONObject,
        _ name: String,
        _ place: JSONPointer,
        _ reader: inout SESReader
    ) -> JSONObject {
        guard let text = reader.text(members, name, place) else { return JSONObject() }
        let place = place.appending(name)
        guard text.utf8.count <= dataLimit else {
            reader.note(place, "has at most \(dataLimit) bytes, found \(text.utf8.count)")
            return JSONObject()
        }
        do throws(Refusal) {
            return reader.object(try Call.json(Array(text.utf8)), place)
        } catch {
            reader.note(place, "is a text that has to hold a JSON object: \(error.problem.detail)")
            return JSONObject()
        }
    }
}
