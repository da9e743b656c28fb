// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for Resend's API: `POST /emails` with idempotency keys, and `GET /domains`.
///
/// It refuses what Resend refuses: a call without key or `User-Agent`, unknown and mistyped members, domains that are not
/// verified, too many recipients, bad tags, and a key that is used for another body. Like Resend, it takes a message whose
/// attachment has another extension than its type, and drops it.
public struct StandInResend: StandInMailService {
    /// A sending domain of the team.
    public struct Domain: Sendable {
        public var name: String
        public var status: String
        public var isTracked: Bool
        public var maySend: Bool

        public init(_ name: String, status: String = "verified", isTracked: Bool = false, maySend: Bool = true) {
            self.name = name
            self.status = status
            self.isTracked = isTracked
            self.maySend = maySend
        }
    }

    public var key = "re_test"
    /// False for a key that may do all.
    public var isSendingKey = false
    public var domains = [Domain("example.org")]
    public private(set) var taken: [ServiceMail] = []
    /// How many messages were dropped after they had been taken.
    public private(set) var dropped = 0

    private var answers: [String: (body: [UInt8], id: String)] = [:]

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard let agent = request.header("User-Agent"), !agent.isEmpty else {
            return .resend(403, "forbidden", "The request has no User-Agent header.")
        }
        guard let authorization = request.header("Authorization") else {
            return .resend(401, "missing_api_key", "Missing API key in the authorization header")
        }
        guard authorization == "Bearer \(key)" else { return .resend(403, "invalid_api_key", "API key is invalid") }
        switch (request.method, request.path) {
        case (.post, "/emails"): return send(request)
        case (.get, "/domains"): return list(request.query["limit"].flatMap { Int($0) } ?? 20)
        case (_, "/emails"), (_, "/domains"): return .resend(405, "method_not_allowed", "Method is not allowed")
        default: return .resend(404, "not_found", "The requested endpoint does not exist")
        }
    }

    private func list(_ limit: Int) -> HTTPResponse {
        if isSendingKey {
            return .resend(401, "restricted_api_key", "This API key is restricted to only send emails")
        }
        let items = domains.prefix(limit).map { domain -> JSON in
            [
                "id": "d91cd9bd", "name": .string(domain.name), "status": .string(domain.status),
                "open_tracking": false, "click_tracking": .bool(domain.isTracked),
                "capabilities": ["sending": domain.maySend ? "enabled" : "disabled"],
            ]
        }
        return .json(200, ["object": "list", "has_more": .bool(items.count < domains.count), "data": .array(items)])
    }

    private mutating func send(_ request: HTTPRequest) -> HTTPResponse {
        guard request.mediaType == "application/json", let body = JSON(body: request.body) else {
            return .resend(400, "validation_error", "The body is not valid JSON")
        }
        let key = request.header("Idempotency-Key")
        if let key {
            guard (1...256).contains(key.utf8.count) else {
                return .resend(400, "invalid_idempotency_key", "The key must be between 1-256 chars")
            }
            if let earlier = answers[key] {
                guard earlier.body == request.body else {
                    let text = "This idempotency key was used with a different payload"
                    return .resend(409, "invalid_idempotent_request", text)
                }
                return .json(200, ["id": .string(earlier.id)])
            }
        }
        if let refusal = refusal(of: body) { return refusal }
        guard let message = Self.message(body) else {
            return .resend(422, "validation_error", "Invalid `to` field or header.")
        }
        guard domains.contains(where: { $0.name == message.from.address.domain && $0.status == "verified" }) else {
            let text = "The \(message.from.address.domain) domain is not verified."
            return .resend(403, "validation_error", text)
        }
        let id = "49a3999c-0ce1-4ea6-ab68-\(taken.count + dropped)"
        if Self.hasOddFile(body) {
            dropped += 1
        } else {
            taken.append(ServiceMail(id: id, body: body, fields: request.headers, message: message))
        }
        if let key { answers[key] = (request.body, id) }
        return .json(200, ["id": .string(id)])
    }
}

