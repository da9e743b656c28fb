// SPDX-License-Identifier: Apache-2.0

/// The configuration of the stand-in; the defaults are the most permissive.
public struct GooglePolicy: Sendable, Hashable {
    /// The lifetime of an access token.
    public var accessTokenLife = Duration.seconds(3599)
    /// Writes `expires_in` as a string, as some servers do.
    public var writesExpiryAsText = false
    /// Returns a new refresh token at each refresh and revokes the old one, which Google does not do.
    public var rotatesRefreshTokens = false
    /// The consent screen is in Testing: a grant expires after 7 days.
    public var isTesting = false
    /// The decision of the user at the sign-in page.
    public var consent = Consent.allows
    /// The address of the user at the sign-in page; nil for the hinted one, else the first.
    public var consentingAccount: String?
    /// The scopes that the user leaves ticked; nil for all.
    public var tickedScopes: Set<String>?

    /// An accepted audience of a service account in addition to the real token endpoint, such as the stand-in's own URL.
    public var audience: String?

    public var isAPIEnabled = true
    public var projectNumber = "1234"
    /// Sends per minute and mailbox (60 for a new project); nil for no limit.
    public var sendsPerMinute: Int?
    /// The status of a rate limit response: 403 or 429; Google uses both.
    public var rateStatus = 429
    /// Sends per 24 hours and mailbox, independent of the project.
    public var sendsPerDay: Int?
    /// Sends of the whole project until midnight Pacific time.
    public var projectSendsPerDay: Int?
    /// Accepts messages with bare LF line ends, as Gmail reportedly does.
    public var takesBareLineFeeds = false

    public enum Consent: Sendable, Hashable {
        case allows
        case denies
    }

    public init() {}
}
