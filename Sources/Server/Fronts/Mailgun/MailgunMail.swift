// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import JSON
internal import Mail
internal import Submission

/// The form of a call to Mailgun: one send request, or one for each recipient that has variables of its own.
struct MailgunMail {
    static let missing = "is missing"

    private var request = SendRequest(via: .mailgun)
    private var faults = FrontFaults()
    private var ignored: [(name: String, value: String?)] = []
    private var budget = Replacements.Budget()
    private var isTest = false
    private let form: MailgunForm
    private let call: FrontCall

    static func submission(
        _ form: FormFields,
        brand: MailBrand,
        isRaw: Bool,
        _ call: FrontCall
    ) throws(Refusal) -> FrontSubmission {
        var reader = MailgunMail(MailgunForm(form), call)
        reader.request.brand = brand.name
        if isRaw { reader.readRaw() } else { reader.readContent() }
        reader.readOptions()
        var submission = FrontSubmission(try reader.messages(isRaw: isRaw), isAllOrNothing: true)
        submission.isRehearsal = reader.isTest
        return submission
    }

    private init(_ form: MailgunForm, _ call: FrontCall) {
        (self.form, self.call) = (form, call)
    }

    // MARK: Reading

    /// `to` holds all recipients of the envelope, and the file `message` the whole message.
    private mutating func readRaw() {
        request.to = addresses("to")
        request.dropRepeatedRecipients()
        if let file = form.files("message").first, !file.content.isEmpty {
            request.raw = .bytes(file.content)
        } else {
            // An empty message has faults in the same place only, which this one replaces.
            request.raw = .bytes([])
            faults.note(JSONPointer(["message"]), Self.missing)
        }
    }

    private mutating func readContent() {
        if let from = form.text("from") {
            request.from = FrontAddress.one(from)
        } else {
            faults.note(JSONPointer(["from"]), Self.missing)
        }
        request.to = addresses("to")
        request.cc = addresses("cc")
        request.bcc = addresses("bcc")
        request.dropRepeatedRecipients()
        request.subject = form.text("subject").map(FrontAddress.decoded)
        request.text = form.text("text")
        request.html = form.text("html")
        if form.text("amp-html") != nil { ignored.note("amp-html", nil) }
        let files =
            form.files("attachment").map { file($0, isInline: false) }
            + form.files("inline").map { file($0, isInline: true) }
        if !files.isEmpty { request.attachments = files }
        for (name, value) in form.named("h:") { readHeader(name, value) }
        if form.text("template") == nil { readVariables() } else { readTemplate() }
    }

    private mutating func addresses(_ name: String) -> SendRequest.Addresses? {
        let texts = JSON.array(form.texts(name).map(JSON.string))
        let addresses = FrontAddress.addresses(texts, at: JSONPointer([name]), &faults)
        if addresses == nil, name == "to" { faults.note(JSONPointer([name]), Self.missing) }
        return addresses
    }

    private func file(_ file: FormFields.File, isInline: Bool) -> SendRequest.File? {
        let name = file.fileName.flatMap { $0.isEmpty ? nil : $0 } ?? "attachment"
        var result = SendRequest.File(
            fileName: name,
            content: file.content,
            contentType: file.contentType,
            contentID: isInline ? name : nil,
            disposition: isInline ? "inline" : "attachment"
        )
        // The messages of all recipients have the same files.
        result.hash = ContentHash(of: file.content)
        return result
    }

    private mutating func readHeader(_ name: String, _ value: String) {
        guard name.lowercased() == "reply-to" else { return request.addHeader(name, FrontAddress.decoded(value)) }
        request.replyTo = FrontAddress.addresses(.string(value), at: JSONPointer(["h:Reply-To"]), &faults)
    }

    private mutating func readTemplate() {
        guard let template = form.text("template") else { return }
        request.template = call.settings.template(template)
        (request.html, request.text) = (nil, nil)
        // A template brings its own subject.
        if let subject = request.subject { ignored.note("subject", subject) }
        request.subject = nil
        for name in ["t:version", "t:text"] {
            if let value = form.text(name) { ignored.note(name, value) }
        }
        if let text = form.text("t:variables") ?? headerVariables {
            request.data = object(text, "t:variables")
        } else {
            let variables = form.named("v:").map { ($0.name, JSON.string($0.value)) }
            if !variables.isEmpty { request.data = JSONObject(variables) }
        }
    }

    private var headerVariables: String? {
        form.named("h:").first { $0.name.lowercased() == "x-mailgun-variables" }?.value
    }

