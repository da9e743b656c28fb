// SPDX-License-Identifier: Apache-2.0

/// The table `oauth_tokens` (contract with other programs: see docs/operating.md).
public protocol TokenStore: Sendable {
    /// All rows, or the row of one account.
    func rows(_ key: TokenKey?) async throws(OutboxError) -> [TokenRow]

    /// The version of every row, for one cheap look at whether something was changed from outside.
    func versions() async throws(OutboxError) -> [TokenKey: Int]

    /// Writes a row if its version is still `version` (nil: if there is none); the new version, nil when it is not.
    func write(_ row: TokenRow, replacing version: Int?) async throws(OutboxError) -> Int?

    /// - Returns: False when there was no such row.
    func delete(_ key: TokenKey) async throws(OutboxError) -> Bool

    /// Takes the right to renew a token until `until`; false when `holder` is not the one who has it.
    func lock(_ key: TokenKey, holder: String, now: Timestamp, until: Timestamp) async throws(OutboxError) -> Bool

    func unlock(_ key: TokenKey, holder: String) async throws(OutboxError)
}

/// What names a row: the kind of provider, and the mailbox or another name.
public struct TokenKey: Sendable, Hashable {
    public let provider: String
    public let account: String

    public init(provider: String, account: String) {
        self.provider = provider
        self.account = account
    }

    /// The name that a sealed token is bound to.
    var seal: String { "oauth_tokens/\(provider)/\(account)" }
}

/// One row.
public struct TokenRow: Sendable, Hashable {
    public var key: TokenKey
    /// JSON text: the token, or `{"sealed": "…"}`.
    public var data: [UInt8]
    public var expiresAt: Timestamp?
    public var version: Int
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        key: TokenKey,
        data: [UInt8],
        expiresAt: Timestamp?,
        version: Int,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.key = key
        self.data = data
        self.expiresAt = expiresAt
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
