// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

/// Keycloak's admin API, as pure functions: calls, and what their answers mean.
///
/// https://www.keycloak.org/docs-api/latest/rest-api/index.html
struct KeycloakAPI: Sendable, Hashable {
    /// The address of the server with or without the old `/auth`, as it answered.
    let base: HTTPURL
    let realm: String
    let clientID: String
    let clientSecret: Secret

    /// Tells where tokens come from; answers 404 where the prefix is the other one.
    var discovery: HTTPRequest {
        HTTPRequest(
            .get,
            base.appending("realms", realm, ".well-known", "openid-configuration"),
            timeout: Self.signInLimit
        )
    }

    /// Asks for an access token of the service account (RFC 6749 section 4.4).
    func token(at endpoint: HTTPURL) -> HTTPRequest {
        let form = HTTPURL.form([
            ("grant_type", "client_credentials"), ("client_id", clientID), ("client_secret", clientSecret.exposed),
        ])
        return HTTPRequest(
            .post,
            endpoint,
            headers: [HTTPHeader("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(form.utf8),
            timeout: Self.signInLimit
        )
    }

    func users(with address: EmailAddress, token: Secret) -> HTTPRequest {
        let query = [("email", address.description), ("exact", "true"), ("max", "2"), ("briefRepresentation", "true")]
        return request(.get, admin("users").query(query.map { (name: $0.0, value: $0.1) }), token)
    }

    func setPassword(_ password: Secret, of id: String, token: Secret) -> HTTPRequest {
        var request = request(.put, admin("users", id, "reset-password"), token)
        request.headers.append(HTTPHeader("Content-Type", "application/json"))
        let body: JSON = ["type": "password", "value": .string(password.exposed), "temporary": false]
        request.body = body.encoded()
        return request
    }

    func endSessions(of id: String, token: Secret) -> HTTPRequest {
        request(.post, admin("users", id, "logout"), token)
    }

    func realmSettings(token: Secret) -> HTTPRequest { request(.get, admin(), token) }

    /// A change with all that it may take, both prefixes, two tokens and a second try, is over within the minute for which a reset
    /// token is reserved.
    private static let signInLimit = Duration.seconds(5)
    private static let limit = Duration.seconds(10)

    private func admin(_ segments: String...) -> HTTPURL {
        segments.reduce(base.appending("admin", "realms", realm)) { $0.appending($1) }
    }

    private func request(_ method: HTTPRequest.Method, _ url: HTTPURL, _ token: Secret) -> HTTPRequest {
        HTTPRequest(
            method,
            url,
            headers: [.bearer(token), HTTPHeader("Accept", "application/json")],
            timeout: Self.limit
        )
    }
}
