// SPDX-License-Identifier: Apache-2.0

/// Contents kept once by their hash: template versions and attachments.
public protocol ContentStore: Sendable {
    func templateVersion(_ hash: ContentHash) async throws(OutboxError) -> [UInt8]?
    func attachment(_ hash: ContentHash) async throws(OutboxError) -> [UInt8]?
}

/// Addresses that are not mailed.
public protocol SuppressionStore: Sendable {
    func list(after: String?, limit: Int) async throws(OutboxError) -> [Suppression]
    func put(_ suppression: Suppression) async throws(OutboxError)
    /// - Returns: False when the address was not on the list.
    func delete(_ address: EmailAddress) async throws(OutboxError) -> Bool
    /// Those of `addresses` that are on the list.
    func find(_ addresses: [EmailAddress]) async throws(OutboxError) -> [Suppression]
}

public struct Suppression: Sendable, Hashable {
    public enum Reason: RawRepresentable, Sendable, Hashable, CaseIterable {
        case bounce
        case complaint
        /// Does not stop mail of lane critical.
        case unsubscribe
        case manual
        /// The word of another version; stops all mail, for what it allows is not known.
        case other(String)

        /// Those that this version knows.
        public static let allCases: [Self] = [.bounce, .complaint, .unsubscribe, .manual]

        public var rawValue: String {
            switch self {
            case .bounce: "bounce"
            case .complaint: "complaint"
            case .unsubscribe: "unsubscribe"
            case .manual: "manual"
            case .other(let word): word
            }
        }

        /// Nil for a word that this version does not know.
        public init?(rawValue: String) {
            guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = known
        }

        /// A word as the store has it, written by any version.
        public init(stored word: String) {
            self = Self(rawValue: word) ?? .other(word)
        }
    }

    public let address: EmailAddress
    public let reason: Reason
    public let createdAt: Timestamp

    public init(address: EmailAddress, reason: Reason, createdAt: Timestamp) {
        self.address = address
        self.reason = reason
        self.createdAt = createdAt
    }
}

/// API keys; only hashes of their secrets are kept.
public protocol KeyStore: Sendable {
    /// All keys, the revoked ones too.
    func keys() async throws(OutboxError) -> [APIKey]
    func add(_ key: APIKey) async throws(OutboxError)
    /// - Returns: False when there is no such key or it was revoked before.
    func revoke(_ id: String, now: Timestamp) async throws(OutboxError) -> Bool
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

/// What operators decided at run time and every gateway follows.
public protocol ControlStore: Sendable {
    func pausedProviders() async throws(OutboxError) -> Set<String>
    func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(OutboxError)
    /// How often operators have asked for a probe of each provider.
    func probeRequests() async throws(OutboxError) -> [String: Int64]
    /// Asks all gateways to probe a provider now.
    func askForProbe(of provider: String, now: Timestamp) async throws(OutboxError)
}

/// Answers kept under idempotency keys.
public protocol IdempotencyStore: Sendable {
    /// The entry under a key, unless it has expired.
    func find(keyID: String, key: String, now: Timestamp) async throws(OutboxError) -> IdempotencyEntry?
    /// Puts a later answer (of a request that waited) in place of the first.
    func replace(keyID: String, key: String, response: StoredResponse) async throws(OutboxError)
}
