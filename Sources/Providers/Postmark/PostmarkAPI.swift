// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Postmark's API as pure functions (<https://postmarkapp.com/developer/api/email-api>).
struct PostmarkAPI: ReconcilingAPI {
    let settings: PostmarkSettings
    private let clock: Clock

    init(_ settings: PostmarkSettings, clock: @escaping Clock) {
        self.settings = settings
        self.clock = clock
    }

    var capabilities: Capabilities {
        [.attachments, .inlineImages, .customHeaders, .severalReplyTo, .copies, .textOnly]
    }

    /// Postmark's 10 MB, attachments and their base64 included.
    var maxMessageBytes: Int? { 10_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let body = PostmarkContent(settings).body(of: message)
        return settings.http.post(settings.http.apiURL.appending("email"), headers: credentials, body: body)
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        let verdict = verdict(response)
        if let code = verdict.errorCode, code != 0 { throw verdict.errorOfSuccess }
        guard let id = verdict.messageID else { throw verdict.withoutID }
        let refused = verdict.inactive(among: message.envelope)
        // Accepted for none of them.
        guard refused.count < Set(message.envelope).count else { throw verdict.inactiveRecipient }
        return Receipt(id: id, refusals: refused.map { .init(address: $0, error: verdict.inactiveRecipient) })
    }

    func failure(from response: HTTPResponse) -> DeliveryError { verdict(response).error }

    private func verdict(_ response: HTTPResponse) -> PostmarkVerdict {
        PostmarkVerdict(response, stream: settings.stream, now: clock())
    }

    private func get(_ segments: String...) -> HTTPRequest {
        settings.http.get(settings.http.apiURL.appending(segments), headers: credentials)
    }

    private var credentials: [HTTPHeader] { [HTTPHeader("X-Postmark-Server-Token", settings.token.exposed)] }
}

/// The calls that send nothing.
extension PostmarkAPI {
    /// The most messages of one search: those of all attempts for the recipients of one message.
    private static let searchCount = 50

    func lookUp(_ message: OutgoingMessage) -> APIQuestion<Receipt?> {
        var items = [
            (name: "count", value: String(Self.searchCount)), (name: "offset", value: "0"),
            (name: "metadata_\(serviceIDKey)", value: message.id),
        ]
        // Without it Postmark searches its default stream only.
        if settings.stream != PostmarkSettings.defaultStream {
            items.append((name: "messagestream", value: settings.stream))
        }
        var request = get("messages", "outbound")
        request.url = request.url.query(items)
        return APIQuestion(request) { (response) throws(DeliveryError) in
            guard response.status == 200 else { throw failure(from: response) }
            let found = response.json?["Messages"]?.array ?? []
            return found.first { Self.isFound($0, message) }?["MessageID"]?.string.map { Receipt(id: $0) }
        }
    }

    /// Whether a message of the search is this one, sent to one of the recipients of this attempt.
    private static func isFound(_ found: JSON, _ message: OutgoingMessage) -> Bool {
        if let id = found["Metadata"]?[serviceIDKey]?.string, id != message.id { return false }
        guard let recipients = found["Recipients"]?.array else { return true }
        let reached = Set(recipients.compactMap { $0.string?.lowercased() })
        return message.envelope.contains { reached.contains($0.canonical) }
    }

    /// Asks for the server and for the message stream; the server's token may not ask about domains and senders.
    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        [
            APIQuestion(get("server")) { (response) throws(DeliveryError) in
                try verdict(response).server(settings)
            },
            APIQuestion(get("message-streams", settings.stream)) { (response) throws(DeliveryError) in
                try verdict(response).messageStream()
            },
        ]
    }
}
