// SPDX-License-Identifier: Apache-2.0
import JSON

extension Problem {
    /// The request can be read, but not every part of it can be used.
    ///
    /// `isCutOff` says that there may be more faults than those that are given.
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

    /// The request is good, but not with this key.
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

    /// There is nothing here, or nothing that the key may see.
    package static func notFound(_ detail: String) -> Problem {
        Problem("not-found", title: "Not found", status: 404, detail: detail)
    }

    static let messageTooLarge = Problem(
        "message-too-large",
        title: "Message too large",
        status: 413,
        detail: "The built message would be over 25 MiB; attachments grow by 37 % when they are encoded."
    )

    static let batchTooLarge = Problem(
        "batch-too-large",
        title: "Batch too large",
        status: 413,
        detail: "The defaults, written out for each message, are over 128 MiB; use a template or smaller batches."
    )

    /// The store does not take anything, or its answer was lost: nothing was promised.
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

    /// A problem for what a store could not do; the caller is not told the cause.
    package init(_ error: OutboxError) {
        switch error {
        case .unavailable(let reason), .corrupt(let reason): self = .storeUnavailable(cause: reason)
        }
    }

    /// Seen by the feature that refused its own mail, and by nobody else.
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
