// SPDX-License-Identifier: Apache-2.0
public import Basics
package import Mail

/// On whose behalf a request is made, and what that allows.
public struct Principal: Sendable, Hashable {
    /// The id of the API key; nil for the command line, which may do everything.
    public let keyID: String?
    /// The name of the API key.
    public let keyName: String?
    /// Brands it sees and acts on; nil for all.
    public let brands: Set<String>?
    /// Patterns of From addresses it may use besides a brand's own; nil for any.
    public let from: [String]?
    public let scopes: Set<APIKey.Scope>

    public init(
        keyID: String?,
        keyName: String? = nil,
        brands: Set<String>?,
        from: [String]?,
        scopes: Set<APIKey.Scope>
    ) {
        self.keyID = keyID
        self.keyName = keyName
        self.brands = brands
        self.from = from
        self.scopes = scopes
    }

    /// The operator at the command line.
    public static let commandLine = Principal(keyID: nil, brands: nil, from: nil, scopes: Set(APIKey.Scope.allCases))

    /// Who it is, for events and logs; names no secret.
    public var actor: String {
        guard let keyID else { return "the command line" }
        return keyName.map { "key \($0) (\(keyID))" } ?? "key \(keyID)"
    }

    public func sees(brand: String) -> Bool { brands?.contains(brand) ?? true }
}

/// API keys; only hashes of their secrets are kept.
public protocol KeyStore: Sendable {
    /// All keys, the revoked ones too.
    func keys() async throws(StoreError) -> [APIKey]
    func add(_ key: APIKey) async throws(StoreError)
    /// - Returns: False when there is no such key or it was revoked before.
    func revoke(_ id: String, now: Timestamp) async throws(StoreError) -> Bool
}

public struct APIKey: Sendable, Hashable {
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        case send
        case read
        case manage
        case pinProvider = "providers:pin"
    }

    public let id: String
    public let name: String
    /// SHA-256 of the secret.
    public let digest: ContentHash
    /// Nil for all brands.
    public let brands: [String]?
    /// Patterns of From addresses such as `*@example.org`; nil for any.
    public let from: [String]?
    public let scopes: Set<Scope>
    public let createdAt: Timestamp
    public let revokedAt: Timestamp?

    public init(
        id: String,
        name: String,
        digest: ContentHash,
        brands: [String]?,
        from: [String]?,
        scopes: Set<Scope>,
        createdAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.brands = brands
        self.from = from
        self.scopes = scopes
        self.createdAt = createdAt
        self.revokedAt = revokedAt
    }
}

/// Which From addresses a key may use: `ana@example.org`, or all of a domain as `*@example.org` or `@example.org`.
///
/// A domain does not include its subdomains. Upper and lower case are the same.
package struct SenderPattern: Sendable, Hashable, CustomStringConvertible {
    /// Nil for any.
    private let local: String?
    private let domain: String

    /// Nil for what is no pattern.
    package init?(_ text: String) {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (text[..<at], text[text.utf8.index(after: at)...])
        let isAny = local.isEmpty || local == "*"
        // The rules for addresses decide what is a domain; only their verdict matters here.
        guard let address = try? EmailAddress(parsing: "\(isAny ? "any" : local)@\(domain)") else { return nil }
        self.local = isAny ? nil : address.local.lowercased()
        self.domain = address.domain
    }

    package func matches(_ address: EmailAddress) -> Bool {
        address.domain == domain && (local == nil || local == address.local.lowercased())
    }

    package var description: String { "\(local ?? "*")@\(domain)" }
}

extension Principal {
    /// Finds the caller to whom a secret belongs; nil for a secret that is no key's.
    package typealias Authentication = @Sendable (String) async throws(StoreError) -> Principal?
}
