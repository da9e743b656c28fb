// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Sends with Mailjet's API.
///
/// A call may hold several messages, and Mailjet may take some of them under a status that is no success.
struct MailjetProvider: AdvisingProvider {
    private let http: HTTPProvider<MailjetAPI>

    init(_ http: HTTPProvider<MailjetAPI>) {
        self.http = http
    }

    var capabilities: Capabilities { http.capabilities }
    var maxMessageBytes: Int? { http.maxMessageBytes }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let response = try await http.exchange { (token) throws(DeliveryError) in
            try http.api.request(for: message, token: token)
        }
        guard 200..<300 ~= response.status || http.api.hasTaken(response) else {
            throw http.api.failure(from: response)
        }
        return try http.api.receipt(from: response, for: message)
    }

    func probe() async throws(DeliveryError) { try await http.probe() }

    func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] { await http.advice(from: senders) }
}
