// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A bearer token with its expiry.
public struct AccessToken: Sendable, Hashable {
    public let value: Secret
    public let expiresAt: Timestamp

    public init(_ value: Secret, expiresAt: Timestamp) {
        self.value = value
        self.expiresAt = expiresAt
    }
}

/// Provides valid credentials.
public protocol TokenSource: Sendable {
    /// Returns a token other than `rejected`, the one that a service has just refused, if any.
    ///
    /// Concurrent callers share one request to the endpoint. An error is `authentication` when the owner must sign in
    /// again, `misconfigured` when the client or its set-up is wrong, and `transient` otherwise, each with its
    /// remedy.
    func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken
}
