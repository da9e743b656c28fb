// SPDX-License-Identifier: Apache-2.0
public import Basics
internal import Crypto
internal import Delivery
internal import Foundation
internal import JSON

/// The sign-in service: consent (RFC 6749 section 4.1, RFC 7636) and tokens.
extension StandInGraph {
    struct Grant: Sendable {
        let account: String
        let scopes: Set<String>
    }

    struct Access: Sendable {
        /// Nil for an app.
        let account: String?
        let permissions: Set<String>
        let expiresAt: Timestamp
    }

    struct Code: Sendable {
        let grant: Grant
        let redirect: String
        let challenge: String
    }

    /// Grants the app access to a mailbox, as if its owner had consented; returns the refresh token.
    public mutating func grant(_ account: String, permissions: Set<String> = ["Mail.Send"]) -> String {
        let token = "0.standin-refresh-\(nextNumber())"
        let scopes = permissions.map { "\(resource)/\($0)" } + ["offline_access"]
        grants[token] = Grant(account: account, scopes: Set(scopes))
        return token
    }

    /// Creates an access token without the token endpoint; `account` is nil for an app.
    public mutating func accessToken(for account: String?, permissions: Set<String>, at now: Timestamp) -> String {
        let token = "eyJ0eXAi.standin-access-\(nextNumber())"
        accessTokens[token] = Access(account: account, permissions: permissions, expiresAt: now + accessTokenLife)
        return token
    }

    /// Invalidates all access tokens.
    public mutating func forgetAccessTokens() { accessTokens = [:] }

    /// Revokes all grants, as a change of the password does.
    public mutating func revokeGrants() { grants = [:] }

    func access(_ request: HTTPRequest, at now: Timestamp) -> Access? {
        guard let field = request.header("Authorization"), field.hasPrefix("Bearer "),
            let access = accessTokens[String(field.dropFirst("Bearer ".count))], access.expiresAt > now
        else { return nil }
        return access
    }

    mutating func tokens(for request: HTTPRequest, at now: Timestamp) -> HTTPResponse {
        guard request.pathSegments[0] == tenant else {
            return .entra(400, "invalid_request", 90002, "Tenant '\(request.pathSegments[0])' not found.")
        }
        guard request.mediaType == "application/x-www-form-urlencoded",
            let form = FormText.decode(String(decoding: request.body, as: UTF8.self))
        else { return .entra(400, "invalid_request", 900144, "The request body is no form.") }
        if let refusal = refusal(form, at: now) { return refusal }
        switch form["grant_type"] {
        case "client_credentials": return ownToken(form, at: now)
        case "refresh_token": return refreshed(form, at: now)
        case "authorization_code": return exchanged(form, at: now)
        default: return .entra(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        }
    }

    private mutating func ownToken(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        guard form["scope"] == "\(resource)/.default" else {
            return .entra(
                400,
                "invalid_scope",
                1002012,
                "The provided value for scope \(form["scope"] ?? "") is not valid."
            )
        }
        guard app.secret != nil || app.thumbprint != nil else {
            return .entra(
                401,
                "invalid_client",
                7000218,
                "The request body must contain client_assertion or client_secret."
            )
        }
        return issue(nil, app.permissions, at: now)
    }

    private mutating func refreshed(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        guard let token = form["refresh_token"], let grant = grants[token] else {
            return .entra(400, "invalid_grant", 50173, "The provided grant has expired due to it being revoked.")
        }
        let wanted = Set((form["scope"] ?? "").split(separator: " ").map(String.init))
        guard !wanted.isEmpty, wanted.isSubset(of: grant.scopes) else {
            return .entra(
                400,
                "invalid_grant",
                65001,
                "The user or administrator has not consented to use the application."
            )
        }
        // A refresh token is replaced; the stand-in ends the old one at once, so that a client that loses the new one is seen.
        grants[token] = nil
        return issue(grant, at: now)
    }

    private mutating func exchanged(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        guard let code = form["code"].flatMap({ codes.removeValue(forKey: $0) }), form["redirect_uri"] == code.redirect,
            let verifier = form["code_verifier"],
            StandInBase64.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) == code.challenge
        else { return .entra(400, "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.") }
        return issue(code.grant, at: now)
    }

    private mutating func issue(_ grant: Grant, at now: Timestamp) -> HTTPResponse {
        let permissions = Set(grant.scopes.compactMap { $0.split(separator: "/").last.map(String.init) })
        let refreshToken = "0.standin-refresh-\(nextNumber())"
        grants[refreshToken] = grant
        return issue(grant, permissions, refreshToken: refreshToken, at: now)
    }

