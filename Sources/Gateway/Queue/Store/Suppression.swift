// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// Addresses that must not get mail: each entry holds for one list, or for all mail.
///
/// An entry that has expired counts as absent.
public protocol SuppressionStore: Sendable {
    /// The entries in force, by address and list, behind the position at which the page before ended.
    func list(after: Suppression.Position?, limit: Int, now: Timestamp) async throws(StoreError) -> [Suppression]
    /// Stores an entry that an operator made: it replaces the one with its address and list.
    func put(_ suppression: Suppression) async throws(StoreError)
    /// Stores an entry that an event made, see ``Suppression/strengthened(by:)``.
    func suppress(_ suppression: Suppression) async throws(StoreError)
    /// Deletes the entry of an address for one list, or for all mail where `list` is nil.
    ///
    /// - Returns: False when there was none.
    func delete(_ address: EmailAddress, list: String?) async throws(StoreError) -> Bool
    /// Deletes the entry for one list that an unsubscription made, and no other.
    ///
    /// - Returns: False when there was none.
    func resubscribe(_ address: EmailAddress, list: String) async throws(StoreError) -> Bool
    /// The entries in force that concern mail of a list, or mail without one, to `addresses`: those of the list, and
    /// those for all mail.
    func find(_ addresses: [EmailAddress], list: String?, now: Timestamp) async throws(StoreError) -> [Suppression]
}

/// An address that is not mailed, and why.
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

    /// The event that made an entry.
    public struct Source: Sendable, Hashable {
        public let event: MessageEvent.Kind
        public let provider: String?
        /// The id of the message that the event is about.
        public let message: String?

        public init(event: MessageEvent.Kind, provider: String? = nil, message: String? = nil) {
            (self.event, self.provider, self.message) = (event, provider, message)
        }
    }

    public let address: EmailAddress
    /// The list whose mail is stopped; nil for all mail.
    public let list: String?
    public let reason: Reason
    /// Nil for an entry that an operator made.
    public let source: Source?
    public let createdAt: Timestamp
    /// From then on the entry stops no mail; nil for one that lasts.
    public let expiresAt: Timestamp?

    public init(
        address: EmailAddress,
        list: String? = nil,
        reason: Reason,
        source: Source? = nil,
        createdAt: Timestamp,
        expiresAt: Timestamp? = nil
    ) {
        self.address = address
        self.list = list
        self.reason = reason
        self.source = source
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    /// Whether mail of a priority must not leave.
    public func stops(_ priority: Priority) -> Bool { reason != .unsubscribe || priority != .critical }

    public func isInForce(at now: Timestamp) -> Bool { expiresAt.map { now < $0 } ?? true }
}

extension Suppression {
    /// Where an entry is in the order of all entries, by which pages continue.
    ///
    /// Its text is the canonical address, followed by a space and the list where there is one.
    public struct Position: Sendable, Hashable {
        public let address: String
        /// Empty for all mail.
        public let list: String

        public init(_ text: String) {
            // The local part may have a space in quotes, the domain and the list have none.
            let domain = text.utf8.lastIndex(of: UInt8(ascii: "@")) ?? text.startIndex
            guard let space = text[domain...].utf8.lastIndex(of: UInt8(ascii: " ")) else {
                (address, list) = (text, "")
                return
            }
            (address, list) = (String(text[..<space]), String(text[space...].dropFirst()))
        }

        public var text: String { list.isEmpty ? address : "\(address) \(list)" }

        fileprivate init(_ suppression: Suppression) {
            (address, list) = (suppression.address.canonical, suppression.list ?? "")
        }
    }

    public var position: Position { Position(self) }

    /// The entry that replaces this one after an event gave another for the same address and list; nil when this one
    /// stays as it is.
    ///
    /// An event never replaces an entry that an operator made, and never makes an entry weaker or shorter: a complaint
    /// stays a complaint after a bounce, and an unsubscription does not end with a bounce that expires.
    public func strengthened(by new: Suppression) -> Suppression? {
        guard isInForce(at: new.createdAt) else { return new }
        guard source != nil, let strength = reason.strength, let other = new.reason.strength else { return nil }
        let end: Timestamp? =
            if let expiresAt, let later = new.expiresAt { max(expiresAt, later) } else { nil }
        guard other > strength || end != expiresAt else { return nil }
        let winner = other >= strength ? new : self
        return Suppression(
            address: address,
            list: list,
            reason: winner.reason,
            source: winner.source,
            createdAt: winner.createdAt,
            expiresAt: end
        )
    }
}

extension Suppression.Reason {
    /// How much an automatic entry stops; nil for a reason that events do not give.
    fileprivate var strength: Int? {
        switch self {
        case .unsubscribe: 0
        case .bounce: 1
        case .complaint: 2
        case .manual, .other: nil
        }
    }
}
