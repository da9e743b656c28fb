// SPDX-License-Identifier: Apache-2.0
public import JSON

/// An OAuth client as Google's console gives it out: `installed`, `web`, or the members alone.
public struct OAuthClient: Sendable, Hashable {
    public let id: String
    public let secret: Secret?
    public let tokenEndpoint: HTTPURL
    public let authorizationEndpoint: HTTPURL?
    public let redirects: [String]
    /// A `web` client may send a browser to its own redirects only.
    public let isWeb: Bool

    public init(_ json: JSON) throws(TokenFormFault) {
        if json["type"]?.string == "service_account" {
            throw TokenFormFault("it is the key of a service account; write `tokens: service-account:PATH`")
        }
        isWeb = json["web"] != nil
        let client = json["installed"] ?? json["web"] ?? json
        guard client.object != nil else { throw TokenFormFault("it is no JSON object") }
        guard let id = client["client_id"]?.string, !id.isEmpty else {
            throw TokenFormFault("it has no `client_id`; download the client file of your OAuth client again")
        }
        self.id = id
        secret = client["client_secret"]?.string.map { Secret($0) }
        guard let endpoint = Self.endpoint(client["token_uri"]?.string ?? Self.googleTokens) else {
            throw TokenFormFault("its `token_uri` is neither https nor on this machine")
        }
        tokenEndpoint = endpoint
        authorizationEndpoint = Self.endpoint(
            client["auth_uri"]?.string ?? "https://accounts.google.com/o/oauth2/v2/auth"
        )
        redirects = client["redirect_uris"]?.array?.compactMap(\.string) ?? []
    }

    static let googleTokens = "https://oauth2.googleapis.com/token"

    /// The token endpoint that a file names, Google's when it names none; nil for one that secrets may not be sent to.
    package static func endpoint(_ text: String?) -> HTTPURL? { endpoint(text ?? googleTokens) }

    /// An address that secrets may be sent to; old ones of Google's are replaced by the present one.
    static func endpoint(_ text: String) -> HTTPURL? {
        guard let url = HTTPURL(text), url.isSecure || url.isLoopback else { return nil }
        let isOldToken = [
            "accounts.google.com/o/oauth2/token", "www.googleapis.com/oauth2/v3/token",
            "www.googleapis.com/oauth2/v4/token",
        ]
        .contains(url.host + url.target)
        if isOldToken { return HTTPURL(googleTokens) }
        if url.host == "accounts.google.com", url.target == "/o/oauth2/auth" {
            return HTTPURL("https://accounts.google.com/o/oauth2/v2/auth")
        }
        return url
    }
}
