// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// SendGrid's API as pure functions (version 3, OpenAPI descriptions `tsg_mail_v3` and its neighbours).
struct SendGridAPI: MailAPI {
    private static let page = 500

    private let http: HTTPSettings
    private let key: Secret
    private let remedies: SendGridRemedies
    private let clock: Clock

    init(_ http: HTTPSettings, key: Secret, provider: String, clock: @escaping Clock) {
        self.http = http
        self.key = key
        remedies = SendGridRemedies(provider: provider)
        self.clock = clock
    }

    var capabilities: Capabilities {
        [.attachments, .inlineImages, .customHeaders, .severalReplyTo, .copies, .textOnly]
    }

    /// The whole message, encoded.
    var maxMessageBytes: Int? { 30_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        http.post(
            http.apiURL.appending("v3", "mail", "send"),
            headers: [.bearer(key)],
            body: try SendGridContent.json(message, isTracked: http.isTracked)
        )
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        if let id = response.header("X-Message-Id"), !id.isEmpty { return Receipt(id: id) }
        throw ServiceAnswer(response, service: SendGridVerdict.service, prefix: SendGridVerdict.prefix)
            .withoutID(remedy: remedies.lookInActivity)
    }

    func failure(from response: HTTPResponse) -> DeliveryError {
        SendGridVerdict(response, remedies: remedies, now: clock()).error
    }

    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        var questions = [APIQuestion(get("scopes"), judge: scopes)]
        if !senders.isEmpty {
            questions.append(APIQuestion(get("user", "credits"), judge: credits))
            var domains = APIQuestion<[ProviderAdvice]>(get("whitelabel", "domains", limit: Self.page)) { _ in [] }
            domains.next = { response in identities(of: foreign(senders, response)) }
            questions.append(domains)
        }
        return questions
    }
}

/// What an operator should know before sending.
extension SendGridAPI {
    private func get(_ segments: String..., limit: Int? = nil) -> HTTPRequest {
        var url = http.apiURL.appending(["v3"] + segments)
        if let limit { url = url.query([(name: "limit", value: "\(limit)")]) }
        return http.get(url, headers: [.bearer(key)])
    }

    /// The rights of the key; one that may not ask for them may still send.
    private func scopes(_ response: HTTPResponse) throws(DeliveryError) -> [ProviderAdvice] {
        if response.status == 403 { return [] }
        guard response.status == 200 else { throw failure(from: response) }
        guard let scopes = response.json?["scopes"]?.array?.compactMap(\.string) else {
            throw DeliveryError(
                .misconfigured,
                code: "sendgrid.no_scopes",
                detail: "the answer of \(http.apiURL.host) is not SendGrid's",
                remedy: remedies.address
            )
        }
        guard scopes.contains("mail.send") else {
            throw DeliveryError(
                .misconfigured,
                code: "sendgrid.no_mail_send",
                detail: "the API key may not send mail",
                remedy: remedies.right
            )
        }
        return []
    }

    /// Plans without overage stop at no credits; a plan that has some overage does not.
    private func credits(_ response: HTTPResponse) throws(DeliveryError) -> [ProviderAdvice] {
        guard response.status == 200, let json = response.json, let total = json["total"]?.integer, total > 0,
            json["remain"]?.integer == 0, json["overage"]?.integer == 0
        else { return [] }
        return [ProviderAdvice(isFault: true, remedies.noCredits(until: json["next_reset"]?.string))]
    }

    /// The senders whose domain is not authenticated; none when the key may not ask, or the list is longer than a page.
    private func foreign(_ senders: [EmailAddress], _ response: HTTPResponse) -> [EmailAddress] {
        guard response.status == 200, let list = response.json?.array, list.count < Self.page else { return [] }
        let valid = Set(list.filter { $0["valid"]?.bool == true }.compactMap { $0["domain"]?.string?.lowercased() })
        return senders.filter { sender in !valid.contains { sender.domain == $0 || sender.domain.hasSuffix(".\($0)") } }
    }

    /// Asks whether the addresses are verified one by one.
    private func identities(of senders: [EmailAddress]) -> APIQuestion<[ProviderAdvice]>? {
        guard !senders.isEmpty else { return nil }
        return APIQuestion(get("verified_senders", limit: Self.page)) { response in
            // EU subusers have no single addresses.
            let list = response.status == 404 ? [] : response.json?["results"]?.array
            guard response.status == 200 || response.status == 404, let list else {
                return senders.map { ProviderAdvice(isFault: false, remedies.unknown($0)) }
            }
            let verified = Set(
                list.filter { $0["verified"]?.bool == true }.compactMap { $0["from_email"]?.string?.lowercased() }
            )
            return senders.filter { !verified.contains($0.canonical) }.map {
                ProviderAdvice(isFault: true, remedies.unverified($0))
            }
        }
    }
}
