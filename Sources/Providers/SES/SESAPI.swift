// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// The API of Amazon SES as pure functions (version 2, service model sesv2 2019-09-27).
struct SESAPI: MailAPI {
    /// The largest message, whose attachments are encoded already (SES developer guide, "Service quotas").
    static let largestMessage = 40 << 20
    /// The name of the service in signatures, which is not that in its host name.
    private static let signingName = "ses"

    let settings: SESSettings
    private let base: HTTPURL
    private let clock: Clock

    init(_ settings: SESSettings, clock: @escaping Clock) {
        self.settings = settings
        self.clock = clock
        base = settings.http.apiURL.appending("v2", "email")
    }

    /// SES has no SMTPUTF8: local parts are ASCII.
    var capabilities: Capabilities { .mime }
    var maxMessageBytes: Int? { Self.largestMessage }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        let body = SESContent.json(message, settings)
        return try signed(.post, base.appending("outbound-emails"), body, token)
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        let answer = verdict(response).answer
        guard let id = answer.json?["MessageId"]?.string, !id.isEmpty else { throw answer.withoutID() }
        return Receipt(id: id)
    }

    func failure(from response: HTTPResponse) -> DeliveryError { verdict(response).error }

    func refusesToken(_ response: HTTPResponse) -> Bool { verdict(response).isExpiredToken }

    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let account = APIQuestion { (token) throws(DeliveryError) in
            try signed(.get, base.appending("account"), [], token)
        } judge: { (response) throws(DeliveryError) in
            try SESAccount.advice(in: verdict(response))
        }
        let domains = Dictionary(grouping: senders, by: \.domain).sorted { $0.key < $1.key }
        return [account]
            + domains.compactMap { domain, senders in
                identityQuestion(SESIdentity.domains(allowing: domain)[...], senders[...])
            }
    }

    /// Asks for the domains one after the other, and when none is verified for the address of each sender.
    ///
    /// `status` says what is known of a domain that is not verified.
    private func identityQuestion(
        _ domains: ArraySlice<String>,
        _ senders: ArraySlice<EmailAddress>,
        status: String? = nil
    ) -> APIQuestion<[ProviderAdvice]>? {
        guard let name = domains.first ?? senders.first?.description else { return nil }
        var question = APIQuestion<[ProviderAdvice]> { (token) throws(DeliveryError) in
            try signed(.get, base.appending("identities", name), [], token)
        } judge: { (response) throws(DeliveryError) in
            guard domains.isEmpty, let sender = senders.first else { return [] }
            return SESIdentity(verdict(response)).advice(of: sender, status, region: settings.region)
        }
        question.next = { response in
            guard !domains.isEmpty else { return identityQuestion([], senders.dropFirst(), status: status) }
            switch SESIdentity(verdict(response)) {
            case .verified, .unknown: return nil
            case .absent: return identityQuestion(domains.dropFirst(), senders, status: status)
            case .unverified(let word):
                let words = status ?? "\(name) is not verified (\(word))"
                return identityQuestion(domains.dropFirst(), senders, status: words)
            }
        }
        return question
    }

    func verdict(_ response: HTTPResponse) -> SESVerdict {
        SESVerdict(response, region: settings.region, isInEnvironment: settings.keys == nil, now: clock())
    }

    private func signed(
        _ method: HTTPRequest.Method,
        _ url: HTTPURL,
        _ body: [UInt8],
        _ token: AccessToken?
    ) throws(DeliveryError) -> HTTPRequest {
        guard let credentials = token.flatMap({ AWSCredentials($0) }) ?? settings.keys else {
            throw DeliveryError(
                .authentication,
                code: "ses.no_credentials",
                detail: "there are no credentials of AWS to sign in with",
                remedy: "see docs/providers/ses.md for the places that `credentials: environment` reads"
            )
        }
        var request = HTTPRequest(method, url, body: body, timeout: settings.http.timeout(forBody: body.count))
        if !body.isEmpty { request.headers.append(HTTPHeader("Content-Type", "application/json")) }
        return SigV4(region: settings.region, service: Self.signingName).signed(request, with: credentials, at: clock())
    }
}

/// Converts messages to the form that SES accepts.
enum SESContent {
    /// The body of a call: the whole MIME message, with the recipients of this attempt as its envelope.
    static func json(_ message: OutgoingMessage, _ settings: SESSettings) -> [UInt8] {
        let content = MIMEWriter.message(message)
        var members = JSONObject([
            ("FromEmailAddress", .string(message.from.address.description)), ("Destination", destination(message)),
            ("EmailTags", .array(message.serviceTags.map { ["Name": .string($0.name), "Value": .string($0.value)] })),
        ])
        if let set = settings.configurationSet { members["ConfigurationSetName"] = .string(set) }
        if !settings.http.isTracked {
            members["ConfigurationOverrides"] = [
                "Tracking": ["OpenTrackingEnabled": "DISABLED", "ClickTrackingEnabled": "DISABLED"]
            ]
        }
        // Written around the message, so that its base64 goes straight into the body.
        let head = JSON.object(members).encoded().dropLast()
        let (start, end) = (#","Content":{"Raw":{"Data":""#, #""}}}"#)
        var body: [UInt8] = []
        body.reserveCapacity(head.count + start.utf8.count + (content.count + 2) / 3 * 4 + end.utf8.count)
        body += head
        body += start.utf8
        Base64.append(content[...], to: &body)
        body += end.utf8
        return body
    }

    /// The recipients of this attempt, which count in place of those in the header.
    private static func destination(_ message: OutgoingMessage) -> JSON {
        let lists = [("ToAddresses", Recipient.Kind.to), ("CcAddresses", .cc), ("BccAddresses", .bcc)]
        return .object(
            JSONObject(
                lists.compactMap { name, kind in
                    let addresses = message.mailboxes(kind).map { JSON.string($0.address.description) }
                    return addresses.isEmpty ? nil : (name, .array(addresses))
                }
            )
        )
    }
}
