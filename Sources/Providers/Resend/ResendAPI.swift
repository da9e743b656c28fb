// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Resend's API as pure functions (OpenAPI description 1.5.0).
struct ResendAPI: MailAPI {
    private let http: HTTPSettings
    private let key: Secret
    private let remedies: ResendRemedies
    private let clock: Clock

    init(_ http: HTTPSettings, key: Secret, provider: String, clock: @escaping Clock) {
        self.http = http
        self.key = key
        remedies = ResendRemedies(provider: provider)
        self.clock = clock
    }

    var capabilities: Capabilities {
        [.attachments, .inlineImages, .customHeaders, .severalReplyTo, .copies, .idempotent, .textOnly]
    }

    /// After base64.
    var maxMessageBytes: Int? { 40_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let headers = [HTTPHeader("Idempotency-Key", Self.idempotencyKey(of: message))]
        return http.post(http.apiURL.appending("emails"), headers: own + headers, body: try ResendContent.json(message))
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        if let id = response.json?["id"]?.string, !id.isEmpty { return Receipt(id: id) }
        throw ServiceAnswer(response, service: ResendVerdict.service, prefix: ResendVerdict.prefix)
            .withoutID(remedy: remedies.askAgain)
    }

    func failure(from response: HTTPResponse) -> DeliveryError {
        ResendVerdict(response, remedies: remedies, now: clock()).error
    }

    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        var first = question(from: senders)
        first.next = { response in
            response.json?["has_more"]?.bool == true ? question(from: senders, limit: Self.page) : nil
        }
        return [first]
    }

    /// The fields of every call; Resend refuses one without `User-Agent`.
    private var own: [HTTPHeader] { [.bearer(key), HTTPHeader("User-Agent", "posthaste")] }

    /// The same for every try of an attempt to these recipients, in any process; another one for other recipients.
    ///
    /// Resend refuses the same key with another body, which other recipients have.
    static func idempotencyKey(of message: OutgoingMessage) -> String {
        let envelope = Set(message.envelope.map(\.description))
        guard envelope != Set(message.recipients.map(\.mailbox.address.description)) else { return message.id }
        let digest = ContentHash(of: Array(envelope.sorted().joined(separator: "\n").utf8)).description
        return "\(message.id).\(digest.prefix(32))"
    }
}

/// What an operator should know before sending.
extension ResendAPI {
    /// The longest list of domains in one answer.
    private static let page = 100

    /// Asks for the domains of the team: the first ones, or `limit` of them.
    private func question(from senders: [EmailAddress], limit: Int? = nil) -> APIQuestion<[ProviderAdvice]> {
        var url = http.apiURL.appending("domains")
        if let limit { url = url.query([(name: "limit", value: "\(limit)")]) }
        return APIQuestion(http.get(url, headers: own)) { (response) throws(DeliveryError) in
            try domains(response, senders, isLast: limit != nil)
        }
    }

    /// A key that may only send is refused here, which says nothing against it.
    private func domains(
        _ response: HTTPResponse,
        _ senders: [EmailAddress],
        isLast: Bool
    ) throws(DeliveryError) -> [ProviderAdvice] {
        if response.status == 401, response.json?["name"]?.string == "restricted_api_key" { return [] }
        guard response.status == 200 else { throw failure(from: response) }
        guard let list = response.json?["data"]?.array else {
            throw DeliveryError(
                .misconfigured,
                code: "resend.no_domains",
                detail: "the answer of \(http.apiURL.host) is not Resend's",
                remedy: remedies.address
            )
        }
        let isWhole = response.json?["has_more"]?.bool != true
        guard isWhole || isLast else { return [] }
        return Set(senders.map(\.domain)).sorted().compactMap { domain in
            let entry = list.first { $0["name"]?.string?.lowercased() == domain }
            if domain == "resend.dev" { return ProviderAdvice(isFault: true, remedies.sandbox) }
            guard let entry else {
                return isWhole ? ProviderAdvice(isFault: true, remedies.unknown(domain)) : nil
            }
            return advice(on: entry, domain)
        }
    }

    private func advice(on entry: JSON, _ domain: String) -> ProviderAdvice? {
        let status = entry["status"]?.string ?? "unknown"
        if entry["capabilities"]?["sending"]?.string == "disabled" {
            return ProviderAdvice(isFault: true, remedies.cannotSend(domain))
        }
        if status == "partially_verified" { return ProviderAdvice(isFault: false, remedies.partly(domain)) }
        guard status == "verified" else { return ProviderAdvice(isFault: true, remedies.unverified(domain, status)) }
        let tracks = entry["click_tracking"]?.bool == true || entry["open_tracking"]?.bool == true
        return tracks && !http.isTracked ? ProviderAdvice(isFault: false, remedies.tracking(domain)) : nil
    }
}
