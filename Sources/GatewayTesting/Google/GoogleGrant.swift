// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A user's consent for a client, which a refresh token represents.
struct GoogleGrant: Sendable {
    let account: String
    let clientID: String
    var scopes: Set<String>
    let givenAt: Timestamp
}

/// The state behind an access token.
struct GoogleAccess: Sendable {
    /// Nil for a service account without a delegated user.
    let account: String?
    let clientID: String
    let scopes: Set<String>
    var expiresAt: Timestamp
}

/// The state behind an authorisation code.
struct GoogleCode: Sendable {
    let account: String
    let clientID: String
    let redirect: String
    let scopes: Set<String>
    /// The S256 challenge; nil without PKCE.
    let challenge: String?
    let givesRefreshToken: Bool
    let expiresAt: Timestamp
}

extension StandInGoogle {
    /// Grants a client access to an account, as if a user had completed the sign-in page.
    ///
    /// - Returns: The refresh token.
    public mutating func grant(
        _ address: String,
        scopes: Set<String>,
        client: GoogleClient = .sample,
        at now: Timestamp
    ) -> String {
        let token = "1//0g-standin-refresh-\(nextNumber())"
        grants[token] = GoogleGrant(account: address, clientID: client.id, scopes: scopes, givenAt: now)
        return token
    }

    /// Creates an access token without the token endpoint.
    public mutating func accessToken(
        for address: String?,
        scopes: Set<String>,
        client: GoogleClient = .sample,
        at now: Timestamp
    ) -> String {
        let token = "ya29.standin-access-\(nextNumber())"
        accessTokens[token] = GoogleAccess(
            account: address,
            clientID: client.id,
            scopes: scopes,
            expiresAt: now + policy.accessTokenLife
        )
        return token
    }

    /// Invalidates all access tokens; refresh tokens remain valid.
    public mutating func forgetAccessTokens() {
        accessTokens = [:]
    }

    /// Revokes all grants of an account, as when its password is changed.
    public mutating func revokeGrants(of address: String) {
        grants = grants.filter { $0.value.account.lowercased() != address.lowercased() }
        accessTokens = accessTokens.filter { $0.value.account?.lowercased() != address.lowercased() }
    }

    /// Whether the refresh token is valid now.
    public func isAlive(refreshToken: String, at now: Timestamp) -> Bool {
        grants[refreshToken].map { !isDead($0, at: now) } ?? false
    }

    func isDead(_ grant: GoogleGrant, at now: Timestamp) -> Bool {
        policy.isTesting && now - grant.givenAt >= .seconds(7 * 86_400)
    }
}
