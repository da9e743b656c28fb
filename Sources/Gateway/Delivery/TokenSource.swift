// SPDX-License-Identifier: Apache-2.0
public import Basics

/// What a service lets its bearer do, for a while.
public struct AccessToken: Sendable, Hashable {
    public let value: Secret
    public let expiresAt: Timestamp

    public init(_ value: Secret, expiresAt: Timestamp) {
        self.value = value
        self.expiresAt = expiresAt
    }
}

/// Hands out credentials that are good now.
public protocol TokenSource: Sendable {
    /// Returns a token other than `rejected`, the one that a service has just refused, if any.
    ///
    /// However many callers wait, one of them asks outside. An error is `authentication` when somebody has to sign in
    /// again, `misconfigured` when the client or its set-up is wrong, and `transient` otherwise, each with its remedy.
    func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken
}