/// What Resend checks and understands of a message.
extension StandInResend {
    private static let tag = JSONShape.object(
        ["name": .text(1...256), "value": .text(1...256)],
        required: ["name", "value"]
    )
    private static let file = JSONShape.object(
        ["content": .someText, "filename": .someText, "content_type": .someText, "content_id": .someText],
        required: ["content", "filename"]
    )
    private static let shape = JSONShape.object(
        [
            "from": .someText, "to": .list(1...50, of: .someText), "cc": .list(0...50, of: .someText),
            "bcc": .list(0...50, of: .someText), "reply_to": .list(0...50, of: .someText), "subject": .anyText,
            "html": .anyText, "text": .anyText, "headers": .map(of: .anyText), "tags": .list(0...50, of: tag),
            "attachments": .list(0...100, of: file),
        ],
        required: ["from", "to", "subject"]
    )

    private func refusal(of body: JSON) -> HTTPResponse? {
        if let (path, problem) = Self.shape.fault(in: body) {
            let name = problem == "is missing" ? "missing_required_field" : "validation_error"
            return .resend(422, name, "The `\(path)` field \(problem).")
        }
        let tags = body["tags"]?.array ?? []
        let names = tags.compactMap { $0["name"]?.string }
        let isGood = { (text: String) in text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "_-".utf8.contains($0) } }
        guard Set(names).count == names.count, (names + tags.compactMap { $0["value"]?.string }).allSatisfy(isGood)
        else {
            return .resend(
                422,
                "validation_error",
                "Tags should only contain ASCII letters, numbers, underscores, or dashes."
            )
        }
        for file in body["attachments"]?.array ?? [] where Base64.decode(file["content"]?.string ?? "") == nil {
            return .resend(422, "invalid_attachment", "Attachment must have either a `content` or `path`.")
        }
        return nil
    }

    private static func message(_ body: JSON) -> OutgoingMessage? {
        var recipients: [Recipient] = []
        for kind in Recipient.Kind.allCases {
            guard let mailboxes = mailboxes(body[kind.rawValue]) else { return nil }
            recipients += mailboxes.map { Recipient($0, kind: kind) }
        }
        guard recipients.allSatisfy(\.mailbox.address.isASCII), let replyTo = mailboxes(body["reply_to"]) else {
            return nil
        }
        return OutgoingMessage(
            service: body["headers"]?.object?.map { ($0.key, $0.value.string ?? "") } ?? [],
            from: mailboxes(body["from"].map { .array([$0]) })?.first,
            recipients: recipients,
            replyTo: replyTo,
            subject: body["subject"]?.string ?? "",
            text: body["text"]?.string ?? "",
            html: body["html"]?.string
        )
    }

    private static func mailboxes(_ list: JSON?) -> [Mailbox]? {
        var mailboxes: [Mailbox] = []
        for item in list?.array ?? [] {
            // Resend refuses the call; the reason does not matter.
            guard let mailbox = try? Mailbox(parsing: item.string ?? "") else { return nil }
            mailboxes.append(mailbox)
        }
        return mailboxes
    }

    private static let types = ["pdf": "application/pdf", "txt": "text/plain", "csv": "text/csv", "png": "image/png"]

    /// Whether a file's known extension is that of another type.
    private static func hasOddFile(_ body: JSON) -> Bool {
        (body["attachments"]?.array ?? []).contains { file in
            let suffix = (file["filename"]?.string ?? "").split(separator: ".").last.map(String.init) ?? ""
            guard let expected = types[suffix], let type = file["content_type"]?.string else { return false }
            return type.prefix { $0 != ";" } != expected
        }
    }
}

extension HTTPResponse {
    /// An error of Resend.
    public static func resend(_ status: Int, _ name: String, _ message: String, headers: [HTTPHeader] = [])
        -> HTTPResponse
    {
        .json(
            status,
            ["statusCode": .integer(status), "name": .string(name), "message": .string(message)],
            headers: headers
        )
    }
}
