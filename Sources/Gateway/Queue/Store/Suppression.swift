// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// Addresses that are not mailed.
public protocol SuppressionStore: Sendable {
    func list(after: String?, limit: Int) async throws(StoreError) -> [Suppression]
    func put(_ suppression: Suppression) async throws(StoreError)
    /// - Returns: False when the address was not on the list.
    func delete(_ address: EmailAddress) async throws(StoreError) -> Bool
    /// Those of `addresses` that are on the list.
    func find(_ addresses: [EmailAddress]) async throws(StoreError) -> [Suppression]
}

public struct Suppression: Sendable, Hashable {
    public enum Reason: RawRepresentable, Sendable, Hashable, CaseIterable {
        case bounce
        case complaint
        /// Does not stop mail of priority critical.
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
