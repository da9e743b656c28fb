// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery

/// A place where one token is kept.
public protocol TokenVault: Sendable {
    /// False for a place that keeps nothing, so that nothing can be missing there.
    var keeps: Bool { get }

    /// Changes when the place was changed by somebody else, told without any waiting; nil where that is learned another way.
    var mark: String? { get }

    /// The token as it is stored now, and its revision; nil when there is none.
    func load() async throws(DeliveryError) -> StoredToken?

    /// Stores a token in place of the one of a revision; nil when that one is no longer there.
    ///
    /// - Returns: The new revision.
    func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String?

    /// Takes the right to renew for a while, over all processes that share the place; false when another one has it.
    func lock() async -> Bool

    /// Gives that right back.
    func unlock() async
}

extension TokenVault {
    public var mark: String? { nil }
    public var keeps: Bool { true }
}

/// A token and how its place tells it from others.
public struct StoredToken: Sendable, Hashable {
    public var token: OAuthToken
    /// Changes with each change of what is stored.
    public var revision: String
    /// When the grant came into the place, as far as that is known.
    public var grantedAt: Timestamp?
    /// When it was last written, as far as that is known.
    public var writtenAt: Timestamp?
    /// What an operator should know of the place, such as a file that cannot be written.
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

/// A place for sources that can always ask anew, such as a service account: it keeps nothing.
public struct NoVault: TokenVault {
    public init() {}

    public var keeps: Bool { false }

    public func load() async throws(DeliveryError) -> StoredToken? { nil }
    public func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String? { "" }
    public func lock() async -> Bool { true }
    public func unlock() async {}
}

/// How a new access token is obtained.
public protocol TokenGrant: Sendable {
    /// Asks for a new token; `current` is the stored one, if there is a place that keeps one.
    ///
    /// `authentication` means that the grant is dead, and asking again is of no use.
    func renew(_ current: OAuthToken?) async throws(DeliveryError) -> OAuthToken
}
