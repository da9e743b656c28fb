// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Adapts a ``MailAPI`` to a ``Provider``: fetches the token, sends the request and classifies the status.
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

    /// Sends what `request` builds with a valid token; after a 401 once more with a new token.
    ///
    /// - Returns: A 2xx response; for any other status it throws what the API makes of it.
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

    /// The request that submits a message.
    func request(for message: OutgoingMessage, token: AccessToken?) throws(DeliveryError) -> HTTPRequest

    /// Parses a 2xx response; throws `uncertain` for one without an id.
    func receipt(from response: HTTPResponse) throws(DeliveryError) -> Receipt

    /// Classifies any other response.
    ///
    /// By default only the status counts.
    func failure(from response: HTTPResponse) -> DeliveryError
}

extension MailAPI {
    public func failure(from response: HTTPResponse) -> DeliveryError {
        DeliveryError(response, detail: "the service answered \(response.status)")
    }
}
