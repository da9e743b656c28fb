// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import Mail

/// One thing that happened to a message.
public struct MessageEvent: Sendable, Hashable {
    public enum Kind: RawRepresentable, Sendable, Hashable, CaseIterable {
        case accepted, attempted, deferred, failedOver, parked, released, sent, uncertain, recipientRefused
        case failed, cancelled, expired, suppressed, discarded
        /// What the provider, or a bounce mail, reported after the hand-over.
        case delayed, delivered, bounced, complained, opened, clicked, unsubscribed
        /// An event name of another version; it is shown as it is.
        case other(String)

        /// The kinds that this version knows.
        public static let allCases: [Self] = [
            .accepted, .attempted, .deferred, .failedOver, .parked, .released, .sent, .uncertain, .recipientRefused,
            .failed, .cancelled, .expired, .suppressed, .discarded, .delayed, .delivered, .bounced, .complained,
            .opened,
            .clicked, .unsubscribed,
        ]

        public var rawValue: String {
            switch self {
            case .accepted: "accepted"
            case .attempted: "attempted"
            case .deferred: "deferred"
            case .failedOver: "failed_over"
            case .parked: "parked"
            case .released: "released"
            case .sent: "sent"
            case .uncertain: "uncertain"
            case .recipientRefused: "recipient_refused"
            case .failed: "failed"
            case .cancelled: "cancelled"
            case .expired: "expired"
            case .suppressed: "suppressed"
            case .discarded: "discarded"
            case .delayed: "delayed"
            case .delivered: "delivered"
            case .bounced: "bounced"
            case .complained: "complained"
            case .opened: "opened"
            case .clicked: "clicked"
            case .unsubscribed: "unsubscribed"
            case .other(let word): word
            }
        }

        private static let known = Dictionary(allCases.map { ($0.rawValue, $0) }) { first, _ in first }

        /// Nil for a name that this version does not know.
        public init?(rawValue: String) {
            guard let known = Self.known[rawValue] else { return nil }
            self = known
        }

        /// An event name from the store, written by any version.
        public init(stored word: String) {
            self = Self(rawValue: word) ?? .other(word)
        }
    }

    public let at: Timestamp
    public let kind: Kind
    public let provider: String?
    /// For people; contains no secret.
    public let detail: String?
    /// The recipient of a report; nil when the report names none.
    public let recipient: EmailAddress?
    /// The class of a `bounced` event.
    public let bounceClass: BounceClass?

    public init(
        at: Timestamp,
        kind: Kind,
        provider: String? = nil,
        detail: String? = nil,
        recipient: EmailAddress? = nil,
        bounceClass: BounceClass? = nil
    ) {
        self.at = at
        self.kind = kind
        self.provider = provider
        self.detail = detail
        self.recipient = recipient
        self.bounceClass = bounceClass
    }
}

/// The state of one recipient of a message.
public struct RecipientStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// No outcome yet.
        case pending
        case sent
        case refused
        case suppressed
        case delivered
        case bounced
        case complained
    }

    public let address: EmailAddress
    public let kind: Recipient.Kind
    public var state: State
    public var detail: String?

    public init(address: EmailAddress, kind: Recipient.Kind, state: State = .pending, detail: String? = nil) {
        self.address = address
        self.kind = kind
        self.state = state
        self.detail = detail
    }
}

/// The last failure that delays or prevented the sending of a message, as `last_error` shows it.
///
/// A message that a provider has taken has none: earlier failures are in its events.
public struct MessageFailure: Sendable, Hashable {
    /// A ``DeliveryError/Kind/name``, or `template`, or `expired`.
    public let kind: String
    public let code: String
    public let detail: String

    public init(kind: String, code: String, detail: String) {
        self.kind = kind
        self.code = code
        self.detail = detail
    }

    public init(_ error: DeliveryError) {
        self.init(kind: error.kind.name, code: error.code, detail: error.detail)
    }
}
