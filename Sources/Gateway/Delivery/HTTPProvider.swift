// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Turns a ``MailAPI`` into a ``Provider``: the one place where a token is fetched, a request sent and a status judged.
public struct HTTPProvider<API: MailAPI>: Sendable {
    public let api: API
    private let client: any HTTPClient
    private let tokens: (any TokenSource)?

    public init(_ api: API, client: any HTTPClient, tokens: (any TokenSource)?) {
        self.api = api
        self.client = client
        self.tokens = tokens
    }

    public var capabilities: Capabilities { api.capabilities }

    public func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let response = try await answer { (token) throws(DeliveryError) in try api.request(for: message, token: token) }
        return try api.receipt(from: response)
    }

    /// Sends what `request` makes, with a token that is good; after a 401 once more with another one.
    ///
    /// - Returns: An answer of 2xx; any other is thrown as what the API says it means.
    public func answer(
        to request: (AccessToken?) throws(DeliveryError) -> HTTPRequest
    ) async throws(DeliveryError) -> HTTPResponse {
        var token = try await tokens?.token(replacing: nil)
        var response = try await perform(request(token))
        if response.status == 401, let tokens {
            token = try await tokens.token(replacing: token)
            response = try await perform(request(token))
        }
        guard 200..<300 ~= response.status else { throw api.failure(from: response) }
        return response
    }

    private func perform(_ request: HTTPRequest) async throws(DeliveryError) -> HTTPResponse {
        do throws(HTTPFailure) {
            return try await client.perform(request)
        } catch {
            throw DeliveryError(error)
        }
    }
}

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
