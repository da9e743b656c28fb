// SPDX-License-Identifier: Apache-2.0

/// Why an attempt did not end in acceptance, named for what happens next.
///
/// The verdict is given where it is known, by the provider, and never guessed later from a text.
public struct DeliveryError: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Nothing was handed over, and the same may work soon or elsewhere.
        case transient
        /// The service asks for patience; `retryAfter` when it says how much. The attempt does not count.
        case rateLimited(retryAfter: Duration?)
        /// The service does not know us: a password, token or grant is no longer good.
        case authentication
        /// The service refuses what the operator set up, such as the sender address.
        case misconfigured
        /// The service will never take this message; the next one would say the same.
        case rejected
        /// The whole message was written and no answer came: it may have been sent.
        case uncertain
    }

    /// Whom the failure concerns.
    public enum Scope: Sendable, Hashable {
        /// Connect, greeting, login, sender: every message would fail. Counts for the circuit.
        case provider
        /// This message or its recipients alone. Never counts against the provider.
        case message
    }

    public let kind: Kind
    public let scope: Scope
    /// A stable name for logs, metrics and tests, such as `http.429` or `smtp.5.1.1`.
    public let code: String
    /// The service's own words, which may quote addresses; shown to operators only.
    public let detail: String
    /// What would mend it, in plain words, when it is known; names the command where there is one.
    public let remedy: String?

    public init(_ kind: Kind, scope: Scope = .provider, code: String, detail: String, remedy: String? = nil) {
        self.kind = kind
        self.scope = scope
        self.code = code
        self.detail = detail
        self.remedy = remedy
    }
}

extension DeliveryError.Kind {
    /// The word used in `last_error.kind`, logs and metrics.
    public var name: String {
        switch self {
        case .transient: "transient"
        case .rateLimited: "rate_limited"
        case .authentication: "authentication"
        case .misconfigured: "misconfigured"
        case .rejected: "rejected"
        case .uncertain: "uncertain"
        }
    }
}

extension DeliveryError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Kind and code only: safe for any log.
    public var description: String { "\(kind.name) (\(code))" }
    public var debugDescription: String { "\(description): \(detail)" }
}