    /// Without a template the variables of the header are those of `v:` fields, which come later and win.
    private mutating func readVariables() {
        guard let text = headerVariables else { return }
        // Text that is no JSON object says nothing about the mail.
        guard let members = (try? Call.json(Array(text.utf8)))?.object else {
            return ignored.note("h:x-mailgun-variables", nil)
        }
        for (name, value) in members where !value.isNull { request.addMetadata(name, value.scalarText) }
    }

    private mutating func object(_ text: String, _ name: String) -> JSONObject? {
        // The reason does not matter: the field is reported.
        if let object = (try? Call.json(Array(text.utf8)))?.object { return object }
        faults.note(JSONPointer([name]), "expected a JSON object")
        return nil
    }

    private mutating func readOptions() {
        for (name, value) in form.named("v:") { request.addMetadata(name, value) }
        for tag in form.texts("o:tag") { request.addTag(tag) }
        request.chooseCategory(call.settings)
        for (name, value) in form.named("o:") {
            switch name.lowercased() {
            case "tag": break
            case "testmode": isTest = isTest || Self.isOn(value)
            case "deliverytime":
                let moment = InternetDate.parse(value) ?? Timestamp(value)
                if moment == nil {
                    faults.note(
                        JSONPointer(["o:deliverytime"]),
                        "expected a date such as Fri, 20 Nov 2026 17:33:27 +0000 (RFC 2822)"
                    )
                }
                request.sendAt = moment.map { .timestamp($0) }
            default:
                let isTracking = name.lowercased().hasPrefix("tracking")
                if isTracking, !Self.isOn(value) { continue }
                ignored.note(FrontIgnored.name("o:", name), isTracking ? nil : value)
            }
        }
    }

    private static func isOn(_ value: String) -> Bool {
        ["yes", "true", "1", "on", "htmlonly"].contains(value.lowercased())
    }

    // MARK: Messages

    private mutating func messages(isRaw: Bool) throws(Refusal) -> [FrontMessage] {
        let variables = form.text("recipient-variables").flatMap { object($0, "recipient-variables") }
        if variables == nil, form.hasNestedField("recipient-variables") {
            faults.note(
                JSONPointer(["recipient-variables"]),
                "expected one field with JSON, such as {\"ana@example.org\": {\"name\": \"Ana\"}}"
            )
        }
        guard let variables, !isRaw, let recipients = request.to?.items, !recipients.isEmpty else {
            return [message(request, faults.faults)]
        }
        let known = Dictionary(variables.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        var messages: [FrontMessage] = []
        for recipient in recipients {
            var one = request
            one.to = SendRequest.Addresses([recipient])
            let address = recipient?.emailAddress?.description ?? ""
            let values = known[address.lowercased()]?.object ?? JSONObject()
            try apply(MailgunVariables(values, address: address, name: recipient?.displayName), to: &one)
            messages.append(message(one, messages.isEmpty ? faults.faults : []))
        }
        return messages
    }

    private mutating func apply(_ variables: MailgunVariables, to request: inout SendRequest) throws(Refusal) {
        let place = JSONPointer(["recipient-variables"])
        guard variables.count <= Replacements.countLimit else {
            let detail = "a recipient has at most \(Replacements.countLimit) variables"
            throw Refusal(.invalidRequest([Problem.Fault(place, detail)]))
        }
        do throws(Replacements.Overrun) {
            try variables.apply(to: &request, &budget)
        } catch {
            throw Refusal(.invalidRequest([Problem.Fault(place, Replacements.tooMuch)]))
        }
    }

    private func message(_ request: SendRequest, _ faults: [Problem.Fault]) -> FrontMessage {
        var message = FrontMessage(request)
        message.faults = faults
        message.ignored = ignored
        let (hasTemplate, plainCount) = (request.template != nil, form.files("attachment").count)
        message.place = { Self.place($0, hasTemplate: hasTemplate, plainCount: plainCount) }
        return message
    }

    /// The field of the form for a place in the send request.
    private static func place(_ place: JSONPointer, hasTemplate: Bool, plainCount: Int) -> JSONPointer {
        let names = place.names
        guard let field = names.first else { return .root }
        switch field {
        case "to", "cc", "bcc", "from": return JSONPointer([field])
        case "reply_to": return JSONPointer(["h:Reply-To"])
        case "headers": return JSONPointer(["h:" + (names.dropFirst().first ?? "")])
        case "metadata": return JSONPointer(["v:" + (names.dropFirst().first ?? "")])
        case "data": return JSONPointer(["t:variables"] + names.dropFirst())
        case "tags": return JSONPointer(["o:tag"])
        case "send_at": return JSONPointer(["o:deliverytime"])
        case "template": return JSONPointer([hasTemplate ? "template" : "text"])
        case "raw": return JSONPointer(["message"])
        case "attachments":
            let isInline = names.dropFirst().first.flatMap { Int($0) }.map { $0 >= plainCount } ?? false
            return JSONPointer([isInline ? "inline" : "attachment"] + names.dropFirst(2))
        default: return place
        }
    }
}

/// The fields of the form by their names, without a final `[n]` or `[]`, as some clients number them.
struct MailgunForm {
    private let fields: [(name: String, file: FormFields.File)]
    private let wholeNames: [String]

