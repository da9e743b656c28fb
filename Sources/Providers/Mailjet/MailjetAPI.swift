// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON
internal import Mail

/// Mailjet's Send API v3.1 as pure functions (<https://dev.mailjet.com/email/guides/send-api-v31/>).
struct MailjetAPI: MailAPI {
    let settings: MailjetSettings
    private let clock: Clock

    init(_ settings: MailjetSettings, clock: @escaping Clock) {
        self.settings = settings
        self.clock = clock
    }

    var capabilities: Capabilities {
        [.attachments, .inlineImages, .customHeaders, .copies, .internationalAddresses, .textOnly]
    }

    /// Mailjet's 15 MB, attachments and their base64 included.
    var maxMessageBytes: Int? { 15_000_000 }

    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest {
        post(try MailjetContent.body(of: message, isTracked: settings.http.isTracked))
    }

    func receipt(from response: HTTPResponse, for message: OutgoingMessage) throws(DeliveryError) -> Receipt {
        let verdict = verdict(response)
        let ids = verdict.ids
        guard let first = ids.first else { throw verdict.error }
        return Receipt(
            id: first,
            refusals: verdict.refusals(among: MailjetContent.groups(of: message)),
            detail: ids.count > 1 ? "further ids: \(ids.dropFirst().joined(separator: ", "))" : nil
        )
    }

    func failure(from response: HTTPResponse) -> DeliveryError { verdict(response).error }

    /// A call may hold several messages, and Mailjet may take some of them under a status that is no success.
    func hasTaken(_ response: HTTPResponse) -> Bool {
        200..<300 ~= response.status || !verdict(response).ids.isEmpty
    }

    private func verdict(_ response: HTTPResponse) -> MailjetVerdict { MailjetVerdict(response, now: clock()) }

    private func post(_ body: [UInt8]) -> HTTPRequest {
        settings.http.post(
            settings.http.apiURL.appending(MailjetSettings.version, "send"),
            headers: [.basic(settings.key.exposed, settings.secretKey)],
            body: body
        )
    }
}

/// The calls that send nothing: Mailjet validates them in its sandbox mode.
extension MailjetAPI {
    func questions(from senders: [EmailAddress]) -> [APIQuestion<[ProviderAdvice]>] {
        let login = APIQuestion(post(MailjetContent.probe(from: nil))) { (response) throws(DeliveryError) in
            try verdict(response).emptyCall()
        }
        return [login]
            + senders.map { sender in
                APIQuestion(post(MailjetContent.probe(from: sender))) { (response) throws(DeliveryError) in
                    try verdict(response).sender(sender)
                }
            }
    }
}
