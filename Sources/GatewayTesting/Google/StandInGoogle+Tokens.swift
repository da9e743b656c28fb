// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import Delivery
internal import JSON

/// The token endpoint (RFC 6749 section 3.2), revocation and tokeninfo.
extension StandInGoogle {
    mutating func tokens(for request: HTTPRequest, at now: Timestamp) -> HTTPResponse {
        guard request.mediaType == "application/x-www-form-urlencoded",
            let form = FormText.decode(String(decoding: request.body, as: UTF8.self))
        else { return .oauth(400, "invalid_request", "The body is no form, or names a parameter twice.") }
        switch form["grant_type"] {
        case "refresh_token": return refresh(form, at: now)
        case "authorization_code": return exchange(form, at: now)
        case "urn:ietf:params:oauth:grant-type:jwt-bearer": return assertion(form, at: now)
        case nil: return .oauth(400, "invalid_request", "Required parameter is missing: grant_type")
        case let type?: return .oauth(400, "unsupported_grant_type", "Invalid grant_type: \(type)")
        }
    }

    private mutating func refresh(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        if let refusal = refusal(ofClientIn: form) { return refusal }
        guard let token = form["refresh_token"] else {
            return .oauth(400, "invalid_request", "Missing required parameter: refresh_token")
        }
        guard var grant = grants[token], grant.clientID == form["client_id"], !isDead(grant, at: now) else {
            return .oauth(400, "invalid_grant", "Token has been expired or revoked.")
        }
        if let wanted = form["scope"].map({ Set($0.split(separator: " ").map(String.init)) }) {
            guard wanted.isSubset(of: grant.scopes) else { return .oauth(400, "invalid_scope", "Bad Request") }
            grant.scopes = wanted
        }
        var replacement: String?
        if policy.rotatesRefreshTokens {
            grants[token] = nil
            replacement = self.grant(grant.account, scopes: grant.scopes, client: client(grant.clientID), at: now)
        }
        return issue(grant.account, grant.scopes, clientID: grant.clientID, refreshToken: replacement, at: now)
    }

    private mutating func exchange(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        if let refusal = refusal(ofClientIn: form) { return refusal }
        // A code is valid once, whatever the result.
        guard let name = form["code"], let code = codes.removeValue(forKey: name), code.expiresAt > now,
            code.clientID == form["client_id"]
        else { return .oauth(400, "invalid_grant", "Malformed auth code.") }
        guard form["redirect_uri"] == code.redirect else {
            return .oauth(400, "redirect_uri_mismatch", "Bad Request")
        }
        if let challenge = code.challenge {
            guard let verifier = form["code_verifier"] else {
                return .oauth(400, "invalid_grant", "Missing code verifier.")
            }
            guard (43...128).contains(verifier.utf8.count),
                StandInBase64.encode(SHA256.hash(data: Array(verifier.utf8)).map { $0 }) == challenge
            else { return .oauth(400, "invalid_grant", "Invalid code verifier.") }
        }
        let refreshToken =
            code.givesRefreshToken
            ? grant(code.account, scopes: code.scopes, client: client(code.clientID), at: now) : nil
        return issue(code.account, code.scopes, clientID: code.clientID, refreshToken: refreshToken, at: now)
    }

    private func refusal(ofClientIn form: [String: String]) -> HTTPResponse? {
        guard let id = form["client_id"], let client = clients.first(where: { $0.id == id }) else {
            return .oauth(401, "invalid_client", "The OAuth client was not found.")
        }
        if client.isDeleted { return .oauth(401, "deleted_client", "The OAuth client was deleted.") }
        guard form["client_secret"] == client.secret else { return .oauth(401, "invalid_client", "Unauthorized") }
        return nil
    }

    private func client(_ id: String) -> GoogleClient {
        clients.first { $0.id == id } ?? GoogleClient(id: id, secret: "")
    }

    /// The response with a new access token.
    mutating func issue(
        _ account: String?,
        _ scopes: Set<String>,
        clientID: String,
        refreshToken: String?,
        at now: Timestamp
    ) -> HTTPResponse {
        let token = accessToken(for: account, scopes: scopes, client: client(clientID), at: now)
        let life = Int(policy.accessTokenLife.components.seconds)
        var body = JSONObject([
            ("access_token", .string(token)),
            ("expires_in", policy.writesExpiryAsText ? .string("\(life)") : .integer(life)),
            ("scope", .string(scopes.sorted().joined(separator: " "))), ("token_type", "Bearer"),
        ])
        if let refreshToken { body["refresh_token"] = .string(refreshToken) }
        if let account, !scopes.isDisjoint(with: ["openid"]) {
            body["id_token"] = .string(idToken(account, scopes, clientID, at: now))
        }
        return .json(200, .object(body), headers: [HTTPHeader("Cache-Control", "no-store")])
    }

    /// An ID token (OpenID Connect Core section 2) with a meaningless signature.
    private func idToken(_ account: String, _ scopes: Set<String>, _ clientID: String, at now: Timestamp) -> String {
        var claims = JSONObject([
            ("iss", "https://accounts.google.com"), ("aud", .string(clientID)), ("azp", .string(clientID)),
            ("sub", "1000000001"), ("iat", .integer(Int(now.milliseconds / 1000))),
            ("exp", .integer(Int(now.milliseconds / 1000) + 3600)),
        ])
        if scopes.contains("email") || scopes.contains("https://www.googleapis.com/auth/userinfo.email") {
            claims["email"] = .string(account)
            claims["email_verified"] = true
        }
        let header = StandInBase64.encode(Array(#"{"alg":"RS256","kid":"standin","typ":"JWT"}"#.utf8))
        return "\(header).\(StandInBase64.encode(JSON.object(claims).encoded())).c3RhbmQtaW4"
    }

    mutating func revocation(_ request: HTTPRequest) -> HTTPResponse {
        let form = FormText.decode(String(decoding: request.body, as: UTF8.self)) ?? request.query
        guard let token = form["token"], let account = grants[token]?.account ?? accessTokens[token]?.account else {
            return .oauth(400, "invalid_token", "Token expired or revoked")
        }
        revokeGrants(of: account)
        return .json(200, [:])
    }

    func tokenInfo(_ request: HTTPRequest, at now: Timestamp) -> HTTPResponse {
        let form = FormText.decode(String(decoding: request.body, as: UTF8.self)) ?? [:]
        guard let token = form["access_token"] ?? request.query["access_token"], let access = accessTokens[token],
            access.expiresAt > now
        else { return .oauth(400, "invalid_token", "Invalid Value") }
        let life = (access.expiresAt - now).components.seconds
        var body = JSONObject([
            ("azp", .string(access.clientID)), ("aud", .string(access.clientID)),
            ("scope", .string(access.scopes.sorted().joined(separator: " "))),
            ("exp", .string("\(access.expiresAt.milliseconds / 1000)")), ("expires_in", .string("\(life)")),
            ("access_type", "offline"),
        ])
        if let account = access.account, !access.scopes.isDisjoint(with: GoogleEndpoint.userInfo.scopes) {
            body["email"] = .string(account)
            body["email_verified"] = "true"
        }
        return .json(200, .object(body))
    }
}
