// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for Mailgun's API: `POST /v3/DOMAIN/messages.mime`, `GET /v3/DOMAIN/events` and `GET /v3/domains/DOMAIN`.
///
/// It refuses unknown keys, domains and fields, forms that are not multipart, bad addresses, mail over the limits, and mail of a
/// domain that may not send. Like Mailgun, it greets at any other path.
public struct StandInMailgun: StandInMailService {
    public var key = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0"
    /// True when the key may only send.
    public var isSendingKey = false
    public var domain = "example.org"
    /// `active`, `unverified` or `disabled`.
    public var state = "active"
    public var isSandbox = false
    /// False while the events of a message are not listed yet.
    public var isIndexed = true
    /// The messages; the body of each has all fields of the form but the message, a list of texts each.
    public private(set) var taken: [ServiceMail] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        let segments = request.path.split(separator: "/").map(String.init)
        guard segments.first == "v3", segments.count == 3 else {
            return HTTPResponse(status: 200, body: Array("Mailgun Magnificent API".utf8))
        }
        let login = "Basic \(Base64.encode(Array("api:\(key)".utf8)))"
        guard request.header("Authorization") == login else { return .mailgunForbidden }
        switch (request.method, segments[1], segments[2]) {
        case (.get, "domains", domain): return isSendingKey ? .mailgunForbidden : state(of: domain)
        case (.post, domain, "messages.mime"): return send(request)
        case (.get, domain, "events"):
            return isSendingKey ? .mailgunForbidden : events(request.query["message-id"] ?? "")
        default: return .mailgun(404, "Domain not found: \(segments[1])")
        }
    }

    private func state(of domain: String) -> HTTPResponse {
        var entry: JSONObject = JSONObject([
            ("name", .string(domain)), ("state", .string(state)), ("type", isSandbox ? "sandbox" : "custom"),
            ("is_disabled", .bool(state == "disabled")),
        ])
        if state == "disabled" { entry["disabled"] = ["code": "1", "reason": "Too many bounces"] }
        return .json(200, ["domain": .object(entry), "sending_dns_records": []])
    }

    private func events(_ id: String) -> HTTPResponse {
        let found = taken.filter { isIndexed && $0.message.messageID == id }
        let items = found.flatMap { mail in
            mail.message.envelope.map { address -> JSON in
                [
                    "event": "accepted", "recipient": .string(address.description),
                    "message": ["headers": ["message-id": .string(id)]],
                ]
            }
        }
        return .json(200, ["items": .array(items), "paging": [:]])
    }
}

/// Sending.
extension StandInMailgun {
    private static let options: Set<String> = [
        "o:tag", "o:tracking", "o:tracking-clicks", "o:tracking-opens", "o:testmode",
    ]

    private mutating func send(_ request: HTTPRequest) -> HTTPResponse {
        guard let form = FormParts(request) else { return .mailgun(400, "could not parse the form") }
        if let refusal = Self.refusal(of: form) { return .mailgun(400, refusal) }
        guard let content = form.parts.first(where: { $0.name == "message" })?.content else {
            return .mailgun(400, "message parameter is missing")
        }
        guard content.count <= 25_000_000 else { return .mailgun(413, "Message is too large") }
        guard state == "active", !isSandbox else {
            return .mailgun(400, "Domain \(domain) is not allowed to send: it is \(isSandbox ? "a sandbox" : state)")
        }
        let lines = String(decoding: content.prefix(10_000), as: UTF8.self).split(separator: "\r\n")
        let mark = "Message-ID: <"
        guard let id = lines.first(where: { $0.hasPrefix(mark) })?.dropFirst(mark.count).dropLast() else {
            return .mailgun(400, "the stand-in takes no message without Message-ID")
        }
        // The check above found no bad one.
        let envelope = form.texts("to").compactMap { try? EmailAddress(parsing: $0) }
        var fields = JSONObject()
        for part in form.parts where part.fileName == nil {
            fields[part.name] = .array((fields[part.name]?.array ?? []) + [.string(part.text)])
        }
        let message = OutgoingMessage(
            id: form.texts("v:posthaste_id").first ?? "",
            messageID: String(id),
            date: Timestamp(milliseconds: 0),
            from: Mailbox(EmailAddress(checkedLocal: "postmaster", checkedDomain: domain)),
            recipients: envelope.map { Recipient(Mailbox($0)) },
            subject: "",
            text: ""
        )
        taken.append(
            ServiceMail(id: "<\(id)>", body: .object(fields), fields: request.headers, message: message, raw: content)
        )
        return .json(200, ["id": .string("<\(id)>"), "message": "Queued. Thank you."])
    }

    private static func refusal(of form: FormParts) -> String? {
        var size = 0
        for part in form.parts {
            let isOption = options.contains(part.name)
            guard part.name == "to" || part.name == "message" || part.name.hasPrefix("v:") || isOption else {
                return "unknown parameter \(part.name)"
            }
            guard (part.name == "message") == (part.fileName != nil) else { return "\(part.name) is a file or is none" }
            if isOption || part.name.hasPrefix("v:") { size += part.name.utf8.count + part.content.count }
        }
        let recipients = form.texts("to")
        guard !recipients.isEmpty else { return "to parameter is missing" }
        guard recipients.count <= 1000 else { return "Too many recipients, max is 1000" }
        guard recipients.allSatisfy({ (try? EmailAddress(parsing: $0)) != nil }) else {
            return "to parameter is not a valid address. please check documentation"
        }
        let tags = form.texts("o:tag")
        guard size <= 16_000, tags.count <= 10,
            tags.allSatisfy({ $0.utf8.count <= 128 && $0.utf8.allSatisfy { $0 < 0x80 } })
        else {
            return "the options are over their limits"
        }
        return nil
    }
}

extension HTTPResponse {
    static let mailgunForbidden = HTTPResponse(
        status: 401,
        headers: [HTTPHeader("Content-Type", "text/plain; charset=utf-8")],
        body: Array("Forbidden".utf8)
    )

    /// An error of Mailgun.
    public static func mailgun(_ status: Int, _ text: String) -> HTTPResponse {
        .json(status, ["message": .string(text)])
    }
}
