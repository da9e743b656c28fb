// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// The state of one provider's tokens, without the tokens; for people, metrics and alerts.
public struct TokenStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// There is a token that can be used or renewed.
        case good
        /// The last renewals failed; more will be tried.
        case failing
        /// The grant is no longer valid, or there is none: an operator must act.
        case dead
    }

    /// The operator's name for the provider.
    public var provider: String
    public var kind: String
    public var account: String
    /// Where the tokens are stored, such as `database` or `file:secrets/token.json`.
    public var place: String
    public var state: State
    /// When the access token expires; nil when there is none yet.
    public var expiresAt: Timestamp?
    public var refreshedAt: Timestamp?
    /// When the grant was given, if known.
    public var grantedAt: Timestamp?
    /// The last failure, since when, and its remedy; nil while there is none.
    public var failure: DeliveryError?
    public var since: Timestamp?
    /// When the grant is likely to end, and why; nil when nothing suggests it.
    public var forecast: Forecast?
    /// Warnings for the operator although mail goes out, such as a file that cannot be written.
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
