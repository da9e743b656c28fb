// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Submission

/// The body of `/v3/mail/send`: one send request for each personalization.
struct SendGridMail {
    private static let personalizationLimit = 1000
    private static let recipientLimit = 1000

    private let mail: JSONObject
    private let call: FrontCall
    /// What all personalizations share, and the faults in it.
    private var shared = FrontMessage(SendRequest(via: .sendgrid))
    private var faults = FrontFaults()
    private var budget = Replacements.Budget()
    /// The required fields that were found missing, each of which is reported once.
    private var missing: Set<String> = []

    /// The messages of the body; throws for faults of the body as a whole.
    static func submission(_ mail: JSONObject, _ call: FrontCall) throws(Refusal) -> FrontSubmission {
        var reader = SendGridMail(mail, call)
        var faults = FrontFaults()
        let place = JSONPointer(["personalizations"])
        let items = faults.list(mail, "personalizations", at: .root)
        if items.isEmpty, faults.faults.isEmpty { faults.note(place, "You must have at least one personalization.") }
        if items.count > personalizationLimit {
            faults.note(place, "There are at most \(personalizationLimit) personalizations; found \(items.count).")
        }
        guard faults.faults.isEmpty else { throw Refusal(.invalidRequest(faults.faults)) }
        reader.readShared()
        var messages: [FrontMessage] = []
        var count = 0
        for (position, item) in items.enumerated() {
            let message = try reader.message(item, at: place.appending(position), isFirst: position == 0)
            messages.append(message)
            let request = message.request
            count += [request.to, request.cc, request.bcc].reduce(0) { $0 + ($1?.items.count ?? 0) }
            guard count <= recipientLimit else {
                let detail = "A call has at most \(recipientLimit) recipients, with those in `cc` and `bcc`."
                throw Refusal(.invalidRequest([Problem.Fault(place, detail)]))
            }
        }
        var submission = FrontSubmission(messages, isAllOrNothing: true)
        submission.isRehearsal = isSandbox(mail)
        return submission
    }

    static func isSandbox(_ mail: JSONObject) -> Bool {
        isOn(mail["mail_settings"]?["sandbox_mode"])
    }

    private init(_ mail: JSONObject, _ call: FrontCall) {
        (self.mail, self.call) = (mail, call)
    }

    // MARK: What the personalizations share

    private mutating func readShared() {
        shared.request.from = address(mail, "from", at: .root)
        shared.request.replyTo = replyTo(mail, at: .root)
        shared.request.subject = faults.text(mail, "subject", at: .root).map(FrontAddress.decoded)
        readContent()
        readAttachments()
        shared.request.template = faults.text(mail, "template_id", at: .root).map(call.settings.template)
        readCategories()
        for (name, value) in faults.texts(mail, "headers", at: .root) ?? [] { shared.request.addHeader(name, value) }
        for (name, value) in faults.texts(mail, "custom_args", at: .root) ?? [] {
            shared.request.addMetadata(name, value)
        }
        shared.request.sendAt = time(mail, at: .root)
        readIgnored()
    }

    private mutating func readContent() {
        for (position, item) in faults.list(mail, "content", at: .root).enumerated() {
            let place = JSONPointer(["content"]).appending(position)
            guard let part = item.object, let type = part.given("type")?.string else {
                faults.note(place.appending("type"), "is required: text/plain or text/html")
                continue
            }
            guard let value = part.given("value")?.string else {
                faults.note(
                    place.appending("value"),
                    "The content value must be a string at least one character in length."
                )
                continue
            }
            let field: WritableKeyPath<SendRequest, String?>
            switch type.prefix(while: { $0 != ";" }).lowercased().filter({ $0 != " " }) {
            case "text/plain": field = \.text
            case "text/html": field = \.html
            default:
                faults.note(place.appending("type"), "only text/plain and text/html are sent; found another type")
                continue
            }
            guard shared.request[keyPath: field] == nil else {
                faults.note(place.appending("type"), "there is another part of this type; only one can be sent")
                continue
            }
            shared.request[keyPath: field] = value
        }
    }

    private mutating func readAttachments() {
        let items = faults.list(mail, "attachments", at: .root)
        if items.isEmpty { return }
        shared.request.attachments = items.enumerated().map { position, item in
            let place = JSONPointer(["attachments"]).appending(position)
            guard let fields = item.object else {
                faults.note(place, "expected an object, found \(item.typeName)")
                return nil
            }
            guard let text = fields.given("content")?.string, let bytes = FrontFile.decoded(text) else {
                faults.note(place.appending("content"), "The attachment content must be base64 encoded.")
                return nil
            }
            if fields.given("filename") == nil { faults.note(place.appending("filename"), "is required") }
            var file = SendRequest.File(
                fileName: faults.text(fields, "filename", at: place),
                content: bytes,
                contentType: faults.text(fields, "type", at: place),
                contentID: faults.text(fields, "content_id", at: place),
                disposition: faults.text(fields, "disposition", at: place) ?? "attachment"
            )
            // All personalizations have the same files.
            file.hash = ContentHash(of: bytes)
            return file
        }
    }

