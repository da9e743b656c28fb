// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Microsoft Graph's API for mail as pure functions (learn.microsoft.com/graph/api/user-sendmail, version 1.0).
struct GraphAPI: MailAPI {
    /// The size in octets of the largest MIME message that one request takes: 4 MB in base64.
    static let mimeLimit = 3_000_000
    /// From this size in octets on, an attachment needs an upload session; smaller ones fit into a request.
    static let sessionMinimum = 3_000_000
    /// The octets of one request of an upload session: less than 4 MB, and a multiple of 320 KiB.
    static let chunkSize = 12 * 320 << 10
    /// The size in octets of the largest message that Microsoft can be asked to allow.
    static let largestMessage = 150_000_000

    private let mailbox: HTTPURL
    private let http: HTTPSettings
    let remedies: GraphRemedies
    /// Whether mail that does not fit into one request is sent as a draft.
    let takesLargeMail: Bool
    private let clock: Clock

    init(
        _ http: HTTPSettings,
        account: String,
        remedies: GraphRemedies,
        takesLargeMail: Bool = true,
        clock: @escaping Clock
    ) {
        mailbox = http.apiURL.appending("v1.0", "users", account)
        self.http = http
        self.remedies = remedies
        self.takesLargeMail = takesLargeMail
        self.clock = clock
    }

    var capabilities: Capabilities { .mime }

    var maxMessageBytes: Int? { takesLargeMail ? Self.largestMessage : Self.mimeLimit }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try sendRequest(Self.content(of: message), of: message, token)
    }

    /// Submits a whole MIME message.
    func sendRequest(
        _ content: [UInt8],
        of message: OutgoingMessage,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        guard content.count <= Self.mimeLimit else { throw remedies.tooLarge }
        return try post(mailbox.appending("sendMail"), .mime(content), step: "\(message.id) send", token)
    }

    /// Recipients are read from the header, so it names those of this attempt only; `Bcc` is removed on the way.
    static func content(of message: OutgoingMessage) -> [UInt8] {
        MIMEWriter.message(message.addressedToEnvelope, bcc: .included)
    }

    /// An accepted message: 202, usually with no body and never with an id.
    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        try receipt(from: response, id: nil)
    }

    func receipt(from response: HTTPResponse, id: String?) throws(DeliveryError) -> Receipt {
        let isPage = (response.header("Content-Type") ?? "").lowercased().hasPrefix("text/html")
        guard response.status == 202, !isPage else {
            throw DeliveryError(
                .uncertain,
                code: "graph.not_accepted",
                detail:
                    "Microsoft Graph answered \(response.status)\(isPage ? " with a web page" : "") in place of 202",
                remedy: remedies.lookInSent
            )
        }
        return Receipt(id: id, detail: GraphVerdict.requestID(response).map { "request-id \($0)" })
    }

    func failure(from response: HTTPResponse) -> DeliveryError {
        GraphVerdict(response, remedies: remedies, now: clock()).error
    }
}

/// The calls that send nothing.
extension GraphAPI {
    /// A message that is no base64, which Graph refuses only when token, permission and mailbox are right: the one call that
    /// `Mail.Send` alone allows.
    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let attempt = APIQuestion<[ProviderAdvice]>(
            { (token) throws(DeliveryError) in
                try post(mailbox.appending("sendMail"), .text(Array("!".utf8)), step: "probe", token)
            },
            judge: { (response) throws(DeliveryError) in
                let error = failure(from: response)
                guard 200..<300 ~= response.status || error.kind == .rejected else { throw error }
                return senders.filter { $0.description.lowercased() != remedies.account.lowercased() }.map {
                    ProviderAdvice(isFault: false, remedies.foreignSender($0))
                }
            }
        )
        guard takesLargeMail, !senders.isEmpty else { return [attempt] }
        return [attempt, rightToWrite]
    }

    /// Asks for a folder, which needs the permission to read mail; only a refusal says something.
    private var rightToWrite: APIQuestion<[ProviderAdvice]> {
        APIQuestion(
            { (token) throws(DeliveryError) in
                let folder = mailbox.appending("mailFolders", "drafts").query([(name: "$select", value: "id")])
                return try call(.get, folder, step: "probe drafts", token)
            },
            judge: { response in
                response.status == 403 ? [ProviderAdvice(isFault: false, remedies.noLargeMail)] : []
            }
        )
    }
}

/// Drafts, and attachments that are uploaded (learn.microsoft.com/graph/outlook-large-attachments).
extension GraphAPI {
    func draftRequest(
        _ content: [UInt8],
        of message: OutgoingMessage,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        try post(mailbox.appending("messages"), .mime(content), step: "\(message.id) draft", token)
    }

