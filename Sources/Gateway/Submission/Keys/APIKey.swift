// SPDX-License-Identifier: Apache-2.0
public import Basics
package import Mail

/// The caller of a request and its permissions.
public struct Principal: Sendable, Hashable {
    /// The id of the API key; nil for the command line, which may do everything.
    public let keyID: String?
    /// The name of the API key.
    public let keyName: String?
    /// The brands it may see and use; nil for all.
    public let brands: Set<String>?
    /// Patterns of permitted From addresses in addition to a brand's own; nil for any.
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

    /// The caller's name, for events and logs; contains no secret.
    public var actor: String {
        guard let keyID else { return "the command line" }
        return keyName.map { "key \($0) (\(keyID))" } ?? "key \(keyID)"
    }

    public func sees(brand: String) -> Bool { brands?.contains(brand) ?? true }
}

/// API keys; only hashes of their secrets are stored.
public protocol KeyStore: Sendable {
    /// All keys, including revoked ones.
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

/// Matches the From addresses that a key may use: `ana@example.org`, or all of a domain as `*@example.org` or
/// `@example.org`.
///
/// A domain does not include its subdomains. Letter case is ignored.
package struct SenderPattern: Sendable, Hashable, CustomStringConvertible {
    /// Nil for any.
    private let local: String?
    private let domain: String

    /// Nil for an invalid pattern.
    package init?(_ text: String) {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (text[..<at], text[text.utf8.index(after: at)...])
        let isAny = local.isEmpty || local == "*"
        // The address parser decides whether the domain is valid; only its verdict is used.
        guard let address = try? EmailAddress(parsing: "\(isAny ? "any" : local)@\(domain)") else { return nil }
        self.local = isAny ? nil : address.local.lowercased()
        self.domain = address.domain
    }

    package func matches(_ address: EmailAddress) -> Bool {
        address.domain == domain && (local == nil || local == address.local.lowercased())
    }

    /// True when every address of `other` matches too.
    package func covers(_ other: SenderPattern) -> Bool {
        domain == other.domain && (local == nil || local == other.local)
    }

    package var description: String { "\(local ?? "*")@\(domain)" }
}

extension Principal {
    /// Finds the caller for a secret; nil when no key has it.
    package typealias Authentication = @Sendable (String) async throws(StoreError) -> Principal?
}
