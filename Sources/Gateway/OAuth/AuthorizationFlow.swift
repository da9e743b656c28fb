// SPDX-License-Identifier: Apache-2.0
public import Basics
import Crypto
public import Delivery
public import JSON

/// Asks the owner of a mailbox for consent in a browser, and reads the redirect that follows.
///
/// The authorization code grant with PKCE and a redirect to this machine (RFC 6749 section 4.1, RFC 7636, RFC 8252).
public struct AuthorizationFlow: Sendable {
    /// The OAuth client from its file or the settings.
    public struct Client: Sendable {
        public var id: String
        public var secret: Secret?
        public var authorizationEndpoint: HTTPURL
        public var tokenEndpoint: HTTPURL
        /// How the service's page is asked.
        public var consent: OAuthConsent

        public init(
            id: String,
            secret: Secret?,
            authorizationEndpoint: HTTPURL,
            tokenEndpoint: HTTPURL,
            consent: OAuthConsent = OAuthConsent()
        ) {
            self.id = id
            self.secret = secret
            self.authorizationEndpoint = authorizationEndpoint
            self.tokenEndpoint = tokenEndpoint
            self.consent = consent
        }
    }

    public let client: Client
    /// The redirect URI; the same in both steps.
    public let redirect: String
    /// The mailbox whose owner must consent.
    public let account: String
    /// The requested scopes; those that tell who consented are added.
    public let scopes: [String]
    private let state: String
    private let verifier: String

    /// `random` returns 64 unpredictable bits.
    public init(
        client: Client,
        redirect: String,
        account: String,
        scopes: [String],
        random: @Sendable () -> UInt64
    ) {
        self.client = client
        self.redirect = redirect
        self.account = account
        self.scopes = scopes
        state = Base64URL.encode(Self.bytes(16, random))
        verifier = Base64URL.encode(Self.bytes(32, random))
    }

