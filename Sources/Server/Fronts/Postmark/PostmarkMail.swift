// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// One message of a call to Postmark, as a send request.
struct PostmarkMail {
    private(set) var message = FrontMessage(SendRequest(via: .postmark))
    private var faults = FrontFaults()
    private let mail: JSONObject

    init(_ mail: JSONObject, _ call: FrontCall) {
        self.mail = mail
        readAddresses()
        message.request.subject = faults.text(mail, "Subject", at: .root).map(FrontAddress.decoded)
        message.request.html = faults.text(mail, "HtmlBody", at: .root)
        message.request.text = faults.text(mail, "TextBody", at: .root)
        readTemplate(call)
        readHeaders()
        readAttachments()
        if let tag = mail.given("Tag") { message.request.addTag(tag.scalarText) }
        message.request.chooseCategory(call.settings)
        for (name, value) in faults.texts(mail, "Metadata", at: .root) ?? [] {
            message.request.addMetadata(name, value)
        }
        readStream()
        message.faults = faults.faults
        let template = mail.given("TemplateId") == nil ? "TemplateAlias" : "TemplateId"
        let hasTemplate = message.request.template != nil
        message.place = { Self.place($0, template: hasTemplate ? template : "HtmlBody") }
    }

    private mutating func readAddresses() {
        if let from = faults.text(mail, "From", at: .root) {
            message.request.from = FrontAddress.one(from)
        } else if mail.given("From") == nil {
            faults.note(JSONPointer(["From"]), "is required")
        }
        message.request.to = addresses("To")
        message.request.cc = addresses("Cc")
        message.request.bcc = addresses("Bcc")
        message.request.dropRepeatedRecipients()
        message.request.replyTo = addresses("ReplyTo")
        if let from = message.request.from { noteFault(of: from, "From") }
    }

    private mutating func addresses(_ name: String) -> SendRequest.Addresses? {
        let addresses = FrontAddress.addresses(mail[name], at: JSONPointer([name]), &faults)
        for case let address? in addresses?.items ?? [] { noteFault(of: address, name) }
        return addresses
    }

    /// Clients read the address out of the text.
    private mutating func noteFault(of address: SendRequest.Address, _ name: String) {
        guard let reason = address.fault else { return }
        faults.note(JSONPointer([name]), "Illegal email address '\(address.text.prefix(100))'. \(reason)")
    }

    private mutating func readTemplate(_ call: FrontCall) {
        guard let id = mail.given("TemplateId") ?? mail.given("TemplateAlias") else { return }
        message.request.template = call.settings.template(id.scalarText)
        message.request.data = faults.object(mail, "TemplateModel", at: .root)
    }

    private mutating func readHeaders() {
        for (position, item) in faults.list(mail, "Headers", at: .root).enumerated() {
            guard let name = item["Name"]?.given?.scalarText else {
                faults.note(JSONPointer(["Headers", String(position), "Name"]), "is required")
                continue
            }
            if let value = item["Value"]?.given { message.request.addHeader(name, value.scalarText) }
        }
    }

    private mutating func readAttachments() {
        let items = faults.list(mail, "Attachments", at: .root)
        if items.isEmpty { return }
        message.request.attachments = items.enumerated().map { position, item in
            let place = JSONPointer(["Attachments", String(position)])
            guard let fields = item.object else {
                faults.note(place, "expected an object, found \(item.typeName)")
                return nil
            }
            guard let content = fields["Content"]?.string.flatMap(FrontFile.decoded) else {
                faults.note(place.appending("Content"), "is required: the file in base64")
                return nil
            }
            let id = faults.text(fields, "ContentID", at: place)
            return SendRequest.File(
                fileName: faults.text(fields, "Name", at: place) ?? "attachment",
                content: content,
                contentType: faults.text(fields, "ContentType", at: place),
                contentID: id.map { $0.hasPrefix("cid:") ? String($0.dropFirst(4)) : $0 }
            )
        }
    }

    private mutating func readStream() {
        if let stream = mail.given("MessageStream")?.scalarText {
            if stream == "broadcast" { message.request.priority = "bulk" }
            message.ignored.append(("MessageStream", stream))
        }
        if mail["TrackOpens"] == .bool(true) { message.ignored.append(("TrackOpens", nil)) }
        if let links = mail.given("TrackLinks")?.scalarText, links != "None" {
            message.ignored.append(("TrackLinks", nil))
        }
    }

    private static let names = [
        "to": "To", "cc": "Cc", "bcc": "Bcc", "from": "From", "reply_to": "ReplyTo", "subject": "Subject",
        "html": "HtmlBody", "text": "TextBody", "data": "TemplateModel", "tags": "Tag", "metadata": "Metadata",
        "headers": "Headers", "attachments": "Attachments", "filename": "Name", "content": "Content",
        "content_type": "ContentType", "content_id": "ContentID",
    ]

    /// The place in the message for a place in the send request.
    private static func place(_ place: JSONPointer, template: String) -> JSONPointer {
        let names = place.names
        guard let field = names.first else { return .root }
        switch field {
        // Comma lists and one text have no items.
        case "to", "cc", "bcc", "from", "reply_to", "tags": return JSONPointer([Self.names[field] ?? field])
        case "template": return JSONPointer([template])
        case "attachments":
            return JSONPointer(["Attachments"] + names.dropFirst().map { Self.names[$0] ?? $0 })
        default: return JSONPointer([Self.names[field] ?? field] + names.dropFirst())
        }
    }
}
