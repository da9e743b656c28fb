// SPDX-License-Identifier: Apache-2.0
package import Basics
package import HTTPTypes
internal import Hummingbird
package import JSON
internal import NIOCore
internal import ServiceLifecycle
package import Submission

/// The response to a call.
package struct Reply: Sendable {
    package var status: Int
    package var fields: HTTPFields
    package var body: [UInt8]
    /// What follows the body while the connection lasts, or until shutdown; such a response has no length.
    package var stream: AsyncStream<[UInt8]>?
    /// The ids of the messages concerned, for the log.
    package var messageIDs: [String] = []

    package init(status: Int, type: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.body = body
        fields = HTTPFields()
        fields.reserveCapacity(8)
        if let type { fields[.contentType] = type }
        fields[.cacheControl] = "no-store"
    }

    package static func json(_ value: JSON, status: Int = 200) -> Reply {
        json(value.encoded(), status: status)
    }

    /// `body` is JSON text.
    package static func json(_ body: [UInt8], status: Int = 200) -> Reply {
        Reply(status: status, type: "application/json", body: body)
    }

    package init(_ problem: Problem) {
        self.init(status: problem.status, type: "application/problem+json", body: problem.json.encoded())
        if let seconds = problem.retryAfter { fields[.retryAfter] = String(seconds) }
    }

    init(_ refusal: Refusal) {
        self.init(refusal.problem)
        fields.append(contentsOf: refusal.fields)
    }

    /// Converts to a Hummingbird response; a response to HEAD has the length and no body (RFC 9110 section 9.3.2).
    func response(toHead isHead: Bool) -> Response {
        Response(status: HTTPTypes.HTTPResponse.Status(code: status), headers: fields, body: responseBody(isHead))
    }

    private func responseBody(_ isHead: Bool) -> ResponseBody {
        if isHead || status == 204 {
            // A 204 has no Content-Length (RFC 9110 section 8.6).
            let length = status == 204 ? nil : body.count
            return ResponseBody(contentLength: length) { writer in try await writer.write(contentsOf: []) }
        }
        guard let stream else { return ResponseBody(byteBuffer: ByteBuffer(bytes: body)) }
        return ResponseBody { writer in
            for await chunk in stream.cancelOnGracefulShutdown() { try await writer.write(ByteBuffer(bytes: chunk)) }
            try await writer.finish(nil)
        }
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name(constant: "X-Request-Id")
    static let forwardedFor = HTTPField.Name(constant: "X-Forwarded-For")
    static let idempotencyKey = HTTPField.Name(constant: "Idempotency-Key")
    static let idempotencyReplayed = HTTPField.Name(constant: "Idempotency-Replayed")
    static let prefer = HTTPField.Name(constant: "Prefer")
    static let preferenceApplied = HTTPField.Name(constant: "Preference-Applied")
    static let referrerPolicy = HTTPField.Name(constant: "Referrer-Policy")

    /// True for a field that a proxy adds to a forwarded request.
    var isForwarding: Bool {
        Self.forwarding.contains(canonicalName)
            || ["x-forwarded-", "x-original-", "x-envoy-external-"].contains { canonicalName.hasPrefix($0) }
    }

    /// In lower case.
    private static let forwarding: Set<String> = [
        "forwarded", "via", "x-real-ip", "x-client-ip", "client-ip", "x-cluster-client-ip", "x-forwarded",
        "forwarded-for",
        "true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6", "cf-ray", "cdn-loop", "fastly-client-ip",
        "x-azure-clientip",
        "x-azure-socketip", "x-appengine-user-ip", "fly-client-ip", "x-proxyuser-ip", "wl-proxy-client-ip",
        "proxy-client-ip",
    ]

    init(constant name: String) {
        guard let made = HTTPField.Name(name) else { preconditionFailure("\(name) is not a field name") }
        self = made
    }
}

/// Ends a call with a problem document.
package struct Refusal: Error, Sendable {
    package let problem: Problem
    /// Header fields in addition to those of every problem.
    package var fields: HTTPFields = [:]
    /// The cause for the log, which the caller does not get; holds no secret.
    package var cause: String?

    package init(_ problem: Problem) {
        self.problem = problem
        cause = problem.cause
    }

    /// An internal error; the caller learns only that there was one.
    package init(internal cause: String) {
        problem = .internalError
        self.cause = cause
    }

    /// A failed store operation.
    package init(_ error: StoreError) {
        switch error {
        case .unavailable(let reason):
            problem = Problem(error)
            cause = reason
        case .corrupt(let reason):
            problem = .internalError
            cause = reason
        }
    }
}
