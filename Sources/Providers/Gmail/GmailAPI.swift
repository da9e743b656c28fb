// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Gmail's API as pure functions (discovery document gmail v1, revision 20261005).
struct GmailAPI: MailAPI {
    /// Messages up to this size in octets are sent as JSON; larger ones as an upload, which needs a quarter fewer bytes.
    static let jsonLimit = 1 << 20

    /// The assumed minimum bandwidth in octets per second, for the time limit of a large message.
    private static let slowestLine = 256 << 10

    private let base: HTTPURL
    private let upload: HTTPURL
    private let timeout: Duration
    let remedies: GmailRemedies
    private let clock: Clock

    init(_ address: HTTPURL, timeout: Duration, remedies: GmailRemedies, clock: @escaping Clock) {
        base = address.appending("gmail", "v1", "users", "me")
        upload = address.appending("upload", "gmail", "v1", "users", "me")
        self.timeout = timeout
        self.remedies = remedies
        self.clock = clock
    }

    var capabilities: Capabilities { .mime }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let content = MIMEWriter.message(message.addressedToEnvelope, bcc: .included)
        let isLarge = content.count > Self.jsonLimit
        return try post(
            (isLarge ? upload : base).appending("messages", "send"),
            isLarge ? .message(content) : .json(GmailContent.json(raw: content)),
            token
        )
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        try receipt(from: response)
    }

    func receipt(from response: HTTPResponse) throws(DeliveryError) -> Receipt {
        if let id = GmailAnswer(response)?.id, !id.isEmpty { return Receipt(id: id) }
        throw DeliveryError(
            .uncertain,
            code: "gmail.no_id",
            detail: "Gmail answered \(response.status) without the id of a message",
            remedy: remedies.lookInSent
        )
    }

    func failure(from response: HTTPResponse) -> DeliveryError {
        GmailVerdict(response, remedies: remedies, now: clock()).error
    }
}

/// The other requests.
extension GmailAPI {
    /// Creates a draft, which sends nothing.
    func draftRequest(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let content = MIMEWriter.message(message.addressedToEnvelope, bcc: .included)
        let isLarge = content.count > Self.jsonLimit
        return try post(
            (isLarge ? upload : base).appending("drafts"),
            isLarge ? .message(content) : .json(GmailContent.json(draft: content)),
            token
        )
    }

    func sendRequest(draft id: String, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try post(base.appending("drafts", "send"), .json(GmailContent.json(id: id)), token)
    }

    /// Checks whether a draft still exists.
    func lookUpRequest(draft id: String, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try get(base.appending("drafts", id).query([(name: "format", value: "minimal")]), token)
    }

    func deleteRequest(draft id: String, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        var request = try get(base.appending("drafts", id), token)
        request.method = .delete
        return request
    }

    /// A send request without a message: Gmail refuses it as invalid only when everything else is right.
    func emptySendRequest(token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try post(base.appending("messages", "send"), .json(Array("{}".utf8)), token)
    }

    func profileRequest(token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try get(base.appending("profile"), token)
    }

    func aliasesRequest(token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try get(base.appending("settings", "sendAs"), token)
    }

    private enum Body {
        case json([UInt8])
        case message([UInt8])
    }

    private func post(_ url: HTTPURL, _ body: Body, _ token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        var request = try get(url, token)
        request.method = .post
        switch body {
        case .json(let bytes):
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
            request.body = bytes
        case .message(let bytes):
            request.url = url.query([(name: "uploadType", value: "media")])
            request.headers.append(HTTPHeader("Content-Type", "message/rfc822"))
            request.body = bytes
            request.timeout += .seconds(bytes.count / Self.slowestLine)
        }
        return request
    }

    private func get(_ url: HTTPURL, _ token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        guard let token else { throw remedies.noToken }
        return HTTPRequest(.get, url, headers: [.bearer(token.value)], timeout: timeout)
    }
}

/// Converts messages to the form that Gmail accepts.
enum GmailContent {
    /// `{"raw": "…"}`.
    static func json(raw content: [UInt8]) -> [UInt8] {
        json(content, before: #"{"raw":""#, after: #""}"#)
    }

    /// `{"message": {"raw": "…"}}`.
    static func json(draft content: [UInt8]) -> [UInt8] {
        json(content, before: #"{"message":{"raw":""#, after: #""}}"#)
    }

    /// `{"id": "…"}`.
    static func json(id: String) -> [UInt8] { JSON.object(JSONObject([("id", .string(id))])).encoded() }

    private static func json(_ content: [UInt8], before: String, after: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(before.utf8.count + (content.count + 2) / 3 * 4 + after.utf8.count)
        bytes += before.utf8
        Base64URL.append(content, to: &bytes)
        bytes += after.utf8
        return bytes
    }
}
