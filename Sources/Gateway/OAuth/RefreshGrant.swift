// SPDX-License-Identifier: Apache-2.0
import Basics
package import Delivery

/// The items of a form that prove who the client is (RFC 6749 section 2.3.1, RFC 7523 section 2.2); none for a public client.
package typealias ClientAuthentication =
    @Sendable (OAuthClient) throws(DeliveryError) -> [(name: String, value: String)]

/// Renews with a refresh token and the client it was issued to (RFC 6749 section 6).
package struct RefreshGrant: TokenGrant {
    private let endpoint: TokenEndpoint
    private let subject: TokenSubject
    private let service: OAuthService?
    /// Reads the client file on every call: a corrected file takes effect without a restart.
    private let client: @Sendable () throws(TokenError) -> OAuthClient
    private let authenticate: ClientAuthentication

    package init(
        endpoint: TokenEndpoint,
        subject: TokenSubject,
        service: OAuthService?,
        authenticate: @escaping ClientAuthentication,
        client: @escaping @Sendable () throws(TokenError) -> OAuthClient
    ) {
        self.endpoint = endpoint
        self.subject = subject
        self.service = service
        self.authenticate = authenticate
        self.client = client
    }

    package func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken {
        guard let refreshToken = current?.refreshToken else {
            throw DeliveryError(
                .authentication,
                code: "oauth.no_grant",
                detail: current == nil
                    ? "there is no token for \(subject.account) yet"
                    : "the token of \(subject.account) has no refresh token, so that it ends within the hour",
                remedy: subject.remedy
            )
        }
        var subject = subject
        subject.grantedAt = current?.grantedAt
        let client = try readClient()
        var form = [("grant_type", "refresh_token"), ("refresh_token", refreshToken.exposed), ("client_id", client.id)]
        if service?.namesScopesOnRefresh == true {
            form.append(("scope", subject.scopes.joined(separator: " ")))
        }
        form += try authenticate(client).map { ($0.name, $0.value) }
        return try await endpoint.token(
            form.map { (name: $0.0, value: $0.1) },
            at: client.tokenEndpoint,
            about: subject
        )
    }

    private func readClient() throws(DeliveryError) -> OAuthClient {
        do throws(TokenError) { return try client() } catch {
            throw DeliveryError(
                .misconfigured,
                code: "oauth.client_file",
                detail: error.description,
                remedy: service?.clientFileRemedy
                    ?? "name in `credentials` a client file with the `client_id`, `client_secret` and `token_uri` of the service"
            )
        }
    }
}
