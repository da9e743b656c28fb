// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for Brevo's API version 3: sending, and the calls about the account and its senders.
///
/// It refuses what Brevo refuses: unknown and mistyped members, a message without HTML, unknown extensions of attachments, senders
/// that are not verified, and header values that are not ASCII, which Brevo itself would send as they are.
public struct StandInBrevo: StandInMailService {
    public var key = "xkeysib-test"
    public var domains = ["example.org": true]
    /// The single addresses that are senders; false while one is not verified.
    public var senders: [String: Bool] = [:]
    public var credits = 300
    public var hasRelay = true
    public private(set) var taken: [ServiceMail] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard let given = request.header("api-key") else {
            return .brevo(401, "unauthorized", "authentication not found in headers")
        }
        guard given == key else { return .brevo(401, "unauthorized", "Key not found") }
        switch (request.method, request.path) {
        case (.post, "/v3/smtp/email"): return send(request)
        case (.get, "/v3/account"):
            let plan: JSON = ["type": "free", "creditsType": "sendLimit", "credits": .integer(credits)]
            return .json(200, ["email": "ops@example.org", "plan": [plan], "relay": ["enabled": .bool(hasRelay)]])
        case (.get, "/v3/senders/domains"):
            let items = domains.sorted { $0.key < $1.key }.map { name, isGood -> JSON in
                ["id": "1", "domain_name": .string(name), "authenticated": .bool(isGood), "verified": .bool(isGood)]
            }
            return .json(200, ["domains": .array(items), "count": .integer(items.count), "total_pages": 1])
        case (.get, "/v3/senders"):
            let items = senders.sorted { $0.key < $1.key }.map { address, isActive -> JSON in
                ["id": 1, "name": "x", "email": .string(address), "active": .bool(isActive)]
            }
            return .json(200, ["senders": .array(items)])
        case (_, "/v3/smtp/email"): return .brevo(405, "method_not_allowed", "Method not allowed")
        default: return .brevo(404, "document_not_found", "Not found")
        }
    }

    private mutating func send(_ request: HTTPRequest) -> HTTPResponse {
        guard credits > 0 else { return .brevo(402, "not_enough_credits", "You do not have enough credits") }
        guard request.mediaType == "application/json", let body = JSON(body: request.body) else {
            return .brevo(400, "bad_request", "Input must be a valid JSON object")
        }
        if let refusal = refusal(of: body) { return refusal }
        let versions = body["messageVersions"]?.array ?? [body]
        var messages: [OutgoingMessage] = []
        for version in versions {
            guard let message = Self.message(body, version) else {
                return .brevo(400, "invalid_parameter", "email is not valid in to")
            }
            messages.append(message)
        }
        guard let sender = messages.first?.from.address,
            domains[sender.domain] == true || senders[sender.description] == true
        else { return .brevo(400, "invalid_parameter", "valid sender email required") }
        credits -= messages.count
        let ids = messages.indices.map { "<2026\(taken.count + $0)@smtp-relay.mailin.fr>" }
        for (message, id) in zip(messages, ids) {
            taken.append(ServiceMail(id: id, body: body, fields: request.headers, message: message))
        }
        return .json(
            201,
            body["messageVersions"] == nil
                ? ["messageId": .string(ids.first ?? "")] : ["messageIds": .array(ids.map { .string($0) })]
        )
    }
}

/// What Brevo checks and understands of a message.
extension StandInBrevo {
    private static let address = JSONShape.object(["email": .someText, "name": .someText], required: ["email"])
    private static let addresses = JSONShape.list(1...99, of: address)
    private static let file = JSONShape.object(
        ["name": .someText, "content": .someText],
        required: ["name", "content"]
    )
    private static let version = JSONShape.object(
        ["to": addresses, "cc": addresses, "bcc": addresses],
        required: ["to"]
    )
    private static let shape = JSONShape.object(
        [
            "sender": address, "to": addresses, "cc": addresses, "bcc": addresses, "replyTo": address,
            "subject": .someText, "htmlContent": .someText, "textContent": .someText, "headers": .map(of: .anyText),
            "tags": .list(1...100, of: .someText), "attachment": .list(1...100, of: file),
            "messageVersions": .list(1...2000, of: version),
        ],
        required: ["sender", "subject", "htmlContent"]
    )
    private static let extensions: Set<String> = [
        "xlsx", "xls", "ods", "docx", "docm", "doc", "csv", "pdf", "txt", "gif", "jpg", "jpeg", "png", "tif", "tiff",
        "rtf",
        "bmp", "css", "shtml", "html", "htm", "zip", "xml", "ppt", "pptx", "tar", "ics", "msg", "odt", "mp3", "mp4",
        "pkpass",
    ]

    private func refusal(of body: JSON) -> HTTPResponse? {
        if let (path, problem) = Self.shape.fault(in: body) {
            let code = problem == "is missing" ? "missing_parameter" : "invalid_parameter"
            return .brevo(400, code, "\(path) \(problem)")
        }
        guard body["to"] != nil || body["messageVersions"] != nil else {
            return .brevo(400, "missing_parameter", "to is missing")
        }
        let values = body["headers"]?.object?.compactMap { $0.value.string } ?? []
        guard values.allSatisfy({ $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !$0.contains("=?") }) else {
            return .brevo(400, "invalid_parameter", "headers hold characters that would be sent as they are")
        }
        for file in body["attachment"]?.array ?? [] {
            let suffix = file["name"]?.string?.split(separator: ".").dropFirst().last?.lowercased() ?? ""
            guard Self.extensions.contains(suffix) else {
                return .brevo(400, "invalid_parameter", "Unsupported file format(s): \(suffix)")
            }
            guard Base64.decode(file["content"]?.string ?? "") != nil else {
                return .brevo(400, "invalid_parameter", "attachment content is not valid base64 encoded")
            }
        }
        return nil
    }

    private static func message(_ body: JSON, _ version: JSON) -> OutgoingMessage? {
        var recipients: [Recipient] = []
        for kind in Recipient.Kind.allCases {
            guard let mailboxes = mailboxes(version[kind.rawValue]) else { return nil }
            recipients += mailboxes.map { Recipient($0, kind: kind) }
        }
        guard recipients.allSatisfy(\.mailbox.address.isASCII),
            let replyTo = mailboxes(body["replyTo"].map { .array([$0]) })
        else { return nil }
        let fields = body["headers"]?.object?.map { (name: $0.key, value: $0.value.string ?? "") } ?? []
        return OutgoingMessage(
            service: fields.filter { $0.name != "X-Mailin-custom" },
            from: mailboxes(body["sender"].map { .array([$0]) })?.first,
            recipients: recipients,
            replyTo: replyTo,
            subject: body["subject"]?.string ?? "",
            text: body["textContent"]?.string ?? "",
            html: body["htmlContent"]?.string
        )
    }

    private static func mailboxes(_ list: JSON?) -> [Mailbox]? {
        ServiceMail.mailboxes(list, address: "email", name: "name")
    }
}

extension HTTPResponse {
    /// An error of Brevo.
    public static func brevo(_ status: Int, _ code: String, _ message: String, headers: [HTTPHeader] = [])
        -> HTTPResponse
    {
        .json(status, ["code": .string(code), "message": .string(message)], headers: headers)
    }
}
