// SPDX-License-Identifier: Apache-2.0

/// A service that issues OAuth tokens, with the defaults for its client files.
///
/// Missing endpoints of a client file come only from the service that its provider names: the secrets of one service
/// never reach the endpoint of another.
public struct OAuthService: Sendable, Hashable {
    /// The display name.
    public let name: String
    /// The endpoints for a client file that names none (RFC 6749 section 3).
    public let authorizationEndpoint: String
    public let tokenEndpoint: String
    /// Old endpoints that client files still name, mapped to the present ones.
    public let replacedEndpoints: [String: String]
    /// What to do about a client file that cannot be used.
    public let clientFileRemedy: String
    /// How the service's page for consent is asked.
    public let consent: OAuthConsent
    /// True when a refresh must name the scopes that the provider needs, because a grant may cover several resources.
    public let namesScopesOnRefresh: Bool
    /// True when tokens can be revoked beside the token endpoint (RFC 7009).
    public let hasRevocation: Bool
    /// What the service's refusals mean.
    public let hints: OAuthHints

    public init(
        name: String,
        authorizationEndpoint: String,
        tokenEndpoint: String,
        replacedEndpoints: [String: String] = [:],
        clientFileRemedy: String,
        consent: OAuthConsent = OAuthConsent(),
        namesScopesOnRefresh: Bool = false,
        hasRevocation: Bool = true,
        hints: OAuthHints = OAuthHints()
    ) {
        self.name = name
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.replacedEndpoints = replacedEndpoints
        self.clientFileRemedy = clientFileRemedy
        self.consent = consent
        self.namesScopesOnRefresh = namesScopesOnRefresh
        self.hasRevocation = hasRevocation
        self.hints = hints
    }
}

/// What a service's page for consent takes beyond RFC 6749 section 4.1.1.
public struct OAuthConsent: Sendable, Hashable {
    /// True when the query must ask for a refresh token with `access_type=offline`.
    public let asksForOfflineAccess: Bool
    /// The value of `prompt` (OpenID Connect Core 1.0 section 3.1.2.1).
    public let prompt: String
    /// The scopes with which the ID token names the owner.
    public let identityScopes: [String]
    /// The host of the redirect to this machine (RFC 8252 section 7.3), as clients of the service register it.
    public let loopbackHost: String
    /// What the owner does when the answer has no refresh token.
    public let noGrantRemedy: String

    public init(
        asksForOfflineAccess: Bool = true,
        prompt: String = "consent",
        identityScopes: [String] = ["openid", "email"],
        loopbackHost: String = "127.0.0.1",
        noGrantRemedy: String = "remove the app from those that the account allows, and run the command again"
    ) {
        self.asksForOfflineAccess = asksForOfflineAccess
        self.prompt = prompt
        self.identityScopes = identityScopes
        self.loopbackHost = loopbackHost
        self.noGrantRemedy = noGrantRemedy
    }
}

/// What a service's refusals mean, and how long its grants last.
public struct OAuthHints: Sendable, Hashable {
    /// What a refusal says about the grant and the client.
    public enum Meaning: Sendable, Hashable {
        /// The owner must consent again.
        case grantIsDead
        /// The client or its set-up is wrong.
        case setUpIsWrong
        /// The endpoint cannot answer now.
        case comeBackLater
    }

    /// One refusal that the service documents.
    public struct Refusal: Sendable, Hashable {
        /// Values of `error`, or words of `error_description`, of which one is enough.
        public let words: [String]
        public let meaning: Meaning
        /// What is wrong, in plain words.
        public let cause: String
        /// What to do; nil when another consent is the whole remedy.
        public let remedy: String?

        public init(_ words: [String], _ meaning: Meaning, _ cause: String, remedy: String? = nil) {
            self.words = words
            self.meaning = meaning
            self.cause = cause
            self.remedy = remedy
        }
    }

    /// In the order in which they are compared.
    public let refusals: [Refusal]
    /// True when grants of an app that is not published end after a week.
    public let endsGrantsInTesting: Bool

    public init(refusals: [Refusal] = [], endsGrantsInTesting: Bool = true) {
        self.refusals = refusals
        self.endsGrantsInTesting = endsGrantsInTesting
    }

    /// The first refusal that the error code or a word of its description names.
    package func refusal(_ error: String, _ description: String) -> Refusal? {
        guard !refusals.isEmpty else { return nil }
        let words = Set(description.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
        return refusals.first { refusal in refusal.words.contains { $0 == error || words.contains($0) } }
    }
}
