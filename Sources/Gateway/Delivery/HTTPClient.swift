// SPDX-License-Identifier: Apache-2.0

/// Sends requests over pooled connections.
public protocol HTTPClient: Sendable {
    /// Sends one request and waits for the whole response; redirects are not followed.
    ///
    /// Cancelling the task ends the call; the failure says how far it had come.
    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
}

/// Why a call returned no complete response.
public struct HTTPFailure: Error, Sendable, Hashable {
    /// How far the request came.
    public enum Stage: Sendable, Hashable {
        case resolve
        case connect
        case tls
        /// The request was being written.
        case sending
        /// All of it was written: the service may have processed it.
        case answering
    }

    public enum Reason: Sendable, Hashable {
        case timedOut
        case disconnected
        /// The certificate or the handshake was not valid.
        case insecure
        /// The response exceeds the size limit.
        case tooLarge
        case cancelled
        /// The request cannot be written; a retry would fail in the same way.
        case invalid
    }

    public let stage: Stage
    public let reason: Reason
    /// What happened in plain words, without secrets and without the query of the URL.
    public let detail: String

    public init(stage: Stage, reason: Reason, detail: String) {
        self.stage = stage
        self.reason = reason
        self.detail = detail
    }
}

extension DeliveryError {
    /// Classifies a call without a complete response: uncertain once all of the request was written, misconfigured
    /// when it could never be written.
    public init(_ failure: HTTPFailure) {
        let stage =
            switch failure.stage {
            case .resolve: "resolve"
            case .connect: "connect"
            case .tls: "tls"
            case .sending: "sending"
            case .answering: "answering"
            }
        let isInvalid = failure.reason == .invalid && failure.stage != .answering
        self.init(
            failure.stage == .answering ? .uncertain : isInvalid ? .misconfigured : .transient,
            code: isInvalid ? "http.invalid" : "http.\(stage)",
            detail: failure.detail,
            remedy: Self.remedy(failure.reason)
        )
    }

    private static func remedy(_ reason: HTTPFailure.Reason) -> String? {
        switch reason {
        case .insecure: "see that the certificate of the service is good and trusted"
        case .invalid:
            "see that the provider's address and credentials hold no line breaks, blanks or control characters"
        case .timedOut, .disconnected, .tooLarge, .cancelled: nil
        }
    }

    /// Classifies a status when the service says nothing more precise (contract section 5).
    public init(_ response: HTTPResponse, detail: String) {
        let code = "http.\(response.status)"
        switch response.status {
        case 400, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422:
            self.init(.rejected, scope: .message, code: code, detail: detail)
        case 401: self.init(.authentication, code: code, detail: detail)
        case 408, 425, 503: self.init(.transient, code: code, detail: detail)
        case 429: self.init(.rateLimited(retryAfter: response.retryAfterSeconds), code: code, detail: detail)
        case 402, 403: self.init(.misconfigured, code: code, detail: detail)
        // 5xx and any unexpected status: the service had the whole message.
        default: self.init(.uncertain, code: code, detail: detail)
        }
    }
}

extension HTTPResponse {
    /// `Retry-After` in seconds (RFC 9110 section 10.2.3); nil when it is missing or a date.
    public var retryAfterSeconds: Duration? {
        header("Retry-After").flatMap { Int64($0) }.flatMap { (0...10_000_000).contains($0) ? .seconds($0) : nil }
    }
}
