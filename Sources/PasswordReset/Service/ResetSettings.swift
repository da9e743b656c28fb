// SPDX-License-Identifier: Apache-2.0
import Basics

/// The checked section `password_reset:`.
package struct ResetSettings: Sendable, Hashable {
    package var brand: String
    /// The link in the mail; `{token}` is replaced by the token.
    package var link: String
    /// The lifetime of a link from the hand-over of the mail.
    package var ttl: Duration
    /// Compared in lower case.
    package var allowedOrigins: [String]
    package var limits: Limits
    package var rules: PasswordRules

    package struct Limits: Sendable, Hashable {
        package var perAddress: Limit
        package var perClient: Limit
        package var global: Limit

        package init(
            perAddress: Limit = Limit(3, per: .seconds(3600)),
            perClient: Limit = Limit(20, per: .seconds(3600)),
            global: Limit = Limit(600, per: .seconds(60))
        ) {
            self.perAddress = perAddress
            self.perClient = perClient
            self.global = global
        }
    }

    package init(
        brand: String,
        link: String,
        ttl: Duration = usualTimeToLive,
        allowedOrigins: [String] = [],
        limits: Limits = Limits(),
        rules: PasswordRules = PasswordRules()
    ) {
        self.brand = brand
        self.link = link
        self.ttl = ttl
        self.allowedOrigins = allowedOrigins
        self.limits = limits
        self.rules = rules
    }

    package static let usualTimeToLive = Duration.seconds(3600)

    func link(_ token: ResetToken) -> String { link.replacing("{token}", with: token.text.exposed) }
}

/// A number of calls per time span, such as `3/1h`.
package struct Limit: Sendable, Hashable {
    package let count: Int
    package let span: Duration

    package init(_ count: Int, per span: Duration) {
        self.count = count
        self.span = span
    }

    /// Parses `3/1h`.
    package init?(setting text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            let span = Duration(setting: String(parts[1])), span > .zero
        else { return nil }
        self.init(count, per: span)
    }
}
