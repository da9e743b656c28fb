// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// What is known of one provider's tokens, without the tokens; for people, metrics and alerts.
public struct TokenStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// There is a token that can be used or renewed.
        case good
        /// The last tries to renew it failed; more will be made.
        case failing
        /// The grant is no longer good, or there is none: somebody has to act.
        case dead
    }

    /// The name that the operator gave the provider.
    public var provider: String
    public var kind: String
    public var account: String
    /// Where the tokens are, such as `database` or `file:secrets/token.json`.
    public var place: String
    public var state: State
    /// When the access token ends; nil when there is none yet.
    public var expiresAt: Timestamp?
    public var refreshedAt: Timestamp?
    /// When the grant was given, as far as it is known.
    public var grantedAt: Timestamp?
    /// What went wrong last, from when on, and what mends it; nil while all is well.
    public var failure: DeliveryError?
    public var since: Timestamp?
    /// When the grant is likely to die, and why; nil without a sign of it.
    public var forecast: Forecast?
    /// What an operator should know although mail goes out, such as a file that cannot be written.
    public var warnings: [String]

    /// A grant that will end.
    public struct Forecast: Sendable, Hashable {
        public var diesAt: Timestamp
        /// In plain words, with the remedy.
        public var reason: String

        public init(diesAt: Timestamp, reason: String) {
            self.diesAt = diesAt
            self.reason = reason
        }
    }

    public init(
        provider: String,
        kind: String,
        account: String,
        place: String,
        state: State,
        expiresAt: Timestamp? = nil,
        refreshedAt: Timestamp? = nil,
        grantedAt: Timestamp? = nil,
        failure: DeliveryError? = nil,
        since: Timestamp? = nil,
        forecast: Forecast? = nil,
        warnings: [String] = []
    ) {
        self.provider = provider
        self.kind = kind
        self.account = account
        self.place = place
        self.state = state
        self.expiresAt = expiresAt
        self.refreshedAt = refreshedAt
        self.grantedAt = grantedAt
        self.failure = failure
        self.since = since
        self.forecast = forecast
        self.warnings = warnings
    }
}
