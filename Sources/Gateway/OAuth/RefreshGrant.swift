// SPDX-License-Identifier: Apache-2.0
import Basics
package import Delivery

/// Renews with a refresh token and the client it was issued to (RFC 6749 section 6).
package struct RefreshGrant: TokenGrant {
    private let endpoint: TokenEndpoint
    private let subject: TokenSubject
    private let service: OAuthService?
    /// Reads the client file on every call: a corrected file takes effect without a restart.
    private let client: @Sendable () throws(TokenError) -> OAuthClient

    package init(
        endpoint: TokenEndpoint,
        subject: TokenSubject,
        service: OAuthService?,
        client: @escaping @Sendable () throws(TokenError) -> OAuthClient
    ) {
        self.endpoint = endpoint
        self.subject = subject
        self.service = service
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
        if let secret = client.secret { form.append(("client_secret", secret.exposed)) }
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