    /// Adds an attachment that fits into a request.
    func attachRequest(
        _ attachment: Attachment,
        to draft: String,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        try post(
            mailbox.appending("messages", draft, "attachments"),
            .json(GraphContent.attachment(attachment)),
            step: "\(draft) attach",
            token
        )
    }

    func sessionRequest(
        _ attachment: Attachment,
        for draft: String,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        try post(
            mailbox.appending("messages", draft, "attachments", "createUploadSession"),
            .json(GraphContent.session(attachment)),
            step: "\(draft) session",
            token
        )
    }

    /// One part of an attachment; the address contains its own authorization.
    func uploadRequest(_ content: [UInt8], from start: Int, to address: HTTPURL) -> HTTPRequest {
        let end = min(start + Self.chunkSize, content.count)
        let headers = [
            HTTPHeader("Content-Type", "application/octet-stream"),
            HTTPHeader("Content-Range", "bytes \(start)-\(end - 1)/\(content.count)"),
        ]
        return HTTPRequest(
            .put,
            address,
            headers: headers,
            body: Array(content[start..<end]),
            timeout: http.timeout(forBody: end - start)
        )
    }

    /// The address of an upload session; nil unless parts of a message may be sent there.
    func uploadAddress(_ text: String?) -> HTTPURL? {
        text.flatMap { HTTPURL($0) }.flatMap { url in
            url.isSecure || url.isLoopback && http.apiURL.isLoopback ? url : nil
        }
    }

    func sendRequest(draft: String, _ token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try call(.post, mailbox.appending("messages", draft, "send"), step: "\(draft) send", token)
    }

    /// Asks whether a draft still exists as one.
    func lookUpRequest(draft: String, _ token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let url = mailbox.appending("messages", draft).query([(name: "$select", value: "isDraft")])
        return try call(.get, url, step: "\(draft) look", token)
    }

    func deleteRequest(draft: String, _ token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        try call(.delete, mailbox.appending("messages", draft), step: "\(draft) delete", token)
    }

    private enum Body {
        /// A whole message, which is encoded.
        case mime([UInt8])
        case text([UInt8])
        case json([UInt8])
    }

    private func post(
        _ url: HTTPURL,
        _ body: Body,
        step: String,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        var request = try call(.post, url, step: step, token)
        switch body {
        case .mime(let content):
            request.headers.append(HTTPHeader("Content-Type", "text/plain"))
            request.body.reserveCapacity((content.count + 2) / 3 * 4)
            Base64.append(content[...], to: &request.body)
        case .text(let content):
            request.headers.append(HTTPHeader("Content-Type", "text/plain"))
            request.body = content
        case .json(let content):
            request.headers.append(HTTPHeader("Content-Type", "application/json"))
            request.body = content
        }
        request.timeout = http.timeout(forBody: request.body.count)
        return request
    }

    private func call(
        _ method: HTTPRequest.Method,
        _ url: HTTPURL,
        step: String,
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        guard let token else { throw remedies.noToken }
        let headers = [
            HTTPHeader.bearer(token.value),
            HTTPHeader("client-request-id", GraphContent.requestID("\(step) \(clock().milliseconds)")),
            HTTPHeader("return-client-request-id", "true"),
        ]
        return HTTPRequest(method, url, headers: headers, timeout: http.timeout)
    }
}

/// Converts attachments to the form that Graph accepts.
enum GraphContent {
    /// A `fileAttachment` with its content in base64.
    static func attachment(_ attachment: Attachment) -> [UInt8] {
        var fields = JSONObject([("@odata.type", "#microsoft.graph.fileAttachment")])
        describe(attachment, in: &fields)
        // The content is encoded straight into the body, before the last brace.
        var bytes = JSON.object(fields).encoded()
        bytes.removeLast()
        bytes.reserveCapacity(bytes.count + (attachment.content.count + 2) / 3 * 4 + 32)
        bytes += #","contentBytes":""#.utf8
        Base64.append(attachment.content[...], to: &bytes)
        bytes += #""}"#.utf8
        return bytes
    }

    static func session(_ attachment: Attachment) -> [UInt8] {
        var item = JSONObject([("attachmentType", "file"), ("size", .integer(attachment.content.count))])
        describe(attachment, in: &item)
        return JSON.object(JSONObject([("AttachmentItem", .object(item))])).encoded()
    }

    private static func describe(_ attachment: Attachment, in fields: inout JSONObject) {
        fields["name"] = .string(attachment.fileName)
        fields["contentType"] = .string(attachment.contentType)
        fields["isInline"] = .bool(attachment.disposition == .inline)
        if let id = attachment.contentID { fields["contentId"] = .string(id) }
    }

    /// The id of a call in Microsoft's logs: a UUID of version 8 (RFC 9562 section 5.8) made from a hash.
    static func requestID(_ step: String) -> String {
        var digits = Array(ContentHash(of: Array(step.utf8)).description.prefix(32))
        digits[12] = "8"
        digits[16] = "8"
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
