// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// The call `SendEmail` of version 2.
enum SESEmail {
    static func submission(_ call: FrontCall) throws(Refusal) -> FrontSubmission {
        let members = try members(of: call)
        var reader = SESReader()
        var message = FrontMessage(SendRequest(via: .ses))
        reader.readSender(members, into: &message.request)
        reader.readRecipients(members, .root, into: &message.request)
        for tag in reader.pairs(members, "EmailTags", .root) { message.request.addMetadata(tag.name, tag.value) }
        let kind = reader.readContent(members, into: &message, call)
        message.ignored = ignored(members)
        message.faults += reader.faults
        message.place = SESPlaces(content: kind, entry: nil).place
        return FrontSubmission([message], of: call)
    }

    /// The members of the body.
    static func members(of call: FrontCall) throws(Refusal) -> JSONObject {
        let body = try call.json()
        if let members = body.object { return members }
        throw Refusal(.invalidRequest([Problem.Fault(.root, "expected an object, found \(body.typeName)")]))
    }

    /// Fields of the call that change nothing in the mail.
    static func ignored(_ members: JSONObject) -> [(name: String, value: String?)] {
        let names = [
            "ConfigurationSetName", "EndpointId", "FeedbackForwardingEmailAddress",
            "FeedbackForwardingEmailAddressIdentityArn", "FromEmailAddressIdentityArn", "ListManagementOptions",
            "TenantName",
        ]
        return names.compactMap { name in members.given(name).map { (name, $0.scalarText) } }
    }
}

extension SESReader {
    /// Reads `FromEmailAddress` and `ReplyToAddresses`.
    mutating func readSender(_ members: JSONObject, into request: inout SendRequest) {
        request.from = read("from", &request) { reader in
            reader.text(members, "FromEmailAddress", .root).map(FrontAddress.one)
        }
        request.replyTo = read("reply_to", &request) { $0.addresses(members, "ReplyToAddresses", .root) }
    }

    /// Reads `Destination`.
    mutating func readRecipients(_ members: JSONObject, _ place: JSONPointer, into request: inout SendRequest) {
        let lists = object(members, "Destination", place)
        let place = place.appending("Destination")
        request.to = read("to", &request) { $0.addresses(lists, "ToAddresses", place) }
        request.cc = read("cc", &request) { $0.addresses(lists, "CcAddresses", place) }
        request.bcc = read("bcc", &request) { $0.addresses(lists, "BccAddresses", place) }
    }

    /// Reads `Content`, which has one of `Simple`, `Raw` and `Template`.
    fileprivate mutating func readContent(
        _ members: JSONObject,
        into message: inout FrontMessage,
        _ call: FrontCall
    ) -> SESPlaces.Content {
        let place = JSONPointer.root.appending("Content")
        let content = object(members, "Content", .root)
        let given = ["Simple", "Raw", "Template"].filter { content[$0].map { !$0.isNull } ?? false }
        guard given.count == 1 else {
            let found = given.isEmpty ? "" : ", found \(given.joined(separator: " and "))"
            note(place, "expected one of Simple, Raw and Template\(found)")
            // Nothing is said of a subject and bodies that the call cannot have.
            message.request.unreadable.formUnion(["subject", "text", "html"])
            return .simple
        }
        let inner = object(content, given[0], place)
        let here = place.appending(given[0])
        switch given[0] {
        case "Simple":
            readSimple(inner, here, into: &message.request)
            return .simple
        case "Raw":
            let raw = read("raw", &message.request) { $0.octets(inner, "Data", here, "a whole message") }
            message.place = SESPlaces(content: .raw, entry: nil).place
            SESRaw.fill(&message, raw, call)
            return .raw
        default:
            let template = SESTemplate(inner, here, call.settings, &self)
            template.fill(&message.request, own: JSONObject(), &self)
            return template.isInline ? .inline : .template
        }
    }

    private mutating func readSimple(_ members: JSONObject, _ place: JSONPointer, into request: inout SendRequest) {
        request.subject = read("subject", &request) { reader in
            let subject = reader.object(members, "Subject", place)
            // A message may have an empty subject.
            return subject["Data"] == "" ? "" : reader.text(subject, "Data", place.appending("Subject"))
        }
        let here = place.appending("Body")
        let body = object(members, "Body", place)
        request.text = read("text", &request) { $0.data(body, "Text", here) }
        request.html = read("html", &request) { $0.data(body, "Html", here) }
        readExtras(members, place, into: &request)
    }

    /// The text in `{Data, Charset}`; JSON is Unicode, so that the character set does not count.
    private mutating func data(_ members: JSONObject, _ name: String, _ place: JSONPointer) -> String? {
        text(object(members, name, place), "Data", place.appending(name))
    }

    /// Reads the header fields and the attachments of `Simple` and `Template`.
    mutating func readExtras(_ members: JSONObject, _ place: JSONPointer, into request: inout SendRequest) {
        for header in pairs(members, "Headers", place) { request.addHeader(header.name, header.value) }
        let here = place.appending("Attachments")
        let files = list(members, "Attachments", place).enumerated().map { position, item in
            file(object(item, here.appending(position)), here.appending(position))
        }
        if !files.isEmpty { request.attachments = files }
    }

    private mutating func file(_ members: JSONObject, _ place: JSONPointer) -> SendRequest.File {
        let content = octets(members, "RawContent", place, "the content")
        let name = text(members, "FileName", place)
        if name == nil { note(place.appending("FileName"), "is required") }
        return SendRequest.File(
            fileName: name,
            content: content,
            contentType: text(members, "ContentType", place),
            contentID: text(members, "ContentId", place),
            disposition: text(members, "ContentDisposition", place)?.lowercased()
        )
    }
}
