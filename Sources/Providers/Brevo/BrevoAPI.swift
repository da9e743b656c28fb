// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Brevo's API as pure functions (version 3).
struct BrevoAPI: MailAPI {
    private let http: HTTPSettings
    private let key: Secret
    private let remedies: BrevoRemedies
    private let clock: Clock

    init(_ http: HTTPSettings, key: Secret, provider: String, clock: @escaping Clock) {
        self.http = http
        self.key = key
        remedies = BrevoRemedies(provider: provider)
        self.clock = clock
    }

    /// Brevo requires HTML, takes one Reply-To and has no inline images.
    var capabilities: Capabilities { [.attachments, .customHeaders, .copies] }

    var maxMessageBytes: Int? { 20_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        http.post(http.apiURL.appending("v3", "smtp", "email"), headers: own, body: try BrevoContent.json(message))
    }

    /// One id, or one for each copy of a message to blind copies alone.
    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        let json = response.json
        let ids = (json?["messageId"].map { [$0] } ?? json?["messageIds"]?.array ?? []).compactMap(\.string)
            .filter { !$0.isEmpty }
        if let id = ids.first {
            return Receipt(id: id, detail: ids.count > 1 ? ids.dropFirst().joined(separator: " ") : nil)
        }
        throw ServiceAnswer(response, service: BrevoVerdict.service, prefix: BrevoVerdict.prefix)
            .withoutID(remedy: remedies.lookInLogs)
    }

    func failure(from response: HTTPResponse) -> DeliveryError {
        BrevoVerdict(response, remedies: remedies, now: clock()).error
    }

    private var own: [HTTPHeader] { [HTTPHeader("api-key", key.exposed)] }
}

/// What an operator should know before sending.
extension BrevoAPI {
    private typealias Judge = @Sendable (HTTPResponse) throws(DeliveryError) -> [ProviderAdvice]

    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let first = ask("account") { (response) throws(DeliveryError) in
            try account(response, isAdvice: !senders.isEmpty)
        }
        guard !senders.isEmpty else { return [first] }
        var domains = ask("senders", "domains") { _ in [] }
        domains.next = { response in addresses(of: foreign(senders, response)) }
        return [first, domains]
    }

    private func ask(_ segments: String..., judge: @escaping Judge) -> APIQuestion<[ProviderAdvice]> {
        APIQuestion(http.get(http.apiURL.appending(["v3"] + segments), headers: own), judge: judge)
    }

    private func account(_ response: HTTPResponse, isAdvice: Bool) throws(DeliveryError) -> [ProviderAdvice] {
        guard response.status == 200 else { throw failure(from: response) }
        guard let json = response.json, json.object != nil else {
            throw DeliveryError(
                .misconfigured,
                code: "brevo.no_account",
                detail: "the answer of \(http.apiURL.host) is not Brevo's",
                remedy: remedies.address
            )
        }
        if json["relay"]?["enabled"]?.bool == false {
            throw DeliveryError(
                .misconfigured,
                code: "brevo.no_relay",
                detail: "transactional email is not enabled for the account",
                remedy: remedies.relay
            )
        }
        // Several plans may hold credits for mail.
        let plans = json["plan"]?.array ?? []
        let credits = plans.filter { $0["creditsType"]?.string == "sendLimit" }.compactMap { $0["credits"]?.double }
        guard isAdvice, let most = credits.max(), most <= 0 else { return [] }
        return [ProviderAdvice(isFault: true, remedies.noCredits)]
    }

    /// The senders whose domain is not authenticated; none when Brevo does not say.
    private func foreign(_ senders: [EmailAddress], _ response: HTTPResponse) -> [EmailAddress] {
        guard response.status == 200, let list = response.json?["domains"]?.array,
            response.json?["total_pages"]?.integer ?? 1 <= 1
        else { return [] }
        let good = Set(
            list.filter { $0["authenticated"]?.bool == true }.compactMap { $0["domain_name"]?.string?.lowercased() }
        )
        return senders.filter { !good.contains($0.domain) }
    }

    /// Asks whether the addresses are senders of the account.
    private func addresses(of senders: [EmailAddress]) -> APIQuestion<[ProviderAdvice]>? {
        guard !senders.isEmpty else { return nil }
        return ask("senders") { response in
            guard response.status == 200, let list = response.json?["senders"]?.array else { return [] }
            let active = Set(
                list.filter { $0["active"]?.bool == true }.compactMap { $0["email"]?.string?.lowercased() }
            )
            return senders.map { sender in
                let isActive = active.contains(sender.canonical)
                return ProviderAdvice(
                    isFault: !isActive,
                    isActive ? remedies.replaced(sender) : remedies.unverified(sender)
                )
            }
        }
    }
}