    private mutating func readCategories() {
        let items = mail.given("categories").map { $0.array ?? [$0] } ?? []
        for item in items where item.given != nil { shared.request.addTag(item.scalarText) }
        shared.request.chooseCategory(call.settings)
    }

    private mutating func readIgnored() {
        for name in ["batch_id", "asm", "ip_pool_name"] {
            if let value = mail.given(name) { shared.ignored.note(name, value.scalarText) }
        }
        if mail.given("sections") != nil {
            faults.note(
                JSONPointer(["sections"]),
                "sections are not filled in here; put their texts into `substitutions`, or use a template"
            )
        }
        for (name, value) in mail["tracking_settings"]?.object ?? JSONObject() where Self.isOn(value) {
            shared.ignored.note(FrontIgnored.name("tracking_settings.", name), nil)
        }
        for (name, value) in mail["mail_settings"]?.object ?? JSONObject() where Self.isOn(value) {
            switch name {
            case "sandbox_mode": break
            case "footer":
                faults.note(
                    JSONPointer(["mail_settings", "footer"]),
                    "no footer is added here; put it into the content, or into a template"
                )
            default: shared.ignored.note(FrontIgnored.name("mail_settings.", name), nil)
            }
        }
    }

    private static func isOn(_ setting: JSON?) -> Bool { setting?["enable"] == .bool(true) }

    // MARK: One personalization

    private mutating func message(_ item: JSON, at place: JSONPointer, isFirst: Bool) throws(Refusal) -> FrontMessage {
        var message = shared
        // Each has its own faults; those of the shared part are reported with the first.
        if !isFirst { faults = FrontFaults() }
        guard let fields = item.object else {
            message.faults = faults.faults + [Problem.Fault(place, "expected an object, found \(item.typeName)")]
            return message
        }
        let positions = readRecipients(fields, at: place, &message.request)
        readOwn(fields, at: place, &message.request)
        checkRequired(message.request)
        try substitute(fields, at: place, &message.request)
        message.faults = faults.faults
        let given = Set(fields.keys)
        let hasTemplate = message.request.template != nil
        let types = mail["content"]?.array?.prefix(100).map { $0["type"]?.string ?? "" } ?? []
        message.place = {
            Self.place(positions.former($0), in: place, given: given, hasTemplate: hasTemplate, types: types)
        }
        return message
    }

    private mutating func readRecipients(
        _ fields: JSONObject,
        at place: JSONPointer,
        _ request: inout SendRequest
    ) -> FrontPositions {
        request.to = addresses(fields, "to", at: place)
        request.cc = addresses(fields, "cc", at: place)
        request.bcc = addresses(fields, "bcc", at: place)
        if request.to == nil, fields.given("to") == nil {
            faults.note(place.appending("to"), "The to array is required for all personalization objects.")
        }
        return request.dropRepeatedRecipients()
    }

    private mutating func readOwn(_ fields: JSONObject, at place: JSONPointer, _ request: inout SendRequest) {
        if fields.given("from") != nil { request.from = address(fields, "from", at: place) }
        if let subject = faults.text(fields, "subject", at: place) {
            request.subject = FrontAddress.decoded(subject)
        }
        if fields.given("send_at") != nil { request.sendAt = time(fields, at: place) }
        if let headers = faults.texts(fields, "headers", at: place) {
            let names = Set(headers.map { $0.name.lowercased() })
            request.headers?.removeAll { names.contains($0.name.lowercased()) }
            for (name, value) in headers { request.addHeader(name, value) }
        }
        if let arguments = faults.texts(fields, "custom_args", at: place) {
            let names = Set(arguments.map(\.name))
            request.metadata?.removeAll { names.contains($0.name) }
            for (name, value) in arguments { request.addMetadata(name, value) }
        }
        guard request.template != nil else { return }
        request.data = faults.object(fields, "dynamic_template_data", at: place)
        // A dynamic template brings its own subject and content, as at SendGrid.
        (request.subject, request.html, request.text) = (nil, nil, nil)
    }

    /// Notes what is missing in the personalization and outside of it.
    private mutating func checkRequired(_ request: SendRequest) {
        if request.from == nil, mail.given("from") == nil {
            noteMissing(
                "from",
                "The from object must be provided for every email send. It is an object that requires the email parameter."
            )
        }
        guard request.template == nil else { return }
        if request.subject == nil, mail.given("subject") == nil {
            noteMissing(
                "subject",
                "The subject is required. You can get around this requirement if you use a template."
            )
        }
        if mail.given("content") == nil {
            noteMissing("content", "Unless a valid template_id is provided, the content is required.")
        }
    }

