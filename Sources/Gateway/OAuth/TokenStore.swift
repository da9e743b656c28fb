// SPDX-License-Identifier: Apache-2.0
public import Basics
package import JSON

/// The table `oauth_tokens` (contract with other programs: see docs/operating.md).
public protocol TokenStore: Sendable {
    /// All rows, or the row of one account.
    func rows(_ key: TokenKey?) async throws(StoreError) -> [TokenRow]

    /// The version of every row, for a cheap check for changes from outside.
    func versions() async throws(StoreError) -> [TokenKey: Int]

    /// Writes a row if its version is still `version` (nil: if there is none); returns the new version, or nil when
    /// it is not.
    func write(_ row: TokenRow, replacing version: Int?) async throws(StoreError) -> Int?

    /// - Returns: False when there was no such row.
    func delete(_ key: TokenKey) async throws(StoreError) -> Bool

    /// Takes the right to renew a token until `until`; false when another holder has it.
    func lock(_ key: TokenKey, holder: String, now: Timestamp, until: Timestamp) async throws(StoreError) -> Bool

    func unlock(_ key: TokenKey, holder: String) async throws(StoreError)
}

/// Identifies a row: the kind of provider, and the mailbox or another name.
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

/// Encodes tokens for a row, and decodes them.
package struct TokenSealing: Sendable {
    package typealias Parsing = @Sendable ([UInt8]) throws -> JSON

    private let sealing: SecretSealing?
    private let parse: Parsing

    /// Without `sealing` tokens are stored in clear text, which the caller must warn about.
    package init(_ sealing: SecretSealing?, parse: @escaping Parsing) {
        self.sealing = sealing
        self.parse = parse
    }

    package var seals: Bool { sealing != nil }

    package func close(_ token: OAuthToken, _ key: TokenKey) throws(TokenError) -> [UInt8] {
        guard let sealing else { return token.json.encoded() }
        do throws(SealingError) {
            return try sealing.seal(token.json.encoded(), boundTo: key.seal).encoded()
        } catch {
            throw TokenError("it cannot be sealed: \(error)")
        }
    }

    package func open(_ row: TokenRow) throws(TokenError) -> OAuthToken {
        let json = try json(row.data)
        guard let text = json["sealed"]?.string else { return try OAuthToken(json) }
        guard let sealing else {
            let id = text.prefix { $0 != ":" }
            throw TokenError("it is sealed with the key \(id), and no `sealing_key` is configured; add it")
        }
        let content: [UInt8]
        do throws(SealingError) {
            content = try sealing.open(json, boundTo: row.key.seal)
        } catch {
            throw TokenError("it cannot be opened: \(error)")
        }
        return try OAuthToken(try self.json(content))
    }

    /// The id of the key that a row is sealed with; nil for a row in clear text.
    package func keyID(_ row: TokenRow) -> String? {
        // A row that is not JSON is reported when it is opened.
        (try? parse(row.data))?["sealed"]?.string.map { String($0.prefix { $0 != ":" }) }
    }

    /// True for a row that is not sealed with the newest key, and could be.
    package func isStale(_ row: TokenRow) -> Bool {
        guard let sealing else { return false }
        return keyID(row) != sealing.keyID
    }

    private func json(_ bytes: [UInt8]) throws(TokenError) -> JSON {
        do { return try parse(bytes) } catch { throw TokenError("its `token_data` is no JSON") }
    }
}
