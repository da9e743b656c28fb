// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Foundation
internal import JSON

/// Drafts and sending.
extension StandInGoogle {
    mutating func take(
        _ request: HTTPRequest,
        _ endpoint: GoogleEndpoint,
        for account: GoogleAccount,
        at now: Timestamp
    ) -> HTTPResponse {
        if endpoint == .sendDraft, !request.path.hasPrefix("/upload/") { return sendDraft(request, account, at: now) }
        let content: [UInt8]
        switch Self.content(of: request, isDraft: endpoint == .createDraft) {
        case .refused(let response): return response
        case .message(let bytes): content = bytes
        }
        guard content.count <= sizeLimit else {
            return .gmail(413, "uploadTooLarge", "Request Entity Too Large")
        }
        if endpoint == .createDraft {
            let id = "r-\(nextNumber())"
            drafts[id] = GoogleDraft(account: account.address, content: content)
            let message: JSON = ["id": .string("19aa\(id)"), "threadId": .string("19aa\(id)"), "labelIds": ["DRAFT"]]
            return .json(200, ["id": .string(id), "message": message])
        }
        return send(content, account, at: now)
    }

    private mutating func sendDraft(
        _ request: HTTPRequest,
        _ account: GoogleAccount,
        at now: Timestamp
    ) -> HTTPResponse {
        guard request.mediaType == "application/json", let body = Self.object(request.body) else {
            return .gmail(
                400,
                "parseError",
                "Invalid JSON payload received. Unexpected token.",
                word: "INVALID_ARGUMENT"
            )
        }
        guard let id = body["id"] as? String else { return .invalid("Invalid draft") }
        guard let draft = drafts[id], draft.account == account.address else { return .notFound }
        let response = send(draft.content, account, at: now)
        if response.status == 200 { drafts[id] = nil }
        return response
    }

    private mutating func send(_ content: [UInt8], _ account: GoogleAccount, at now: Timestamp) -> HTTPResponse {
        let message: GoogleMessage
        do throws(TestingError) {
            message = try GoogleMessage(content, takesBareLineFeeds: policy.takesBareLineFeeds)
        } catch {
            return .invalid(error.description)
        }
        if let refusal = limit(account, at: now) { return refusal }
        let id = "19ab" + String(nextNumber(), radix: 16)
        sent.append(GoogleMail(id: id, message: message, account: account, at: now))
        return .json(200, ["id": .string(id), "threadId": .string(id), "labelIds": ["SENT"]])
    }

    private func limit(_ account: GoogleAccount, at now: Timestamp) -> HTTPResponse? {
        let own = sent.filter { $0.account == account.address }
        let day = own.filter { now - $0.at < .seconds(86_400) }
        if let most = policy.sendsPerDay, day.count >= most, let first = day.first {
            let end = first.at + .seconds(86_400)
            return .gmail(
                429,
                "rateLimitExceeded",
                "User-rate limit exceeded.  Retry after \(end) (Mail sending)",
                word: "RESOURCE_EXHAUSTED",
                domain: "usageLimits"
            )
        }
        if let most = policy.projectSendsPerDay, sent.count >= most {
            return .gmail(403, "dailyLimitExceeded", "Daily Limit Exceeded", domain: "usageLimits")
        }
        if let most = policy.sendsPerMinute, own.count(where: { now - $0.at < .seconds(60) }) >= most {
            let text =
                "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
                + "'gmail.googleapis.com' for consumer 'project_number:\(policy.projectNumber)'."
            return .gmail(
                policy.rateStatus,
                "rateLimitExceeded",
                text,
                word: policy.rateStatus == 429 ? "RESOURCE_EXHAUSTED" : "PERMISSION_DENIED",
                domain: "usageLimits",
                detail: "RATE_LIMIT_EXCEEDED"
            )
        }
        return nil
    }

    private enum Content {
        case refused(HTTPResponse)
        case message([UInt8])
    }

    /// The message in a request: the body of an upload, or `raw` in JSON.
    private static func content(of request: HTTPRequest, isDraft: Bool) -> Content {
        if request.path.hasPrefix("/upload/") {
            guard request.query["uploadType"] == "media" else {
                return .refused(.invalid("The stand-in takes uploads of the type media only"))
            }
            guard request.mediaType == "message/rfc822" else {
                let text = "Media type '\(request.mediaType)' is not supported. Valid media types: [message/*]"
                return .refused(.gmail(400, "badContent", text))
            }
            return .message(request.body)
        }
        guard request.mediaType == "application/json", let body = object(request.body) else {
            return .refused(
                .gmail(400, "parseError", "Invalid JSON payload received. Unexpected token.", word: "INVALID_ARGUMENT")
            )
        }
        let message = isDraft ? body["message"] as? [String: Any] ?? [:] : body
        let known: Set<String> = ["raw", "threadId", "labelIds", "id"]
        if let unknown = message.keys.first(where: { !known.contains($0) }) {
            return .refused(.invalid("Invalid JSON payload received. Unknown name \"\(unknown)\": Cannot find field."))
        }
        guard let raw = message["raw"] as? String, !raw.isEmpty else {
            let text = "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
            return .refused(.invalid(text))
        }
        guard let bytes = StandInBase64.decode(raw.utf8) else {
            let text = "Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed for \"\(raw.prefix(40))\""
            return .refused(.invalid(text))
        }
        return .message(bytes)
    }

    private static func object(_ body: [UInt8]) -> [String: Any]? {
        // A body that is not JSON is no object either.
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any]
    }

    mutating func draft(_ request: HTTPRequest, _ endpoint: GoogleEndpoint, of account: GoogleAccount) -> HTTPResponse {
        let id = request.path.split(separator: "/").last.map(String.init) ?? ""
        guard drafts[id]?.account == account.address else { return .notFound }
        if endpoint == .deleteDraft {
            drafts[id] = nil
            return HTTPResponse(status: 204)
        }
        return .json(200, ["id": .string(id), "message": ["id": .string("19aa\(id)")]])
    }

    func list(_ account: GoogleAccount) -> HTTPResponse {
        let own = drafts.filter { $0.value.account == account.address }.keys.sorted()
        let items = own.map { id -> JSON in ["id": .string(id), "message": ["id": .string("19aa\(id)")]] }
        return .json(200, ["drafts": .array(items), "resultSizeEstimate": .integer(own.count)])
    }

    /// The number of created and unsent drafts.
    public var draftCount: Int { drafts.count }
}

/// An unsent message.
struct GoogleDraft: Sendable {
    let account: String
    let content: [UInt8]
}
