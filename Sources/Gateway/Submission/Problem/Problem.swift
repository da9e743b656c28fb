// SPDX-License-Identifier: Apache-2.0
package import Basics
public import JSON

/// Why a request was refused, as an RFC 9457 problem document.
public struct Problem: Error, Sendable, Hashable {
    /// One error in the request.
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
    /// The cause for the operator's log, not shown to the caller; contains no secret.
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

extension Problem {
    /// The request is well-formed, but parts of it are invalid.
    ///
    /// `isCutOff` is true when there may be more faults than those listed.
    package static func invalidRequest(_ faults: [Fault], isCutOff: Bool = false) -> Problem {
        Problem(
            "invalid-request",
            title: "Invalid request",
            status: 422,
            detail: words(faults.count, isCutOff),
            faults: faults
        )
    }

    private static func words(_ count: Int, _ isCutOff: Bool) -> String {
        let number = count == 1 ? "a fault" : "\(count) faults"
        return isCutOff
            ? "The request has \(number) or more; the first \(count) are listed." : "The request has \(number)."
    }

    /// The request is valid, but not permitted for this key.
    package static func outsideKey(_ faults: [Fault]) -> Problem {
        Problem(
            "forbidden",
            title: "The key may not do this",
            status: 403,
            detail: faults.map(\.detail).joined(separator: " "),
            faults: faults
        )
    }

    package static func missingScope(_ scope: APIKey.Scope) -> Problem {
        Problem(
            "forbidden",
            title: "The key may not do this",
            status: 403,
            detail: "The key lacks the scope \(scope.rawValue); make one with `posthaste keys create --scopes`."
        )
    }

    /// The resource does not exist, or the key may not see it.
    package static func notFound(_ detail: String) -> Problem {
        Problem("not-found", title: "Not found", status: 404, detail: detail)
    }

    static let messageTooLarge = Problem(
        "message-too-large",
        title: "Message too large",
        status: 413,
        detail: "The built message would be over 25 MiB; attachments grow by 37 % when they are encoded."
    )

    static func tooManyMessages(_ count: Int, limit: Int) -> Problem {
        Problem(
            "batch-too-large",
            title: "Batch too large",
            status: 413,
            detail: "A call has at most \(limit) messages, and this one has \(count); send them in several calls."
        )
    }

    static let batchTooLarge = Problem(
        "batch-too-large",
        title: "Batch too large",
        status: 413,
        detail: "The defaults, written out for each message, are over 128 MiB; use a template or smaller batches."
    )

    /// The store does not accept writes, or its answer was lost: the message may not be stored.
    package static func storeUnavailable(cause: String) -> Problem {
        Problem(
            "store-unavailable",
            title: "The message cannot be stored now",
            status: 503,
            detail:
                "The store does not answer at the moment, so nothing counts as accepted. Send the request again, with an "
                + "Idempotency-Key: when the store took the message and only its answer was lost, it is then not sent twice.",
            retryAfter: 5,
            cause: cause
        )
    }

    /// A problem for a failure of the store; its detail does not include the cause.
    package init(_ error: StoreError) {
        switch error {
        case .unavailable(let reason), .corrupt(let reason): self = .storeUnavailable(cause: reason)
        }
    }

    /// Only the feature that refused its own mail gets this problem.
    static let notAdmitted = Problem("not-admitted", title: "Not admitted", status: 429, detail: "It was refused.")

    static let keyReused = Problem(
        "idempotency-key-reused",
        title: "Idempotency key used before",
        status: 422,
        detail: "This Idempotency-Key came with another request before; take a new key for a new request.",
        faults: [Fault(.root, "The request differs from the one that came first with this Idempotency-Key.")]
    )

    static let stillAnswered = Problem(
        "idempotency-in-progress",
        title: "Still being answered",
        status: 409,
        detail: "A request with this Idempotency-Key is still being answered; send it again in a moment."
    )

    static let badReplayKey = Problem(
        "invalid-idempotency-key",
        title: "Invalid Idempotency-Key",
        status: 400,
        detail: "An Idempotency-Key has 1 to 255 printable ASCII characters."
    )
}