    init(_ form: FormFields) {
        fields = form.fields.map { (Self.plain($0.name), $0.file) }
        wholeNames = form.fields.map(\.name)
    }

    /// The texts of all fields `name` that are not empty.
    func texts(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map { String(decoding: $0.file.content, as: UTF8.self) }
            .filter { !$0.isEmpty }
    }

    func text(_ name: String) -> String? { texts(name).first }

    func files(_ name: String) -> [FormFields.File] { fields.filter { $0.name == name }.map(\.file) }

    /// The fields whose names begin with `prefix`, without it; empty values are left out.
    func named(_ prefix: String) -> [(name: String, value: String)] {
        fields.filter { $0.name.hasPrefix(prefix) && $0.name.utf8.count > prefix.utf8.count }
            .map { (String($0.name.dropFirst(prefix.count)), String(decoding: $0.file.content, as: UTF8.self)) }
            .filter { !$0.1.isEmpty }
    }

    /// True for fields such as `recipient-variables[ana@example.org][name]`.
    func hasNestedField(_ name: String) -> Bool { wholeNames.contains { $0.hasPrefix(name + "[") } }

    private static func plain(_ name: String) -> String {
        guard name.hasSuffix("]"), let open = name.lastIndex(of: "[") else { return name }
        let index = name[name.index(after: open)...].dropLast()
        return index.utf8.allSatisfy(\.isASCIIDigit) ? String(name[..<open]) : name
    }
}

/// The variables of one recipient: `%recipient.name%`, and `%recipient%` for the address itself.
private struct MailgunVariables {
    let count: Int
    private let replacements: Replacements

    init(_ values: JSONObject, address: String, name: String?) {
        count = values.count
        let pairs = values.prefix(Replacements.countLimit).filter { !$0.value.isNull }.map {
            (name: "%recipient.\($0.key)%", value: $0.value.scalarText)
        }
        let own = [("%recipient%", address), ("%recipient_email%", address), ("%recipient_name%", name ?? "")]
        replacements = Replacements(pairs + own)
    }

    func apply(to request: inout SendRequest, _ budget: inout Replacements.Budget) throws(Replacements.Overrun) {
        for field in [\SendRequest.subject, \.text, \.html] {
            guard let text = request[keyPath: field] else { continue }
            request[keyPath: field] = try replacements.applied(to: text, &budget)
        }
        for field in [\SendRequest.metadata, \.headers] {
            guard var pairs = request[keyPath: field] else { continue }
            for position in pairs.indices {
                pairs[position].value = try replacements.applied(to: pairs[position].value, &budget)
            }
            request[keyPath: field] = pairs
        }
        if let data = request.data { request.data = try applied(to: data, &budget) }
    }

    private func applied(
        to members: JSONObject,
        _ budget: inout Replacements.Budget
    ) throws(Replacements.Overrun) -> JSONObject {
        var result = JSONObject()
        for (name, value) in members { result[name] = try applied(to: value, &budget) }
        return result
    }

    private func applied(
        to value: JSON,
        _ budget: inout Replacements.Budget
    ) throws(Replacements.Overrun) -> JSON {
        switch value {
        case .string(let text): return .string(try replacements.applied(to: text, &budget))
        case .array(let items):
            var result: [JSON] = []
            for item in items { result.append(try applied(to: item, &budget)) }
            return .array(result)
        case .object(let members): return .object(try applied(to: members, &budget))
        default: return value
        }
    }
}

extension SendRequest.Address {
    fileprivate var displayName: String? {
        switch self {
        case .parts(_, let name): name
        case .mailbox(let mailbox): mailbox.name
        case .text: nil
        }
    }
}
