// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Mailgun's API as pure functions (<https://documentation.mailgun.com/docs/mailgun/api-reference>).
struct MailgunAPI: ReconcilingAPI {
    let settings: MailgunSettings
    private let clock: Clock

    init(_ settings: MailgunSettings, clock: @escaping Clock) {
        self.settings = settings
        self.clock = clock
    }

    /// Mailgun takes a local part outside of ASCII in `to`, but neither in From nor in Reply-To.
    var capabilities: Capabilities { .mime }

    /// Mailgun's 25 MB.
    var maxMessageBytes: Int? { 25_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        post(MailgunForm(message, isTracked: settings.http.isTracked))
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        let verdict = verdict(response)
        guard let id = verdict.id else { throw verdict.withoutID }
        return Receipt(id: id)
    }

    func failure(from response: HTTPResponse) -> DeliveryError { verdict(response).error }

    private func verdict(_ response: HTTPResponse) -> MailgunVerdict {
        MailgunVerdict(response, domain: settings.domain, now: clock())
    }

    private func post(_ form: MailgunForm) -> HTTPRequest {
        HTTPRequest(
            .post,
            settings.http.apiURL.appending(MailgunSettings.version, settings.domain, "messages.mime"),
            headers: credentials + [HTTPHeader("Content-Type", form.contentType)],
            body: form.bytes,
            timeout: settings.http.timeout(forBody: form.bytes.count)
        )
    }

    private var credentials: [HTTPHeader] { [.basic("api", settings.key)] }
}

/// The calls that send nothing.
extension MailgunAPI {
    /// Asks for the events of our Message-ID, which Mailgun keeps.
    func lookUp(_ message: OutgoingMessage) -> APIQuestion<Receipt?> {
        var request = settings.http.get(
            settings.http.apiURL.appending(MailgunSettings.version, settings.domain, "events"),
            headers: credentials
        )
        request.url = request.url.query([(name: "message-id", value: message.messageID)])
        return APIQuestion(request) { (response) throws(DeliveryError) in
            guard response.status == 200 else { throw failure(from: response) }
            let items = response.json?["items"]?.array ?? []
            // The same form as in the answer to a submission.
            return items.contains { Self.isEvent($0, of: message) } ? Receipt(id: "<\(message.messageID)>") : nil
        }
    }

    /// Whether an event is about this message and one of the recipients of this attempt.
    private static func isEvent(_ event: JSON, of message: OutgoingMessage) -> Bool {
        guard event["message"]?["headers"]?["message-id"]?.string == message.messageID else { return false }
        // The senders of raw messages choose their Message-IDs, and may choose one twice.
        let id = event["user-variables"]?[serviceIDKey]?.string
        guard id == message.id || (id == nil && message.raw == nil) else { return false }
        guard let recipient = event["recipient"]?.string?.lowercased() else { return true }
        return message.envelope.contains { $0.canonical == recipient }
    }

    /// Submits a form without a message, which every key for sending may do, and asks for the domain, which some may not.
    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let submission = post(MailgunForm())
        let domain = settings.http.get(
            settings.http.apiURL.appending(MailgunSettings.version, "domains", settings.domain),
            headers: credentials
        )
        return [
            APIQuestion(submission) { (response) throws(DeliveryError) in
                try verdict(response).emptySubmission()
            },
            APIQuestion(domain) { (response) throws(DeliveryError) in
                try verdict(response).domainState(senders)
            },
        ]
    }
}
