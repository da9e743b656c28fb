// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// A fault that can be played; the names are those of the settings.
enum ChaosFault: String, Sendable, Hashable, CaseIterable {
    case transient
    case rateLimited = "rate_limited"
    case authentication
    case misconfigured
    case rejected
    /// Nothing is handed over, and the outcome is said to be uncertain.
    case uncertain
    /// The message is handed over, and the outcome is said to be uncertain.
    case uncertainAfterSend = "uncertain_after_send"
    /// The message is handed over later.
    case slow

    /// What is said in place of the outcome.
    func error(retryAfter: Duration?) -> DeliveryError {
        let kind: DeliveryError.Kind =
            switch self {
            case .transient, .slow: .transient
            case .rateLimited: .rateLimited(retryAfter: retryAfter)
            case .authentication: .authentication
            case .misconfigured: .misconfigured
            case .rejected: .rejected
            case .uncertain, .uncertainAfterSend: .uncertain
            }
        return DeliveryError(
            kind,
            scope: self == .rejected ? .message : .provider,
            code: "chaos.\(rawValue)",
            detail: "a fault that was asked for by `rates.\(rawValue)`",
            remedy: "lower the rate, or take the provider of `kind: chaos` out of the routes"
        )
    }
}