    /// The page on which the owner consents.
    public var page: HTTPURL {
        var items = [
            (name: "client_id", value: client.id), (name: "redirect_uri", value: redirect),
            (name: "response_type", value: "code"),
            (name: "scope", value: (client.consent.identityScopes + scopes).joined(separator: " ")),
        ]
        if client.consent.asksForOfflineAccess { items.append((name: "access_type", value: "offline")) }
        items += [
            (name: "prompt", value: client.consent.prompt), (name: "state", value: state),
            (
                name: "code_challenge",
                value: Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8))))
            ),
            (name: "code_challenge_method", value: "S256"), (name: "login_hint", value: account),
        ]
        return client.authorizationEndpoint.query(items)
    }

    /// The code in the user's input: the whole redirect URI, its query, or what follows its `?`.
    ///
    /// The `state` is compared before anything else is read: without this attempt's own, neither an `error` nor a
    /// `code` is an answer (RFC 6749 sections 4.1.2, 4.1.2.1 and 10.12).
    public func code(in redirected: String) throws(AuthorizationError) -> Secret {
        let answer = Self.items(redirected)
        guard let state = answer["state"] else { throw .noCode }
        guard state == self.state else { throw .foreignAnswer }
        if let error = answer["error"] { throw .refused(error, answer["error_description"]) }
        guard let code = answer["code"], !code.isEmpty else { throw .noCode }
        return Secret(code)
    }

    /// True for a redirect that ends this attempt: its own state with a code or an error.
    public func isAnswered(by redirected: String) -> Bool {
        do throws(AuthorizationError) {
            _ = try code(in: redirected)
            return true
        } catch {
            if case .refused = error { return true }
            return false
        }
    }

    /// The request that exchanges a code for tokens.
    ///
    /// `authentication` proves who the client is; nil for the client's secret, if it has one.
    public func exchange(_ code: Secret, authentication: [(name: String, value: String)]? = nil) -> HTTPRequest {
        var form = [
            ("grant_type", "authorization_code"), ("code", code.exposed), ("client_id", client.id),
            ("redirect_uri", redirect), ("code_verifier", verifier),
        ]
        if let authentication {
            form += authentication.map { ($0.name, $0.value) }
        } else if let secret = client.secret {
            form.append(("client_secret", secret.exposed))
        }
        return HTTPRequest(
            .post,
            client.tokenEndpoint,
            headers: [
                HTTPHeader("Content-Type", "application/x-www-form-urlencoded"),
                HTTPHeader("Accept", "application/json"),
            ],
            body: Array(HTTPURL.form(form.map { (name: $0.0, value: $0.1) }).utf8)
        )
    }

    /// The claims of the response's ID token, as unparsed JSON; nil when there is none.
    ///
    /// The token came directly from the token endpoint, so TLS authenticates it (OpenID Connect Core 1.0 section
    /// 3.1.3.7).
    public static func claims(in tokens: JSON) -> [UInt8]? {
        let parts = tokens["id_token"]?.string?.split(separator: ".", omittingEmptySubsequences: false) ?? []
        return parts.count == 3 ? Base64URL.decode(String(parts[1])) : nil
    }

    /// Checks that the tokens have a wanted scope, last longer than an hour, and belong to the account.
    ///
    /// One of the scopes in `wanted` is enough; `claims` are those of the ID token.
    public func check(_ tokens: JSON, claims: JSON?, wanted: [String]) throws(AuthorizationError) {
        guard tokens["access_token"]?.string?.isEmpty == false else { throw .noAccessToken }
        // A response without a scope grants the requested one (RFC 6749 section 5.1).
        let rights = wanted.filter { $0 != Self.offlineAccess }
        if let granted = Self.scopes(in: tokens), let first = rights.first,
            !rights.contains(where: { right in granted.contains { Self.isSame($0, right) } })
        {
            throw .scopeMissing(first)
        }
        guard tokens["refresh_token"]?.string?.isEmpty == false else {
            throw .noRefreshToken(remedy: client.consent.noGrantRemedy)
        }
        // Some services give the name of the sign-in, and an `email` only if the account has one.
        let owners = [claims?["email"]?.string, claims?["preferred_username"]?.string].compactMap(\.self)
        guard let owner = owners.first, account.contains("@") else { return }
        guard owners.contains(where: { $0.lowercased() == account.lowercased() }) else { throw .otherAccount(owner) }
    }

    /// The scope that asks for a refresh token (OpenID Connect Core 1.0 section 11); it grants no right.
    package static let offlineAccess = "offline_access"

    /// Whether a granted scope is the wanted one; a service may answer with its name alone, without the resource.
    private static func isSame(_ granted: String, _ wanted: String) -> Bool {
        if granted == wanted { return true }
        let (granted, wanted) = (granted.lowercased(), wanted.lowercased())
        return granted == wanted || !granted.contains("/") && wanted.hasSuffix("/" + granted)
    }

    private static func scopes(in tokens: JSON) -> [String]? {
        let value = tokens["scope"]
        let names = value?.array?.compactMap(\.string) ?? value?.string?.split(separator: " ").map(String.init) ?? []
        return names.isEmpty ? nil : names
    }

    private static func bytes(_ count: Int, _ random: () -> UInt64) -> [UInt8] {
        (0..<count / 8).flatMap { _ in
            let word = random()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
    }

    private static func items(_ redirected: String) -> [String: String] {
        let text = redirected.filter { !$0.isWhitespace }
        let query = (text.firstIndex(of: "?").map { text[text.index(after: $0)...] } ?? text[...]).prefix { $0 != "#" }
        var items: [String: String] = [:]
        for item in query.split(separator: "&") {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let value = PercentEncoding.decode(pair[1], plusIsBlank: true) else { continue }
            items[String(pair[0])] = value
        }
        return items
    }
}

/// Why a consent gave no usable tokens.
public enum AuthorizationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The page returned an error code, and perhaps a description.
    case refused(String, String?)
    /// The redirect contains no code.
    case noCode
    /// The redirect belongs to another attempt.
    case foreignAnswer
    case scopeMissing(String)
    case noAccessToken
    /// The answer has no refresh token; contains what to do about it.
    case noRefreshToken(remedy: String)
    /// The owner of another account consented.
    case otherAccount(String)

    public var description: String {
        switch self {
        case .refused("access_denied", _): "consent was refused; run the command again and allow what is asked for"
        case .refused(let code, let words):
            "the sign-in page answered `\(Self.plain(code))`" + (words.map { ": \(Self.plain($0))" } ?? "")
        case .noCode: "there is no `code` with its `state` in it; paste the whole address that the browser was sent to"
        case .foreignAnswer:
            "it answers another attempt (`state` differs); run the command again and use the new address"
        case .scopeMissing(let scope):
            "the right to send was not granted (\(scope)); run the command again and leave its box ticked"
        case .noAccessToken:
            "the token endpoint answered without a usable `access_token`; check `token_uri` in the client file, and run the "
                + "command again"
        case .noRefreshToken(let remedy):
            "the answer has no refresh token, so mail would stop within the hour; \(remedy)"
        case .otherAccount(let owner):
            "\(Self.plain(owner)) has consented, which is not the configured account; sign in as that account, or change "
                + "`account`"
        }
    }

    /// Text from outside, shortened and without control characters.
    private static func plain(_ text: String) -> String {
        String(text.prefix(200).map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? " " : $0 })
    }
}
