// SPDX-License-Identifier: Apache-2.0

/// The HTTP API of one mail service, as pure functions: no I/O, no clock, no state.
public protocol MailAPI: Sendable {
    var capabilities: Capabilities { get }

    /// The call that hands over a message.
    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest

    /// What an answer of 2xx says; throws `uncertain` for one without an id.
    func receipt(from response: HTTPResponse) throws(DeliveryError) -> Receipt

    /// What any other answer means.
    ///
    /// By default what the status alone stands for.
    func failure(from response: HTTPResponse) -> DeliveryError
}

extension MailAPI {
    public func failure(from response: HTTPResponse) -> DeliveryError {
        DeliveryError(response, detail: "the service answered \(response.status)")
    }
}
