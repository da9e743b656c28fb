// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// One email of a call to Resend, as a send request.
struct ResendEmail {
    private(set) var message: FrontMessage
    private var faults = FrontFaults()
    private var positions = FrontPositions()
    private let email: JSONObject
    private let root: JSONPointer

    init(_ email: JSONObject, at root: JSONPointer, _ call: FrontCall) {
        (self.email, self.root) = (email, root)
        message = FrontMessage(SendRequest(via: .resend))
        read(call)
        message.request.chooseCategory(call.settings)
        message.faults = faults.faults
        let hasTemplate = message.request.template != nil
        message.place = { [positions] place in
            Self.place(positions.former(place), in: root, hasTemplate: hasTemplate)
        }
    }

    private mutating func read(_ call: FrontCall) {
        readAddresses()
        message.request.subject = faults.text(email, "subject", at: root).map(FrontAddress.decoded)
        message.request.html = faults.text(email, "html", at: root)
        message.request.text = faults.text(email, "text", at: root)
        readTemplate(call)
        readHeaders()
        readTags()
        readAttachments()
        if let text = faults.text(email, "scheduled_at", at: root) {
            let moment = ResendTime.parse(text, now: call.now)
            if moment == nil { faults.note(root.appending("scheduled_at"), ResendTime.expectation) }
            message.request.sendAt = moment.map { .timestamp($0) }
        }
        if let topic = email.given("topic_id") { message.ignored.note("topic_id", topic.scalarText) }
    }

    private mutating func readAddresses() {
        if let from = faults.text(email, "from", at: root) {
            message.request.from = FrontAddress.one(from)
        } else if email.given("from") == nil {
            faults.note(root.appending("from"), "is required")
        }
        message.request.to = addresses("to")
        message.request.cc = addresses("cc")
        message.request.bcc = addresses("bcc")
        positions = message.request.dropRepeatedRecipients()
        if message.request.to == nil { faults.note(root.appending("to"), "is required") }
        message.request.replyTo = addresses("reply_to")
    }

    private mutating func addresses(_ name: String) -> SendRequest.Addresses? {
        FrontAddress.addresses(email[name], at: root.appending(name), &faults)
    }

    private mutating func readTemplate(_ call: FrontCall) {
        guard let template = faults.object(email, "template", at: root) else { return }
        let place = root.appending("template")
        guard let id = faults.text(template, "id", at: place) else {
            if template.given("id") == nil { faults.note(place.appending("id"), "is required") }
            return
        }
        message.request.template = call.settings.template(id)
        message.request.data = faults.object(template, "variables", at: place)
        // A template brings its own; Resend lets a subject win, which would be another mail here.
        if message.request.subject != nil { message.ignored.note("subject", message.request.subject) }
        message.request.subject = nil
    }

    /// Laravel's transport may send an object for a header, which says nothing: it is left out.
    private mutating func readHeaders() {
        for (name, value) in faults.object(email, "headers", at: root) ?? JSONObject() {
            guard let text = value.string else { continue }
            switch name.lowercased() {
            case "x-metadata": readMetadata(text)
            case "x-tags": readTagList(text)
            default: message.request.addHeader(name, text)
            }
        }
    }

    private mutating func readMetadata(_ text: String) {
        // Text that is no JSON object is a header like any other.
        guard let members = (try? Call.json(Array(text.utf8)))?.object else {
            return message.request.addHeader("X-Metadata", text)
        }
        for (name, value) in members where !value.isNull { message.request.addMetadata(name, value.scalarText) }
    }

    private mutating func readTagList(_ text: String) {
        guard let items = (try? Call.json(Array(text.utf8)))?.array else {
            return message.request.addHeader("X-Tags", text)
        }
        for item in items where item.given != nil { message.request.addTag(item.scalarText) }
    }

    private static let tagLimit = 1000

    private mutating func readTags() {
        let items = faults.list(email, "tags", at: root)
        guard items.count <= Self.tagLimit else {
            return faults.note(root.appending("tags"), "at most \(Self.tagLimit) tags, found \(items.count)")
        }
        for (position, item) in items.enumerated() {
            guard let tag = item.object else {
                faults.note(
                    root.appending("tags").appending(position),
                    "expected an object with `name` and `value`, found \(item.typeName)"
                )
                continue
            }
            guard let name = tag.given("name")?.scalarText else {
                // Symfony sends `{"X-Tag": "welcome"}`.
                if tag.count == 1, let value = tag.first?.value.given { message.request.addTag(value.scalarText) }
                continue
            }
            guard let value = tag["value"], !value.isNull else { continue }
            message.request.addMetadata(name, value.scalarText)
            if name == "category" { message.request.addTag(value.scalarText) }
        }
    }

    private mutating func readAttachments() {
        let items = faults.list(email, "attachments", at: root)
        if items.isEmpty { return }
        var files: [SendRequest.File?] = []
        for (position, item) in items.enumerated() {
            let place = root.appending("attachments").appending(position)
            guard let fields = item.object else {
                faults.note(place, "expected an object, found \(item.typeName)")
                files.append(nil)
                continue
            }
            files.append(file(fields, at: place))
        }
        message.request.attachments = files
    }

    private mutating func file(_ fields: JSONObject, at place: JSONPointer) -> SendRequest.File? {
        if fields.given("content") == nil, fields.given("path") != nil {
            faults.note(
                place.appending("path"),
                "files are not fetched from addresses; read the file yourself and send its bytes as `content`"
            )
            return nil
        }
        guard let bytes = Self.bytes(fields["content"]) else {
            faults.note(place.appending("content"), "is neither base64 nor a list of bytes")
            return nil
        }
        guard !bytes.isEmpty else {
            faults.note(place.appending("content"), "The attachment content is empty.")
            return nil
        }
        let contentID = fields.given("content_id") ?? fields.given("inline_content_id")
        return SendRequest.File(
            fileName: faults.text(fields, "filename", at: place) ?? "attachment",
            content: bytes,
            contentType: faults.text(fields, "content_type", at: place),
            contentID: contentID?.string
        )
    }

    /// Base64, a list of bytes, a Buffer or a Uint8Array as JavaScript writes them; empty for an ArrayBuffer, which
    /// becomes `{}`; nil for anything else.
    private static func bytes(_ value: JSON?) -> [UInt8]? {
        switch value {
        case nil, .null?: []
        case .string(let text)?: FrontFile.decoded(text)
        case .array(let items)?: bytes(items)
        case .object(let fields)?:
            if fields["type"]?.string == "Buffer" {
                bytes(fields["data"])
            } else {
                bytes((0..<fields.count).map { fields[String($0)] ?? .null })
            }
        default: nil
        }
    }

    private static func bytes(_ items: [JSON]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.count)
        for item in items {
            guard let byte = item.integer.flatMap(UInt8.init(exactly:)) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// The place in the email for a place in the send request.
    private static func place(_ place: JSONPointer, in root: JSONPointer, hasTemplate: Bool) -> JSONPointer {
        var names = place.names
        switch names.first {
        case "to", "cc", "bcc", "from", "reply_to":
            if ["email", "name"].contains(names.last) { names.removeLast() }
        case "send_at": names = ["scheduled_at"]
        case "data": names.replaceSubrange(..<1, with: ["template", "variables"])
        case "template": names = hasTemplate ? ["template", "id"] : ["html"]
        case "metadata": names = ["tags"]
        default: break
        }
        return JSONPointer(root.names + names)
    }
}
