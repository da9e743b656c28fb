// SPDX-License-Identifier: Apache-2.0
public import JSON

/// Why a request was refused, as an RFC 9457 problem document says it.
public struct Problem: Error, Sendable, Hashable {
    /// One thing wrong with the request.
    public struct Fault: Sendable, Hashable {
        /// The place in the request (RFC 6901).
        public let pointer: JSONPointer
        public let detail: String

        public init(_ pointer: JSONPointer, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// The last part of `urn:posthaste:problem:NAME`.
    public let name: String
    public let title: String
    public let status: Int
    public let detail: String
    /// All faults at once; for status 422.
    public let faults: [Fault]
    /// Seconds after which the same request may succeed; for 429 and 503.
    public let retryAfter: Int?
    /// What the operator learns from the log and the caller does not; holds no secret.
    public let cause: String?

    public init(
        _ name: String,
        title: String,
        status: Int,
        detail: String,
        faults: [Fault] = [],
        retryAfter: Int? = nil,
        cause: String? = nil
    ) {
        self.name = name
        self.title = title
        self.status = status
        self.detail = detail
        self.faults = faults
        self.retryAfter = retryAfter
        self.cause = cause
    }

    public var json: JSON {
        var members: JSONObject = JSONObject([
            ("type", .string("urn:posthaste:problem:\(name)")),
            ("title", .string(title)),
            ("status", .integer(status)),
            ("detail", .string(detail)),
        ])
        if !faults.isEmpty {
            members["errors"] = .array(
                faults.map { ["pointer": .string($0.pointer.description), "detail": .string($0.detail)] }
            )
        }
        return .object(members)
    }
}
