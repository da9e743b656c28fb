// SPDX-License-Identifier: Apache-2.0

/// Why an attempt did not end in acceptance, named for what happens next.
///
/// The provider, which knows the cause, chooses the kind; it is never guessed later from a text.
public struct DeliveryError: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Nothing was handed over; a retry may succeed soon or with another provider.
        case transient
        /// The service asks for a wait of `retryAfter`, if it says how long; the gateway bounds it. The attempt does not count.
        case rateLimited(retryAfter: Duration?)
        /// The service refuses the credentials: a password, token or grant is no longer valid.
        case authentication
        /// The service refuses the operator's set-up, such as the sender address.
        case misconfigured
        /// The service refuses this message permanently; another service would do the same.
        case rejected
        /// The whole message was written but no answer came: it may have been sent.
        case uncertain
    }

    /// Whether a failure concerns the provider or one message.
    public enum Scope: Sendable, Hashable {
        /// Connect, greeting, login, sender: every message would fail. Counts for the circuit.
        case provider
        /// This message or its recipients only. Never counts against the provider.
        case message
        /// The service cannot express this message, and was not called: says nothing of the provider, and another provider may
        /// take the message.
        case capability
    }

    public let kind: Kind
    public let scope: Scope
    /// A stable name for logs, metrics and tests, such as `http.429` or `smtp.5.1.1`.
    public let code: String
    /// The service's own words, which may quote addresses; shown to operators only.
    public let detail: String
    /// The remedy in plain words, if known; names the command where there is one.
    public let remedy: String?
    /// True when the service has the message and decides on it later: no other provider may get it.
    public var staysHere = false

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