    private mutating func issue(
        _ grant: Grant?,
        _ permissions: Set<String>,
        refreshToken: String? = nil,
        at now: Timestamp
    ) -> HTTPResponse {
        let life = Int(accessTokenLife.components.seconds)
        var body = JSONObject([
            ("token_type", "Bearer"), ("expires_in", .integer(life)), ("ext_expires_in", .integer(life)),
            ("access_token", .string(accessToken(for: grant?.account, permissions: permissions, at: now))),
        ])
        if let refreshToken, let grant {
            body["refresh_token"] = .string(refreshToken)
            // Microsoft names permissions of Graph without the resource.
            body["scope"] = .string(
                (permissions.filter { $0.contains(".") } + ["openid", "profile"]).sorted().joined(separator: " ")
            )
            let claims: JSON = ["preferred_username": .string(grant.account), "tid": .string(tenant)]
            body["id_token"] = .string("e30.\(StandInBase64.encode(claims.encoded())).c2ln")
        }
        return .json(200, .object(body))
    }

    /// The sign-in page, at which the hinted account always consents.
    mutating func consent(_ request: HTTPRequest, at now: Timestamp) -> HTTPResponse {
        let query = request.query
        guard request.pathSegments[0] == tenant, query["client_id"] == app.id, query["response_type"] == "code",
            query["code_challenge_method"] == "S256", let challenge = query["code_challenge"],
            let state = query["state"],
            let scope = query["scope"], let account = query["login_hint"]
        else { return .entra(400, "invalid_request", 90014, "A required field is missing.") }
        guard let redirect = query["redirect_uri"].flatMap({ HTTPURL($0) }), redirect.host == "localhost" else {
            return .entra(400, "invalid_request", 50011, "The redirect URI does not match those of the application.")
        }
        let identity: Set<String> = ["openid", "email", "profile"]
        let scopes = Set(scope.split(separator: " ").map(String.init)).subtracting(identity)
        let code = "0.standin-code-\(nextNumber())"
        codes[code] = Code(
            grant: Grant(account: account, scopes: scopes),
            redirect: query["redirect_uri"] ?? "",
            challenge: challenge
        )
        let location = redirect.query([(name: "code", value: code), (name: "state", value: state)])
        return HTTPResponse(status: 302, headers: [HTTPHeader("Location", location.description)])
    }
}

/// Who the client is.
extension StandInGraph {
    private mutating func refusal(_ form: [String: String], at now: Timestamp) -> HTTPResponse? {
        guard form["client_id"] == app.id else {
            return .entra(
                400,
                "unauthorized_client",
                700016,
                "Application with identifier was not found in the directory."
            )
        }
        if let thumbprint = app.thumbprint {
            guard form["client_secret"] == nil else { return Self.badSecret }
            return refusal(ofAssertionIn: form, thumbprint, at: now)
        }
        guard form["client_assertion"] == nil else {
            return .entra(401, "invalid_client", 700027, "The certificate is not registered on application.")
        }
        guard let secret = app.secret else {
            return form["client_secret"] == nil
                ? nil : .entra(401, "invalid_client", 700025, "Client is public so neither should be presented.")
        }
        guard form["client_secret"] == secret else { return Self.badSecret }
        return app.isSecretExpired
            ? .entra(401, "invalid_client", 7_000_222, "The provided client secret keys for app are expired.") : nil
    }

    private static var badSecret: HTTPResponse {
        .entra(401, "invalid_client", 7_000_215, "Invalid client secret provided.")
    }

    private mutating func refusal(
        ofAssertionIn form: [String: String],
        _ thumbprint: String,
        at now: Timestamp
    ) -> HTTPResponse? {
        let parts = (form["client_assertion"] ?? "").split(separator: ".", omittingEmptySubsequences: false).map(
            String.init
        )
        guard form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            let signature = StandInBase64.decode(parts[2].utf8), let algorithm = header["alg"] as? String,
            ["RS256", "PS256"].contains(algorithm), header["typ"] as? String == "JWT"
        else { return .entra(401, "invalid_client", 50027, "Invalid JWT token.") }
        guard header["x5t#S256"] as? String == thumbprint,
            app.verify(algorithm, Array("\(parts[0]).\(parts[1])".utf8), signature)
        else { return .entra(401, "invalid_client", 700027, "Client assertion failed signature validation.") }
        let seconds = Int(now.milliseconds / 1000)
        guard let start = claims["nbf"] as? Int, let end = claims["exp"] as? Int, start <= seconds, seconds < end,
            end - start <= 86_400
        else { return .entra(401, "invalid_client", 700024, "Client assertion is not within its valid time range.") }
        guard claims["aud"] as? String == "\(origin)/\(tenant)/oauth2/v2.0/token", claims["iss"] as? String == app.id,
            claims["sub"] as? String == app.id, let id = claims["jti"] as? String,
            seenAssertions.insert(id).inserted
        else { return .entra(401, "invalid_client", 700023, "Client assertion audience claim does not match.") }
        return nil
    }

    private static func json(_ part: String) -> [String: Any]? {
        StandInBase64.decode(part.utf8).flatMap {
            (try? JSONSerialization.jsonObject(with: Data($0))) as? [String: Any]
        }
    }
}
