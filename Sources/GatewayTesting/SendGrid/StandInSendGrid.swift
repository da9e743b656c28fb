// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import JSON
internal import Mail

/// A stand-in for SendGrid's API version 3: sending, and the calls about rights, credits and senders.
///
/// It refuses what SendGrid refuses: unknown and mistyped members, empty texts, HTML before the plain text, an address that occurs
/// twice, reserved header fields, too many or too long categories, too large custom arguments, and unverified senders.
public struct StandInSendGrid: StandInMailService {
    public var key = "SG.test"
    /// The rights of the key.
    public var scopes: Set<String> = [
        "mail.send", "user.credits.read", "whitelabel.read", "sender_verification_eligible",
    ]
    /// The authenticated domains; false while DNS records are missing.
    public var domains = ["example.org": true]
    /// The single addresses that are verified.
    public var verified: Set<String> = []
    public var credits = (remain: 100, total: 100, overage: 0)
    public private(set) var taken: [ServiceMail] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard request.header("Authorization") == "Bearer \(key)" else {
            return .sendGrid(401, "The provided authorization grant is invalid, expired, or revoked")
        }
        switch (request.method, request.path) {
        case (.post, "/v3/mail/send"): return send(request)
        case (.get, "/v3/scopes"): return .json(200, ["scopes": .array(scopes.sorted().map { .string($0) })])
        case (.get, "/v3/user/credits"):
            let body: JSON = [
                "remain": .integer(credits.remain), "total": .integer(credits.total),
                "overage": .integer(credits.overage),
                "used": .integer(credits.total - credits.remain), "last_reset": "2026-11-01",
                "next_reset": "2026-12-01",
                "reset_frequency": "monthly",
            ]
            return allowed("user.credits.read") ?? .json(200, body)
        case (.get, "/v3/whitelabel/domains"):
            let items = domains.sorted { $0.key < $1.key }.map { name, isValid -> JSON in
                ["domain": .string(name), "valid": .bool(isValid)]
            }
            return allowed("whitelabel.read") ?? .json(200, .array(items))
        case (.get, "/v3/verified_senders"):
            let items = verified.sorted().map { address -> JSON in ["from_email": .string(address), "verified": true] }
            return allowed("sender_verification_eligible") ?? .json(200, ["results": .array(items)])
        default: return .sendGrid(404, "not found")
        }
    }

    private func allowed(_ scope: String) -> HTTPResponse? {
        scopes.contains(scope) ? nil : .sendGrid(403, "access forbidden")
    }

    private mutating func send(_ request: HTTPRequest) -> HTTPResponse {
        if let refusal = allowed("mail.send") { return refusal }
        guard request.body.count <= 31_457_280 else { return .sendGrid(413, "content too large") }
        guard request.mediaType == "application/json", let body = JSON(body: request.body) else {
            return .sendGrid(400, "Bad Request")
        }
        if let refusal = refusal(of: body) { return refusal }
        let messages = (body["personalizations"]?.array ?? []).map { Self.message(body, $0) }
        guard let first = messages.first, let sender = first?.from.address else {
            return .sendGrid(400, "Does not contain a valid address.", "from.email")
        }
        guard domains[sender.domain] == true || verified.contains(sender.description) else {
            let text =
                "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved."
            return .sendGrid(403, text, "from")
        }
        let id = "filterdrecv-\(taken.count)"
        for message in messages {
            guard let message else {
                return .sendGrid(400, "Does not contain a valid address.", "personalizations.0.to")
            }
            taken.append(ServiceMail(id: id, body: body, fields: request.headers, message: message))
        }
        return HTTPResponse(status: 202, headers: [HTTPHeader("X-Message-Id", id)])
    }
}

