// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Mail

/// The protocol between the gateway and a plugin, version 1: JSON objects, one a line or one a call over HTTP.
enum PluginProtocol {
    static let version = 1
    /// The most octets of one answer.
    static let longestAnswer = 1 << 20

    /// `{"hello":{"protocol":1,"name":"…","settings":{…}}}`.
    static func hello(name: String, settings: JSON) -> [UInt8] {
        let hello: JSON = ["hello": ["protocol": .integer(version), "name": .string(name), "settings": settings]]
        return hello.encoded().onOneLine
    }

    /// `{"send":{"call":17,"message":{…}}}` or `{"probe":{"call":18}}`.
    static func call(_ call: Int, _ request: PluginRequest) -> [UInt8] {
        switch request {
        case .probe:
            let probe: JSON = ["probe": ["call": .integer(call)]]
            return probe.encoded()
        case .send(let message):
            var bytes = Array(#"{"send":{"call":\#(call),"message":"#.utf8)
            PluginMessage.append(message, to: &bytes)
            bytes.append(contentsOf: "}}".utf8)
            return bytes
        }
    }

    /// Parses a line, or the body of a response; throws why it is no answer, without quoting it.
    static func read(_ bytes: [UInt8]) throws(PluginFault) -> PluginAnswer {
        guard let value = JSON(answer: bytes) else {
            throw PluginFault(bytes.isEmpty ? "it is empty" : "it is not JSON of at most \(JSON.deepestAnswer) levels")
        }
        guard let object = value.object else { throw PluginFault("it is \(value.typeName), not an object") }
        // Some languages write absent members as null.
        let kinds = ["hello", "accepted", "ok", "failed"].filter { object[$0]?.isNull == false }
        guard let kind = kinds.first, kinds.count == 1 else {
            throw PluginFault("it has \(kinds.isEmpty ? "none" : "more than one") of hello, accepted, ok and failed")
        }
        guard let body = object[kind]?.object else { throw PluginFault("`\(kind)` is not an object") }
        if kind == "hello" { return .hello(try hello(body)) }
        guard let call = object["call"]?.integer else { throw PluginFault("`call` is not a whole number") }
        return .outcome(call: call, try outcome(kind, body))
    }

    private static func outcome(_ kind: String, _ body: JSONObject) throws(PluginFault) -> PluginOutcome {
        switch kind {
        case "ok": .ok
        case "accepted": .accepted(id: try text("id", in: body), refused: try refusals(body))
        default: .failed(try failure(body))
        }
    }

    private static func hello(_ body: JSONObject) throws(PluginFault) -> PluginHello {
        guard let version = body["protocol"]?.integer else { throw PluginFault("`protocol` is not a whole number") }
        guard version == Self.version else {
            throw PluginFault("it speaks protocol \(version), and this version of the gateway speaks \(Self.version)")
        }
        let names = try list("capabilities", in: body)
        let words = names.compactMap(\.string)
        guard words.count == names.count else { throw PluginFault("`capabilities` is not a list of names") }
        let (known, unknown) = Capabilities.named(words)
        var concurrency: Int?
        if let value = body["concurrency"], !value.isNull {
            guard let number = value.integer, number > 0 else {
                throw PluginFault("`concurrency` is not a whole number from 1 on")
            }
            concurrency = number
        }
        return PluginHello(
            capabilities: known.union(PluginHello.always),
            concurrency: concurrency,
            unknownCapabilities: unknown.map { String($0.prefix(64)) }
        )
    }

    private static func refusals(_ body: JSONObject) throws(PluginFault) -> [PluginRefusal] {
        var refusals: [PluginRefusal] = []
        for item in try list("refused", in: body) {
            guard let item = item.object, let address = item["address"]?.string else {
                throw PluginFault("an item of `refused` has no `address`")
            }
            refusals.append(PluginRefusal(address: address, detail: try text("detail", in: item)))
        }
        return refusals
    }

    private static func failure(_ body: JSONObject) throws(PluginFault) -> PluginFailure {
        var wait: Duration?
        if let value = body["retry_after"], !value.isNull {
            guard let seconds = value.double, (0...10_000_000).contains(seconds) else {
                throw PluginFault("`retry_after` is not a number of seconds")
            }
            wait = .milliseconds(Int64(seconds * 1000))
        }
        let kind: DeliveryError.Kind
        switch body["kind"]?.string {
        case "transient": kind = .transient
        case "rate_limited": kind = .rateLimited(retryAfter: wait)
        case "authentication": kind = .authentication
        case "misconfigured": kind = .misconfigured
        case "rejected": kind = .rejected
        case "uncertain": kind = .uncertain
        default: throw PluginFault("the `kind` of `failed` is none of the six")
        }
        let scope: DeliveryError.Scope
        switch try text("scope", in: body) {
        case nil: scope = kind == .rejected ? .message : .provider
        case "provider": scope = .provider
        case "message": scope = .message
        default: throw PluginFault("`scope` is neither `provider` nor `message`")
        }
        return PluginFailure(
            kind: kind,
            scope: scope,
            code: try text("code", in: body),
            detail: try text("detail", in: body),
            remedy: try text("remedy", in: body)
        )
    }

    /// A text that may be absent or null.
    private static func text(_ key: String, in body: JSONObject) throws(PluginFault) -> String? {
        guard let value = body[key], !value.isNull else { return nil }
        guard let text = value.string else { throw PluginFault("`\(key)` is \(value.typeName), not a string") }
        return text
    }

    /// A list that may be absent or null.
    private static func list(_ key: String, in body: JSONObject) throws(PluginFault) -> [JSON] {
        guard let value = body[key], !value.isNull else { return [] }
        guard let items = value.array else { throw PluginFault("`\(key)` is \(value.typeName), not a list") }
        return items
    }
}

/// What the gateway asks of a plugin.
enum PluginRequest: Sendable {
    case send(OutgoingMessage)
    case probe

