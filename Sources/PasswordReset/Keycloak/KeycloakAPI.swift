// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Mail

/// Keycloak's admin API as pure functions: requests, and the meaning of their responses.
///
/// https://www.keycloak.org/docs-api/latest/rest-api/index.html
struct KeycloakAPI: Sendable, Hashable {
    /// The base URL of the server, with or without the older `/auth` prefix, as discovered.
    let base: HTTPURL
    let realm: String
    let clientID: String
    let clientSecret: Secret

    /// Requests the token endpoint; a 404 means that the server uses the other prefix.
    var discovery: HTTPRequest {
        HTTPRequest(
            .get,
            base.appending("realms", realm, ".well-known", "openid-configuration"),
            timeout: Self.signInLimit
        )
    }

    /// Requests an access token of the service account (RFC 6749 section 4.4).
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

    /// A password change with both prefixes, two tokens and a retry takes less than the minute of a token reservation.
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

/// The meaning of Keycloak's responses.
enum KeycloakAnswer {
    /// The only user in `body` with exactly this address who may reset a password.
    ///
    /// Older servers ignore `exact=true` and return every address that contains this one, so it is compared here too.
    /// Only case is folded, because look-alike addresses belong to other people.
    static func user(_ body: JSON, with address: EmailAddress) -> DirectoryUser? {
        let matches = (body.array ?? []).compactMap { user -> DirectoryUser? in
            guard let id = user["id"]?.string, let text = user["email"]?.string,
                let stored = try? EmailAddress(parsing: text),  // An address that cannot be parsed gets no mail.
                stored.canonical == address.canonical, user["enabled"]?.bool ?? true,
                user["serviceAccountClientId"]?.string == nil
            else { return nil }
            return DirectoryUser(
                id: id,
                address: stored,
                name: user["firstName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            )
        }
        return matches.count == 1 ? matches[0] : nil
    }

    /// Why a request failed; `body` is null when it was not JSON.
    ///
    /// `isChange` is true for a password change: a refusal without a known reason then concerns that account, and is final.
    static func failure(_ status: Int, _ body: JSON, isChange: Bool = false) -> DirectoryError {
        let code = body["error"]?.string ?? ""
        let words = (body["error_description"] ?? body["errorMessage"])?.string ?? code
        switch status {
        case 400 where isPolicy(code, words): return .refused([.keycloak(refusal: code, short(words))])
        case 400 where words.contains("read only"):
            return .unchangeable(
                "the account is read only in Keycloak",
                remedy: "let its user federation write passwords, or tell its users where they are changed"
            )
        case 400 where isChange && isEmpty(code): return .refused([.other(short(words))])
        case 401:
            return .misconfigured(
                "Keycloak does not accept the client: \(short(words))",
                remedy: "check `client_id` and `client_secret`, and that the client has service accounts on"
            )
        case 403:
            return .misconfigured(
                "the client may not do this",
                remedy: "give its service account the role `manage-users` of `realm-management`"
            )
        case 404 where words.contains("Realm") || words.contains("realm"):
            return .misconfigured("Keycloak has no such realm", remedy: "check `realm` and `url`")
        // Without Keycloak's text it is the 404 of a proxy.
        case 404 where words.lowercased().contains("user"): return .gone
        case 404:
            return .misconfigured(
                "it answered 404: \(short(words))",
                remedy: "check `url`, and the proxy in front of Keycloak"
            )
        case 400 where code == "unauthorized_client" || code == "invalid_client":
            return .misconfigured(short(words), remedy: "turn on service accounts for the client in Keycloak")
        case 400 where isChange, 409 where isChange:
            return .unchangeable(
                "Keycloak answered \(status): \(short(words))",
                remedy: "Keycloak's log says more of this account"
            )
        case 408, 425, 429: return .unavailable("it answered \(status)" + (words.isEmpty ? "" : ": \(short(words))"))
        case 400..<500:
            return .misconfigured(
                "Keycloak answered \(status): \(short(words))",
                remedy: "check `url`, `realm` and the client"
            )
        default: return .unavailable("it answered \(status)" + (words.isEmpty ? "" : ": \(short(words))"))
        }
    }

    /// `Resetting to N old passwords is not allowed.` has no error code in older servers.
    private static func isPolicy(_ code: String, _ words: String) -> Bool {
        code.hasPrefix("invalidPassword") || words.contains("old passwords")
    }

    /// White space alone counts as empty.
    private static func isEmpty(_ code: String) -> Bool {
        code == "No password provided" || code == "Empty password not allowed"
    }

    private static func short(_ words: String) -> String {
        String(words.prefix(200).map { $0.isNewline ? " " : $0 })
    }
}
