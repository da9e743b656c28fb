// SPDX-License-Identifier: Apache-2.0
import JSON

/// Calls of an OAuth token endpoint and what its answers mean (RFC 6749 sections 5 and 6).
package struct TokenEndpoint: Sendable {
    let client: any HTTPClient
    let clock: Clock
    let parse: TokenSealing.Parsing

    package init(client: any HTTPClient, clock: @escaping Clock, parse: @escaping TokenSealing.Parsing) {
        self.client = client
        self.clock = clock
        self.parse = parse
    }

    /// Asks for a token; `subject` says whom and what the texts are about.
    package func token(
        _ form: [(name: String, value: String)],
        at url: HTTPURL,
        about subject: TokenSubject
    ) async throws(DeliveryError) -> OAuthToken {
        let asked = clock()
        let request = HTTPRequest(
            .post,
            url,
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
            ],
            body: Array(HTTPURL.form(form).utf8)
        )
        let response: HTTPResponse
        do throws(HTTPFailure) { response = try await client.perform(request) } catch {
            let kind: DeliveryError.Kind = DeliveryError(error).kind == .misconfigured ? .misconfigured : .transient
            throw DeliveryError(
                kind,
                code: "oauth.unreachable",
                detail: "the token endpoint \(url.origin) does not answer: \(error.detail)"
            )
        }
        // HTML of a proxy, or nothing, says no more than the status.
        let body = (try? parse(response.body)) ?? .null
        guard response.status == 200 else {
            throw TokenRefusal(response, body, subject, secrets: secrets(form), now: clock()).verdict
        }
        guard let answer = body.object, answer["access_token"]?.string?.isEmpty == false else {
            throw DeliveryError(
                .transient,
                code: "oauth.answer",
                detail: "the token endpoint \(url.origin) answered 200 without a usable `access_token`",
                remedy: "check that `token_uri` in the client file is the token endpoint of the service"
            )
        }
        return OAuthToken(answer: answer, at: asked)
    }

    /// What was sent and must not come back in a text: all but the kind of grant and the client's public id.
    private func secrets(_ form: [(name: String, value: String)]) -> [String] {
        form.filter { !["grant_type", "client_id", "redirect_uri", "scope"].contains($0.name) && !$0.value.isEmpty }
            .map(\.value)
    }
}

/// What a token is for, as texts name it.
package struct TokenSubject: Sendable, Hashable {
    /// The name that the operator gave the provider.
    package var provider: String
    package var account: String
    /// The command that mends a dead grant.
    package var remedy: String
    /// The numeric or other id of the client that was refused.
    package var clientID: String?
    package var scopes: [String]
    /// When the grant was given, as far as it is known.
    package var grantedAt: Timestamp?
    package var isServiceAccount = false

    package init(provider: String, account: String, remedy: String, clientID: String? = nil, scopes: [String] = []) {
        self.provider = provider
        self.account = account
        self.remedy = remedy
        self.clientID = clientID
        self.scopes = scopes
    }
}