    var isProbe: Bool {
        if case .probe = self { true } else { false }
    }
}

/// What a plugin says.
enum PluginAnswer: Sendable, Hashable {
    case hello(PluginHello)
    case outcome(call: Int, PluginOutcome)
}

/// How a plugin ended one call.
enum PluginOutcome: Sendable, Hashable {
    case accepted(id: String?, refused: [PluginRefusal])
    case ok
    case failed(PluginFailure)

    /// Whether this may answer a probe, or else a message.
    func answers(probe: Bool) -> Bool {
        switch self {
        case .accepted: !probe
        case .ok: probe
        case .failed: true
        }
    }
}

/// What a plugin says about itself.
struct PluginHello: Sendable, Hashable {
    /// Each call has the text, so no plugin lacks this.
    static let always: Capabilities = [.textOnly]

    let capabilities: Capabilities
    /// The most calls in flight; nil for no limit of its own.
    let concurrency: Int?
    let unknownCapabilities: [String]
}

/// One recipient that the plugin's service did not accept.
struct PluginRefusal: Sendable, Hashable {
    let address: String
    let detail: String?
}

/// The member `failed` of an answer.
struct PluginFailure: Sendable, Hashable {
    let kind: DeliveryError.Kind
    let scope: DeliveryError.Scope
    let code: String?
    let detail: String?
    let remedy: String?
}

/// Why a text is no answer; it does not quote the text, which may hold the content of mail.
struct PluginFault: Error, Sendable, Hashable {
    let detail: String

    init(_ detail: String) {
        self.detail = detail
    }
}

extension [UInt8] {
    /// JSON text in which the line ends of Unicode (U+0085, U+2028, U+2029) are escaped: some languages end a line there.
    fileprivate var onOneLine: [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        for position in indices where self[position] == 0xC2 || self[position] == 0xE2 {
            let name: StaticString
            switch self[position...].prefix(3) {
            case [0xE2, 0x80, 0xA8]: name = "\\u2028"
            case [0xE2, 0x80, 0xA9]: name = "\\u2029"
            case let bytes where bytes.starts(with: [0xC2, 0x85]): name = "\\u0085"
            default: continue
            }
            result.append(contentsOf: self[copied..<position])
            result.append(contentsOf: "\(name)".utf8)
            copied = position + (self[position] == 0xE2 ? 3 : 2)
        }
        return copied == 0 ? self : result + self[copied...]
    }
}

/// The member `message` of a call.
private enum PluginMessage {
    /// Writes into one buffer, base64 included: a message may have many megabytes.
    static func append(_ whole: OutgoingMessage, to bytes: inout [UInt8]) {
        let message = whole.addressedToEnvelope
        let raw = MIMEWriter.message(whole)
        let size = raw.count + message.attachments.reduce(0) { $0 + $1.content.count }
        bytes.reserveCapacity(
            bytes.count + size / 3 * 4 + message.text.utf8.count + (message.html?.utf8.count ?? 0) + 4096
        )
        var fields = JSON.object(fields(message)).encoded().onOneLine
        fields.removeLast()
        bytes.append(contentsOf: fields)
        bytes.append(contentsOf: #","attachments":["#.utf8)
        for (number, attachment) in message.attachments.enumerated() {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            append(attachment, to: &bytes)
        }
        bytes.append(contentsOf: #"],"raw":""#.utf8)
        Base64.append(raw[...], to: &bytes)
        bytes.append(contentsOf: #""}"#.utf8)
    }

    private static func fields(_ message: OutgoingMessage) -> JSONObject {
        let headers = message.headers.map { field -> JSON in
            ["name": .string(field.name), "value": .string(field.value)]
        }
        let metadata = message.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return JSONObject([
            ("id", .string(message.id)), ("message_id", .string(message.messageID)),
            ("attempt", .integer(message.attempt)), ("from", mailbox(message.from)),
            ("to", mailboxes(.to, of: message)), ("cc", mailboxes(.cc, of: message)),
            ("bcc", mailboxes(.bcc, of: message)), ("reply_to", .array(message.replyTo.map(mailbox))),
            ("subject", .string(message.subject)), ("html", message.html.map(JSON.string) ?? .null),
            ("text", .string(message.text)), ("headers", .array(headers)),
            ("category", message.category.map(JSON.string) ?? .null),
            ("tags", .array(message.tags.map(JSON.string))), ("metadata", .object(JSONObject(metadata))),
            ("brand", message.brand.map(JSON.string) ?? .null),
        ])
    }

    private static func append(_ attachment: Attachment, to bytes: inout [UInt8]) {
        let fields: JSON = [
            "filename": .string(attachment.fileName), "content_type": .string(attachment.contentType),
            "content_id": attachment.contentID.map(JSON.string) ?? .null,
            "disposition": .string(attachment.disposition.rawValue),
        ]
        var start = fields.encoded().onOneLine
        start.removeLast()
        bytes.append(contentsOf: start)
        bytes.append(contentsOf: #","content":""#.utf8)
        Base64.append(attachment.content[...], to: &bytes)
        bytes.append(contentsOf: #""}"#.utf8)
    }

    private static func mailboxes(_ kind: Recipient.Kind, of message: OutgoingMessage) -> JSON {
        .array(message.recipients.filter { $0.kind == kind }.map { mailbox($0.mailbox) })
    }

    private static func mailbox(_ mailbox: Mailbox) -> JSON {
        ["email": .string(mailbox.address.description), "name": mailbox.name.map(JSON.string) ?? .null]
    }
}
