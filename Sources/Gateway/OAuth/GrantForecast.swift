// SPDX-License-Identifier: Apache-2.0
import JSON

/// When a grant is likely to die (Google's rules: support.google.com/cloud/answer/7650096, developers.google.com/identity/protocols/oauth2).
package enum GrantForecast {
    private static let week = Duration.seconds(7 * 86_400)
    private static let halfYear = Duration.seconds(180 * 86_400)
    /// The member of a stored token that keeps how long the grant before it lived, in seconds.
    static let earlierLife = "earlier_grant_lived"

    package static func of(_ stored: StoredToken?, now: Timestamp) -> TokenStatus.Forecast? {
        guard let stored else { return nil }
        if let end = stored.token.grantExpiresAt {
            return TokenStatus.Forecast(
                diesAt: end,
                reason: "the consent was given for a time that ends then; run `posthaste tokens authorize` before"
            )
        }
        guard let grantedAt = stored.token.grantedAt ?? stored.grantedAt else { return nil }
        if diedAfterAWeek(stored.token), grantedAt + week > now {
            return TokenStatus.Forecast(
                diesAt: grantedAt + week,
                reason:
                    "the grant before it lived for seven days, as those of an app in `Testing` do; publish the app's "
                    + "consent screen, then run `posthaste tokens authorize`"
            )
        }
        return nil
    }

    /// When a grant that nobody uses dies.
    package static func unused(since: Timestamp) -> Timestamp { since + halfYear }

    private static func diedAfterAWeek(_ token: OAuthToken) -> Bool {
        guard let seconds = token.fields[earlierLife]?.integer else { return false }
        return abs(seconds - 7 * 86_400) < 43_200
    }
}
