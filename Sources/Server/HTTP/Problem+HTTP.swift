// SPDX-License-Identifier: Apache-2.0
internal import JSON
package import Submission

extension Problem {
    package static let notFound = Problem(
        "not-found",
        title: "Not found",
        status: 404,
        detail: "There is nothing here, or nothing that may be seen."
    )

    static let internalError = Problem(
        "internal-error",
        title: "Internal error",
        status: 500,
        detail: "Something went wrong in the gateway. Its log has more under the X-Request-Id of this answer."
    )

    static let notAuthenticated = Problem(
        "unauthorized",
        title: "A key is needed",
        status: 401,
        detail: "Send `Authorization: Bearer KEY` with a key made by `posthaste keys create`."
    )

    static let wrongKey = Problem(
        "unauthorized",
        title: "Not a key of this gateway",
        status: 401,
        detail: "The key is unknown or was revoked. `posthaste keys list` shows those that are valid."
    )

    static let foreignHost = Problem(
        "forbidden",
        title: "Foreign host name",
        status: 403,
        detail: "Captured mail is shown under localhost, an IP address or the host of public_url, or to a key."
    )

    static let bodyTooLarge = Problem(
        "body-too-large",
        title: "Body too large",
        status: 413,
        detail: "A request body has at most 34 MiB."
    )

    static func bodyTooLarge(limit: Int) -> Problem {
        guard limit != BodyReader.limit else { return .bodyTooLarge }
        return Problem(
            "body-too-large",
            title: "Body too large",
            status: 413,
            detail: "A request body has at most \(limit / 1024) KiB here."
        )
    }

    static let tooManyValues = Problem(
        "body-too-large",
        title: "Too many values",
        status: 413,
        detail: "The request holds more than a million values; split it."
    )

    static let tooManyMembers = Problem(
        "body-too-large",
        title: "Too many members",
        status: 413,
        detail: "An object of the request has more than \(JSONTokens.memberLimit) members; use a list, or split it."
    )

    static let tooSlow = Problem(
        "request-timeout",
        title: "Request too slow",
        status: 408,
        detail:
            "The request came too slowly: it has 30 seconds, and one more for each 16 KiB of its body. Send it again."
    )

    static let busy = Problem(
        "busy",
        title: "Too many large requests at once",
        status: 503,
        detail: "The gateway is reading other large requests; nothing was accepted. Send the request again.",
        retryAfter: 2
    )

    static let wrongMediaType = Problem(
        "unsupported-media-type",
        title: "Unsupported media type",
        status: 415,
        detail: "Send the body as JSON, with `Content-Type: application/json`."
    )

    static let noForm = Problem(
        "unsupported-media-type",
        title: "Unsupported media type",
        status: 415,
        detail: "This address takes what the form of its page sends."
    )

    static let otherSite = Problem(
        "forbidden",
        title: "Form of another site",
        status: 403,
        detail: "This form was sent by a page of another site. Open the page of this site and use its form."
    )

    static let unreadable = Problem(
        "bad-request",
        title: "Bad request",
        status: 400,
        detail: "This is no HTTP/1.1 request."
    )

    /// A head that breaks a rule of RFC 9112.
    static func badHead(_ detail: String) -> Problem {
        Problem("bad-request", title: "Bad request", status: 400, detail: detail)
    }

    static let unknownCoding = Problem(
        "not-implemented",
        title: "Unknown transfer coding",
        status: 501,
        detail: "Of the transfer codings this server knows `chunked` alone; send the body without the others."
    )

    static let noPlace = Problem(
        "busy",
        title: "Too many connections",
        status: 503,
        detail: "All connections are in use, so health checks alone are answered on this one. Send the request again.",
        retryAfter: 2
    )

    static let headTooLarge = Problem(
        "header-too-large",
        title: "Header too large",
        status: 431,
        detail: "A header has at most 32 KiB, 100 fields."
    )

    static let unknownMethod = Problem(
        "method-not-allowed",
        title: "Method not allowed",
        status: 405,
        detail: "This server does not know the method."
    )

    static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem(
            "method-not-allowed",
            title: "Method not allowed",
            status: 405,
            detail: "This address takes \(allowed)."
        )
    }

    static func notJSON(_ reason: String) -> Problem {
        Problem("invalid-json", title: "Not JSON", status: 400, detail: "The body is \(reason).")
    }

    static func badPath(_ detail: String) -> Problem {
        Problem("bad-request", title: "Bad request", status: 400, detail: detail)
    }

    /// A paused provider does not allow the request.
    static func providerPaused(_ detail: String) -> Problem {
        Problem("wrong-state", title: "The provider is paused", status: 409, detail: detail)
    }

    static func wrongState(_ detail: String) -> Problem {
        Problem("wrong-state", title: "The state of the message does not allow this", status: 409, detail: detail)
    }

    /// Faults of the query or the path, by the name of the parameter.
    static func invalidParameters(_ faults: [(name: String, detail: String)]) -> Problem {
        let told = faults.prefix(100).map { Problem.Fault(JSONPointer.root.appending($0.name), $0.detail) }
        return .invalidRequest(told, isCutOff: told.count < faults.count)
    }
}