/// What SendGrid checks and understands of a message.
extension StandInSendGrid {
    private static let address = JSONShape.object(["email": .someText, "name": .anyText], required: ["email"])
    private static let addresses = JSONShape.list(1...1000, of: address)
    private static let file = JSONShape.object(
        [
            "content": .someText, "type": .someText, "filename": .anyText, "disposition": .someText,
            "content_id": .someText,
        ],
        required: ["content", "filename"]
    )
    private static let shape = JSONShape.object(
        [
            "personalizations": .list(
                1...1000,
                of: .object(["to": addresses, "cc": addresses, "bcc": addresses], required: ["to"])
            ),
            "from": address, "reply_to": address, "reply_to_list": addresses, "subject": .someText,
            "content": .list(
                1...10,
                of: .object(["type": .someText, "value": .someText], required: ["type", "value"])
            ),
            "headers": .map(of: .anyText), "custom_args": .map(of: .anyText),
            "categories": .list(1...10, of: .text(1...1020)), "attachments": .list(1...100, of: file),
            "tracking_settings": .object(
                [
                    "click_tracking": .object(["enable": .bool, "enable_text": .bool], required: []),
                    "open_tracking": .object(["enable": .bool], required: []),
                ],
                required: []
            ),
        ],
        required: ["personalizations", "from", "subject", "content"]
    )
    private static let reserved: Set<String> = [
        "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
        "subject", "reply-to", "cc", "bcc",
    ]

    private func refusal(of body: JSON) -> HTTPResponse? {
        if let (path, problem) = Self.shape.fault(in: body) { return .sendGrid(400, "This \(problem).", path) }
        if body["reply_to"] != nil, body["reply_to_list"] != nil {
            return .sendGrid(400, "Use either reply_to or reply_to_list.", "reply_to")
        }
        let types = (body["content"]?.array ?? []).compactMap { $0["type"]?.string }
        guard types == types.sorted(by: >), types.allSatisfy({ ["text/plain", "text/html"].contains($0) }) else {
            return .sendGrid(400, "If present, text/plain must be first, followed by text/html.", "content")
        }
        if (body["headers"]?.object ?? JSONObject()).contains(where: { Self.reserved.contains($0.key.lowercased()) }) {
            return .sendGrid(400, "You cannot use a reserved header.", "headers")
        }
        guard (body["custom_args"] ?? .null).encoded().count <= 10_000 else {
            return .sendGrid(400, "The custom_args exceed 10000 bytes.", "custom_args")
        }
        let categories = (body["categories"]?.array ?? []).compactMap(\.string)
        guard Set(categories).count == categories.count, categories.allSatisfy({ $0.count <= 255 }) else {
            return .sendGrid(400, "Categories must be unique and at most 255 characters.", "categories")
        }
        for one in body["personalizations"]?.array ?? [] {
            let all = ["to", "cc", "bcc"].flatMap { one[$0]?.array ?? [] }.compactMap {
                $0["email"]?.string?.lowercased()
            }
            guard Set(all).count == all.count else {
                let text = "Each email address in the personalization block should be unique between to, cc, and bcc."
                return .sendGrid(400, text, "personalizations.0")
            }
        }
        for file in body["attachments"]?.array ?? [] where Base64.decode(file["content"]?.string ?? "") == nil {
            return .sendGrid(400, "The attachment content must be base64 encoded.", "attachments.0.content")
        }
        return nil
    }

    private static func message(_ body: JSON, _ one: JSON) -> OutgoingMessage? {
        var recipients: [Recipient] = []
        for kind in Recipient.Kind.allCases {
            guard let mailboxes = mailboxes(one[kind.rawValue]) else { return nil }
            recipients += mailboxes.map { Recipient($0, kind: kind) }
        }
        let replyTo = body["reply_to_list"] ?? body["reply_to"].map { .array([$0]) }
        guard recipients.allSatisfy(\.mailbox.address.isASCII), let replyTo = mailboxes(replyTo) else { return nil }
        let content = body["content"]?.array ?? []
        return OutgoingMessage(
            service: body["headers"]?.object?.map { ($0.key, $0.value.string ?? "") } ?? [],
            from: mailboxes(body["from"].map { .array([$0]) })?.first,
            recipients: recipients,
            replyTo: replyTo,
            subject: body["subject"]?.string ?? "",
            text: content.first?["value"]?.string ?? "",
            html: content.count > 1 ? content[1]["value"]?.string : nil
        )
    }

    private static func mailboxes(_ list: JSON?) -> [Mailbox]? {
        ServiceMail.mailboxes(list, address: "email", name: "name")
    }
}

extension HTTPResponse {
    /// An error of SendGrid.
    public static func sendGrid(
        _ status: Int,
        _ message: String,
        _ field: String? = nil,
        headers: [HTTPHeader] = []
    ) -> HTTPResponse {
        let error: JSON = ["message": .string(message), "field": field.map { .string($0) } ?? .null, "help": .null]
        return .json(status, ["errors": [error]], headers: headers)
    }
}
