// SPDX-License-Identifier: Apache-2.0

/// Where a message stands.
public enum MessageState: String, Sendable, Hashable, CaseIterable {
    /// Waits for its `send_at`.
    case scheduled
    /// Waits for its turn, for a retry or for a limit.
    case queued
    /// An attempt is under way, or its outcome is not stored yet.
    case sending
    /// A provider took it.
    case sent
    case delivered
    case bounced
    case complained
    /// Every provider it may use is down or paused; neither attempts nor age are counted.
    case parked
    /// Handed over with an unknown outcome, and held.
    case uncertain
    /// Refused, or given up.
    case failed
    case cancelled
    case expired
    /// All of its recipients are on the suppression list.
    case suppressed
    /// Its sender withdrew it at hand-over.
    case discarded
}

extension MessageState {
    public var isCancellable: Bool { [.scheduled, .queued, .parked, .uncertain].contains(self) }
    public var isRetryable: Bool { [.failed, .cancelled, .uncertain, .parked].contains(self) }

    /// True when a provider took the message.
    public var wasTaken: Bool { [.sent, .delivered, .bounced, .complained].contains(self) }

    /// True when the gateway will do nothing more unless somebody asks for it.
    public var isFinal: Bool {
        switch self {
        case .scheduled, .queued, .sending, .parked, .uncertain: false
        default: true
        }
    }
}

/// The order of precedence; a message of a higher lane is never stuck behind one of a lower.
public enum Lane: Int, Sendable, Hashable, CaseIterable, Comparable {
    case critical = 0
    case normal = 1
    case bulk = 2

    /// The word used in requests, logs and metrics.
    public var name: String {
        switch self {
        case .critical: "critical"
        case .normal: "normal"
        case .bulk: "bulk"
        }
    }

    public init?(name: String) {
        guard let lane = Lane.allCases.first(where: { $0.name == name }) else { return nil }
        self = lane
    }

    public static func < (left: Lane, right: Lane) -> Bool { left.rawValue < right.rawValue }
}

/// The messages that take the same way: same brand and category, or pinned to the same provider.
///
/// The queue is kept by stream, so that a slow provider's backlog never stands in front of another's mail.
public struct Stream: Sendable, Hashable {
    public let brand: String
    public let category: String?
    /// The provider that the sender pinned, in place of a route.
    public let pin: String?

    public init(brand: String, category: String?, pin: String?) {
        self.brand = brand
        self.category = category
        self.pin = pin
    }
}

/// One thing that happened to a message.
public struct MessageEvent: Sendable, Hashable {
    public enum Kind: RawRepresentable, Sendable, Hashable, CaseIterable {
        case accepted, attempted, deferred, failedOver, parked, released, sent, uncertain, recipientRefused
        case failed, cancelled, expired, suppressed, discarded, delivered, bounced, complained
        /// The word of another version; it is shown as it is.
        case other(String)

        /// Those that this version knows.
        public static let allCases: [Self] = [
            .accepted, .attempted, .deferred, .failedOver, .parked, .released, .sent, .uncertain, .recipientRefused,
            .failed, .cancelled, .expired, .suppressed, .discarded, .delivered, .bounced, .complained,
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
            case .delivered: "delivered"
            case .bounced: "bounced"
            case .complained: "complained"
            case .other(let word): word
            }
        }

        private static let known = Dictionary(allCases.map { ($0.rawValue, $0) }) { first, _ in first }

        /// Nil for a word that this version does not know.
        public init?(rawValue: String) {
            guard let known = Self.known[rawValue] else { return nil }
            self = known
        }

        /// A word as the store has it, written by any version.
        public init(stored word: String) {
            self = Self(rawValue: word) ?? .other(word)
        }
    }

    public let at: Timestamp
    public let kind: Kind
    public let provider: String?
    /// For people; holds no secret.
    public let detail: String?

    public init(at: Timestamp, kind: Kind, provider: String? = nil, detail: String? = nil) {
        self.at = at
        self.kind = kind
        self.provider = provider
        self.detail = detail
    }
}

/// How one recipient of a message fared.
public struct RecipientStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable {
        /// Not reached yet.
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

/// The last thing that keeps or kept a message from being sent, as `last_error` shows it.
///
/// A message that a provider has taken has none: what went wrong before is in its events.
public struct MessageFailure: Sendable, Hashable {
    /// A word of ``DeliveryError/Kind/name``, or `template`, or `expired`.
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
