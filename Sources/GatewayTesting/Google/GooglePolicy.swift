// SPDX-License-Identifier: Apache-2.0

/// The circumstances under which the stand-in works; by default the kindest.
public struct GooglePolicy: Sendable, Hashable {
    /// How long an access token lives.
    public var accessTokenLife = Duration.seconds(3599)
    /// Writes `expires_in` as a string, as some servers do.
    public var writesExpiryAsText = false
    /// Gives a new refresh token with each refresh and kills the old one, which Google does not do.
    public var rotatesRefreshTokens = false
    /// The consent screen is in Testing: a grant dies after 7 days.
    public var isTesting = false
    /// What the person at the sign-in page does.
    public var consent = Consent.allows
    /// The address of the person at the sign-in page; nil for the one that is hinted at, else the first.
    public var consentingAccount: String?
    /// The scopes that the person leaves ticked; nil for all.
    public var tickedScopes: Set<String>?

    /// What a service account may name as the audience beside the real token endpoint, such as where the stand-in is served.
    public var audience: String?

    public var isAPIEnabled = true
    public var projectNumber = "1234"
    /// Sends a minute and mailbox (60 for a new project); nil for no limit.
    public var sendsPerMinute: Int?
    /// The status of an answer that speaks of a rate: 403 or 429, the real one gives both.
    public var rateStatus = 429
    /// Sends in 24 hours and mailbox, whatever the project.
    public var sendsPerDay: Int?
    /// Sends of the whole project until midnight in California.
    public var projectSendsPerDay: Int?
    /// Takes messages whose lines end in LF alone; the real one is said to.
    public var takesBareLineFeeds = false

    public enum Consent: Sendable, Hashable {
        case allows
        case denies
    }

    public init() {}
}
