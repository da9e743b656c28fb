// SPDX-License-Identifier: Apache-2.0
public import Basics

/// What a person allowed a client: the thing behind a refresh token.
struct GoogleGrant: Sendable {
    let account: String
    let clientID: String
    var scopes: Set<String>
    let givenAt: Timestamp
}

/// The thing behind an access token.
struct GoogleAccess: Sendable {
    /// Nil for a service account that acts for nobody.
    let account: String?
    let clientID: String
    let scopes: Set<String>
    var expiresAt: Timestamp
}

/// The thing behind an authorisation code.
struct GoogleCode: Sendable {
    let account: String
    let clientID: String
    let redirect: String
    let scopes: Set<String>
    /// With the method S256; nil without PKCE.
    let challenge: String?
    let givesRefreshToken: Bool
    let expiresAt: Timestamp
}

extension StandInGoogle {
    /// Lets a client act for an account, as if a person had gone through the sign-in page.
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

    /// Gives an access token without the token endpoint.
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

    /// Ends all access tokens; refresh tokens stay good.
    public mutating func forgetAccessTokens() {
        accessTokens = [:]
    }

    /// Ends all that an account has allowed, as when its password is changed.
    public mutating func revokeGrants(of address: String) {
        grants = grants.filter { $0.value.account.lowercased() != address.lowercased() }
        accessTokens = accessTokens.filter { $0.value.account?.lowercased() != address.lowercased() }
    }

    /// Whether the refresh token would be taken now.
    public func isAlive(refreshToken: String, at now: Timestamp) -> Bool {
        grants[refreshToken].map { !isDead($0, at: now) } ?? false
    }

    func isDead(_ grant: GoogleGrant, at now: Timestamp) -> Bool {
        policy.isTesting && now - grant.givenAt >= .seconds(7 * 86_400)
    }
}
