// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// Stores one token.
public protocol TokenVault: Sendable {
    /// False for a vault that stores nothing, so that nothing can be missing there.
    var keeps: Bool { get }

    /// Changes when another program changed the token; read without waiting. Nil where changes are detected another
    /// way.
    var mark: String? { get }

    /// The stored token and its revision; nil when there is none.
    func load() async throws(DeliveryError) -> StoredToken?

    /// Replaces the token of a revision; nil when that revision is no longer there.
    ///
    /// - Returns: The new revision.
    func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String?

    /// Takes the right to renew for a limited time, among all processes that share the vault; false when another one
    /// has it.
    func lock() async -> Bool

    /// Releases that right.
    func unlock() async
}

extension TokenVault {
    public var mark: String? { nil }
    public var keeps: Bool { true }
}

/// A token with its revision in the vault.
public struct StoredToken: Sendable, Hashable {
    public var token: OAuthToken
    /// Changes with each change of what is stored.
    public var revision: String
    /// When the grant was stored in the vault, if known.
    public var grantedAt: Timestamp?
    /// When it was last written, if known.
    public var writtenAt: Timestamp?
    /// Warnings for the operator about the vault, such as a file that cannot be written.
    public var warnings: [String]

    public init(
        token: OAuthToken,
        revision: String,
        grantedAt: Timestamp? = nil,
        writtenAt: Timestamp? = nil,
        warnings: [String] = []
    ) {
        self.token = token
        self.revision = revision
        self.grantedAt = grantedAt
        self.writtenAt = writtenAt
        self.warnings = warnings
    }
}

/// A vault for sources that can always request a new token, such as a service account: it stores nothing.
public struct NoVault: TokenVault {
    public init() {}

    public var keeps: Bool { false }

    public func load() async throws(DeliveryError) -> StoredToken? { nil }
    public func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String? { "" }
    public func lock() async -> Bool { true }
    public func unlock() async {}
}

/// Obtains a new access token.
public protocol TokenGrant: Sendable {
    /// Requests a new token; `current` is the stored one, if the vault stores one.
    ///
    /// `authentication` means that the grant is dead, and a retry is useless.
    func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken
}
