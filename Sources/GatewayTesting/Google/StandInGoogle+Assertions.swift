// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Foundation

/// Service accounts: a signed JWT in place of a user's consent (RFC 7523).
extension StandInGoogle {
    private struct Header: Decodable {
        let alg: String
        let kid: String?
    }

    private struct Claims: Decodable {
        let iss: String
        let aud: String
        let iat: Int64
        let exp: Int64
        let scope: String?
        let sub: String?
    }

    private static let tokenAddress = "https://oauth2.googleapis.com/token"

    mutating func assertion(_ form: [String: String], at now: Timestamp) -> HTTPResponse {
        let parts = (form["assertion"] ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header: Header = Self.decoded(parts[0]),
            let claims: Claims = Self.decoded(parts[1]),
            let signature = StandInBase64.decode(parts[2].utf8), header.alg == "RS256"
        else { return .oauth(400, "invalid_grant", "Invalid JWT: Failed to parse the assertion.") }
        guard let account = serviceAccounts.first(where: { $0.email == claims.iss }) else {
            return .oauth(400, "invalid_grant", "Invalid grant: account not found")
        }
        guard header.kid == nil || header.kid == account.keyID,
            account.verify?(Array("\(parts[0]).\(parts[1])".utf8), signature) ?? true
        else { return .oauth(400, "invalid_grant", "Invalid JWT Signature.") }
        if let refusal = refusal(of: claims, at: now) { return refusal }
        let scopes = Set((claims.scope ?? "").split(separator: " ").map(String.init))
        guard !scopes.isEmpty else { return .oauth(400, "invalid_scope", "Empty or missing scope not allowed.") }
        if let subject = claims.sub {
            guard self.account(subject) != nil else {
                return .oauth(400, "invalid_grant", "Invalid email or User ID")
            }
            guard scopes.isSubset(of: account.delegatedScopes) else {
                let text =
                    "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
                    + "for any of the scopes requested."
                return .oauth(401, "unauthorized_client", text)
            }
        }
        return issue(claims.sub, scopes, clientID: account.email, refreshToken: nil, at: now)
    }

    private func refusal(of claims: Claims, at now: Timestamp) -> HTTPResponse? {
        let seconds = now.milliseconds / 1000
        guard claims.aud == Self.tokenAddress || claims.aud == policy.audience else {
            return .oauth(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        }
        guard claims.exp > seconds, claims.iat <= seconds + 300, claims.iat >= seconds - 3900,
            claims.exp - claims.iat <= 3600
        else {
            let text =
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
                + "Check your iat and exp values in the JWT claim."
            return .oauth(400, "invalid_grant", text)
        }
        return nil
    }

    private static func decoded<Value: Decodable>(_ part: Substring) -> Value? {
        guard let bytes = StandInBase64.decode(part.utf8) else { return nil }
        // The error is the same for every fault.
        return try? JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}
