// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// Finds the place in a call of SES for a place in a send request.
struct SESPlaces: Sendable {
    enum Content: Sendable {
        case simple, raw, template
        /// A template that the call brings.
        case inline
        /// Version 1.
        case form, rawForm
    }

    let content: Content
    /// The position of the message in a bulk call.
    let entry: Int?

    func place(_ pointer: JSONPointer) -> JSONPointer {
        var parts = pointer.names
        guard let field = parts.first, let place = names(field) else { return pointer }
        parts.removeFirst()
        if ["to", "cc", "bcc", "from", "reply_to"].contains(field) {
            parts.removeAll { $0 == "email" || $0 == "name" }
        }
        if field == "attachments" { parts = parts.map { Self.attachment[$0] ?? $0 } }
        return JSONPointer(place + parts)
    }

    private static let attachment = [
        "filename": "FileName", "content": "RawContent", "content_type": "ContentType", "content_id": "ContentId",
        "disposition": "ContentDisposition",
    ]

    private func names(_ field: String) -> [String]? {
        let own = entry.map { ["BulkEmailEntries", String($0)] } ?? []
        switch field {
        case "from": return [isForm ? "Source" : "FromEmailAddress"]
        case "to" where content == .rawForm: return ["Destinations"]
        case "to": return own + ["Destination", "ToAddresses"]
        case "cc": return own + ["Destination", "CcAddresses"]
        case "bcc": return own + ["Destination", "BccAddresses"]
        case "reply_to": return ["ReplyToAddresses"]
        case "metadata": return isForm ? ["Tags"] : own.isEmpty ? ["EmailTags"] : own + ["ReplacementTags"]
        case "raw": return content == .rawForm ? ["RawMessage", "Data"] : ["Content", "Raw", "Data"]
        case "template": return root + ["TemplateName"]
        case "data":
            let replacement = ["ReplacementEmailContent", "ReplacementTemplate", "ReplacementTemplateData"]
            return own.isEmpty ? root + ["TemplateData"] : own + replacement
        case "headers": return own.isEmpty ? root + ["Headers"] : own + ["ReplacementHeaders"]
        case "attachments": return root + ["Attachments"]
        case "subject": return content == .inline ? root + ["TemplateContent", "Subject"] : root + ["Subject", "Data"]
        case "text": return body("Text")
        case "html": return body("Html")
        default: return nil
        }
    }

    private func body(_ name: String) -> [String] {
        content == .inline ? root + ["TemplateContent", name] : root + ["Body", name, "Data"]
    }

    private var isForm: Bool { content == .form || content == .rawForm }

    /// The place of the content.
    private var root: [String] {
        switch content {
        case .form, .rawForm: ["Message"]
        case .simple, .raw: ["Content", "Simple"]
        case .template, .inline: [entry == nil ? "Content" : "DefaultContent", "Template"]
        }
    }
}