    private mutating func noteMissing(_ name: String, _ detail: String) {
        if missing.insert(name).inserted { faults.note(JSONPointer([name]), detail) }
    }

    /// Replaces the placeholders literally.
    private mutating func substitute(
        _ fields: JSONObject,
        at place: JSONPointer,
        _ request: inout SendRequest
    ) throws(Refusal) {
        guard let pairs = faults.texts(fields, "substitutions", at: place), !pairs.isEmpty else { return }
        let place = place.appending("substitutions")
        guard pairs.count <= Replacements.countLimit else {
            return faults.note(place, "at most \(Replacements.countLimit) substitutions, found \(pairs.count)")
        }
        let replacements = Replacements(pairs)
        do throws(Replacements.Overrun) {
            for field in [\SendRequest.subject, \.html, \.text] {
                guard let text = request[keyPath: field] else { continue }
                request[keyPath: field] = try replacements.applied(to: text, &budget)
            }
        } catch {
            throw Refusal(.invalidRequest([Problem.Fault(place, Replacements.tooMuch)]))
        }
    }

    // MARK: Values

    private mutating func address(_ object: JSONObject, _ name: String, at place: JSONPointer) -> SendRequest.Address? {
        guard let value = object.given(name) else { return nil }
        return address(value, at: place.appending(name))
    }

    private mutating func address(_ value: JSON, at place: JSONPointer) -> SendRequest.Address? {
        guard let fields = value.object else {
            faults.note(place, "expected an object with `email`, found \(value.typeName)")
            return nil
        }
        guard let email = faults.text(fields, "email", at: place) else {
            if fields.given("email") == nil { faults.note(place.appending("email"), "is required") }
            return nil
        }
        let name = faults.text(fields, "name", at: place).map(FrontAddress.decoded)
        return .parts(email: email, name: name)
    }

    private mutating func addresses(
        _ object: JSONObject,
        _ name: String,
        at place: JSONPointer
    ) -> SendRequest.Addresses? {
        // One object in place of a list is what some clients send.
        let values = object.given(name).map { $0.array ?? [$0] } ?? []
        let items = values.enumerated().map { address($1, at: place.appending(name).appending($0)) }
        return items.isEmpty ? nil : SendRequest.Addresses(items)
    }

    private mutating func replyTo(_ object: JSONObject, at place: JSONPointer) -> SendRequest.Addresses? {
        if let list = addresses(object, "reply_to_list", at: place) { return list }
        return address(object, "reply_to", at: place).map { SendRequest.Addresses([$0], isSingle: true) }
    }

    /// Unix seconds; a time that is past means now.
    private mutating func time(_ object: JSONObject, at place: JSONPointer) -> SendRequest.Time? {
        guard let value = object.given("send_at") else { return nil }
        guard let seconds = value.integer ?? value.string.flatMap({ Int($0) }),
            (0...Int(Timestamp.distantFuture.milliseconds / 1000)).contains(seconds)
        else {
            faults.note(place.appending("send_at"), "expected a unix time in seconds")
            return nil
        }
        let moment = Timestamp(milliseconds: Int64(seconds) * 1000)
        return moment > call.now ? .timestamp(moment) : nil
    }

    /// The place in the body for a place in the send request of a personalization.
    private static func place(
        _ place: JSONPointer,
        in root: JSONPointer,
        given: Set<String>,
        hasTemplate: Bool,
        types: [String]
    ) -> JSONPointer {
        var names = place.names
        guard let field = names.first else { return root }
        switch field {
        case "to", "cc", "bcc": return JSONPointer(root.names + names)
        case "reply_to": names[0] = names.count > 1 && names[1] != "email" ? "reply_to_list" : "reply_to"
        case "html", "text":
            let type = field == "html" ? "text/html" : "text/plain"
            let position = types.firstIndex { $0.lowercased().hasPrefix(type) }
            names = ["content"] + (position.map { [String($0), "value"] } ?? [])
        case "template": names = [hasTemplate ? "template_id" : "content"]
        case "data": return JSONPointer(root.names + ["dynamic_template_data"] + names.dropFirst())
        case "tags": names[0] = "categories"
        case "attachments": if names.last == "content_type" { names[names.count - 1] = "type" }
        case "metadata":
            names[0] = "custom_args"
            if given.contains("custom_args") { names = root.names + names }
        case "from", "subject", "send_at", "headers": if given.contains(field) { names = root.names + names }
        default: break
        }
        return JSONPointer(names)
    }
}
