// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// Addresses that must not get mail.
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
        /// A reason of another version; stops all mail, because its exceptions are not known.
        case other(String)

        /// The reasons that this version knows.
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

        /// Nil for a name that this version does not know.
        public init?(rawValue: String) {
            guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = known
        }

        /// A reason from the store, written by any version.
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
