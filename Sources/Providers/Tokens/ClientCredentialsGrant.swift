// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import OAuth

/// Requests tokens for the client itself (RFC 6749 section 4.4): the right to send comes from an administrator's consent.
struct ClientCredentialsGrant: TokenGrant {
    private let client: OAuthClient
    private let endpoint: TokenEndpoint
    private let subject: TokenSubject
    private let authenticate: ClientAuthentication

    init(
        _ client: OAuthClient,
        endpoint: TokenEndpoint,
        subject: TokenSubject,
        authenticate: @escaping ClientAuthentication
    ) {
        self.client = client
        self.endpoint = endpoint
        self.subject = subject
        self.authenticate = authenticate
    }

    func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken {
        let form = [
            (name: "grant_type", value: "client_credentials"), (name: "client_id", value: client.id),
            (name: "scope", value: subject.scopes.joined(separator: " ")),
        ]
        return try await endpoint.token(form + authenticate(client), at: client.tokenEndpoint, about: subject)
    }
}
