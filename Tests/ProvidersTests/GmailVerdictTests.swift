// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

@testable import Providers

/// The classification of Gmail's answers: the table of Google's errors, one row each.
@Suite struct GmailVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let response: HTTPResponse
        let kind: DeliveryError.Kind
        let code: String
        /// A part of the remedy; nil for none.
        let remedy: String?

        init(
            _ name: String,
            _ response: HTTPResponse,
            _ kind: DeliveryError.Kind,
            _ code: String,
            _ remedy: String? = nil
        ) {
            (self.name, self.response, self.kind, self.code, self.remedy) = (name, response, kind, code, remedy)
        }

        var testDescription: String { name }
    }

    /// 2026-11-20T12:00:00Z.
    static let now = Timestamp(milliseconds: 1_795_176_000_000)

    static func judge(_ response: HTTPResponse, now: Timestamp = now) -> DeliveryError {
        GmailVerdict(response, remedies: GmailRemedies(provider: "mail", account: "a@a.example"), now: now).error
    }

    static func usage(_ status: Int, _ reason: String, _ message: String) -> HTTPResponse {
        .gmail(status, reason, message, domain: "usageLimits")
    }

    static func text(_ status: Int, _ body: String, _ type: String = "application/json") -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", type)], body: Array(body.utf8))
    }

    static func limited(_ span: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: span) }

    @Test(arguments: [
        Row(
            "no recipient",
            .gmail(400, "invalidArgument", "Recipient address required"),
            .rejected,
            "gmail.invalidArgument"
        ),
        Row("broken To", .gmail(400, "badRequest", "Invalid To header"), .rejected, "gmail.badRequest"),
        Row(
            "no subject of a service account",
            .gmail(400, "failedPrecondition", "Precondition check failed.", word: "FAILED_PRECONDITION"),
            .misconfigured,
            "gmail.failedPrecondition",
            "service account"
        ),
        Row(
            "the word alone",
            text(400, #"{"error":{"code":400,"message":"x","status":"FAILED_PRECONDITION"}}"#),
            .misconfigured,
            "gmail.FAILED_PRECONDITION",
            "service account"
        ),
        Row(
            "no Gmail",
            .gmail(400, "failedPrecondition", "Mail service not enabled"),
            .misconfigured,
            "gmail.failedPrecondition",
            "a@a.example has no Gmail"
        ),
        Row(
            "refused token",
            .gmail(401, "authError", "Invalid Credentials", word: "UNAUTHENTICATED"),
            .authentication,
            "gmail.authError",
            "posthaste tokens authorize mail"
        ),
        Row("no token", .gmail(401, "required", "Login Required"), .authentication, "gmail.required", "authorize mail"),
        Row(
            "small scope",
            .gmail(403, "insufficientPermissions", "Insufficient Permission"),
            .misconfigured,
            "gmail.insufficientPermissions",
            "posthaste tokens authorize mail"
        ),
        Row(
            "small scope, detail alone",
            text(403, #"{"error":{"message":"no","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#),
            .misconfigured,
            "gmail.ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "gmail.send"
        ),
        Row(
            "foreign mailbox",
            .gmail(403, "forbidden", "Delegation denied for b@b.example"),
            .misconfigured,
            "gmail.forbidden",
            "another mailbox"
        ),
        Row(
            "API off",
            usage(403, "accessNotConfigured", "Gmail API has not been used in project 987 before or it is disabled."),
            .misconfigured,
            "gmail.accessNotConfigured",
            "overview?project=987"
        ),
        Row(
            "API off, detail alone",
            text(403, #"{"error":{"message":"off","details":[{"reason":"SERVICE_DISABLED"}]}}"#),
            .misconfigured,
            "gmail.SERVICE_DISABLED",
            "enable the Gmail API at https://console"
        ),
        Row(
            "domain policy",
            .gmail(403, "domainPolicy", "The domain administrators have disabled Gmail apps."),
            .misconfigured,
            "gmail.domainPolicy",
            "administrator"
        ),
        Row("another 403", .gmail(403, "suspended", "no"), .misconfigured, "gmail.suspended", "providers check mail"),
        Row(
            "project quota",
            usage(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
            limited(.seconds(20 * 3600)),
            "gmail.dailyLimitExceeded",
            "California"
        ),
        Row(
            "user rate",
            usage(403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            limited(),
            "gmail.userRateLimitExceeded",
            "per_second"
        ),
        Row(
            "user rate, 429",
            usage(429, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            limited(),
            "gmail.userRateLimitExceeded",
            "per_second"
        ),
        Row(
            "rate",
            usage(403, "rateLimitExceeded", "Rate Limit Exceeded"),
            limited(),
            "gmail.rateLimitExceeded",
            "per_second"
        ),
        Row("quota", usage(403, "quotaExceeded", "Quota exceeded"), limited(), "gmail.quotaExceeded", "per_second"),
        Row(
            "exhausted, word alone",
            text(403, #"{"error":{"message":"Quota exceeded for quota metric","status":"RESOURCE_EXHAUSTED"}}"#),
            limited(),
            "gmail.RESOURCE_EXHAUSTED",
            "per_second"
        ),
        Row(
            "day's cap",
            usage(
                429,
                "rateLimitExceeded",
                "User-rate limit exceeded.  Retry after 2026-11-20T18:00:00.000Z (Mail sending)"
            ),
            limited(.seconds(6 * 3600)),
            "gmail.sending_cap",
            "per_day"
        ),
        Row(
            "day's cap without a time",
            usage(429, "rateLimitExceeded", "User-rate limit exceeded. (Mail sending)"),
            limited(.seconds(3600)),
            "gmail.sending_cap",
            "per_day"
        ),
        Row(
            "bandwidth",
            usage(429, "rateLimitExceeded", "User-rate limit exceeded.  Retry after 2026-11-20T12:00:30Z"),
            limited(.seconds(30)),
            "gmail.rateLimitExceeded",
            "per_second"
        ),
        Row(
            "too many at once",
            usage(429, "rateLimitExceeded", "Too many concurrent requests for user"),
            limited(),
            "gmail.rateLimitExceeded",
            "concurrency"
        ),
        Row(
            "a reason wins over words",
            .gmail(403, "insufficientPermissions", "Quota exceeded, rate limit reached"),
            .misconfigured,
            "gmail.insufficientPermissions",
            "tokens authorize mail"
        ),
        Row(
            "a policy wins over words",
            .gmail(403, "domainPolicy", "insufficient rate limit"),
            .misconfigured,
            "gmail.domainPolicy",
            "administrator"
        ),
        Row(
            "a detail wins over words",
            text(403, #"{"error":{"message":"rate limit","details":[{"reason":"SERVICE_DISABLED"}]}}"#),
            .misconfigured,
            "gmail.SERVICE_DISABLED",
            "enable the Gmail API"
        ),
        Row("words alone", .gmail(403, "forbidden", "Rate Limit of user"), limited(), "gmail.forbidden", "per_second"),
        Row(
            "the project's quota wins over words",
            usage(403, "dailyLimitExceeded", "You have reached a limit for sending mail"),
            limited(.seconds(20 * 3600)),
            "gmail.dailyLimitExceeded",
            "California"
        ),
        Row("429 without a body", HTTPResponse(status: 429), limited(), "http.429", "per_second"),
        Row("not found", .gmail(404, "notFound", "Requested entity was not found."), .rejected, "gmail.notFound"),
        Row("wrong address", .googlePage(404), .misconfigured, "http.404", "api_url"),
        Row("wrong path", .googlePage(405), .misconfigured, "http.405", "api_url"),
        Row("redirect", HTTPResponse(status: 302), .misconfigured, "http.302", "api_url"),
        Row("too large, 412", .gmail(412, "uploadTooLarge", "too large"), .rejected, "gmail.uploadTooLarge", "35 MiB"),
        Row("too large", text(413, "Request Entity Too Large", "text/plain"), .rejected, "http.413", "35 MiB"),
        Row("time-out", HTTPResponse(status: 408), .transient, "http.408"),
        Row("backend", .gmail(500, "backendError", "Backend Error"), .uncertain, "gmail.backendError", "Sent folder"),
        Row("internal", text(500, #"{"error":{"status":"INTERNAL"}}"#), .uncertain, "gmail.INTERNAL", "Sent folder"),
        Row("bad gateway", .googlePage(502), .uncertain, "http.502", "Sent folder"),
        Row("unavailable", .googlePage(503), .transient, "http.503"),
        Row(
            "unavailable, JSON",
            .gmail(503, "backendError", "x", word: "UNAVAILABLE"),
            .transient,
            "gmail.backendError"
        ),
        Row("gateway time-out", .googlePage(504), .uncertain, "http.504", "Sent folder"),
        Row(
            "wrapped in a list",
            text(403, #"[{"error":{"code":403,"message":"x","errors":[{"reason":"rateLimitExceeded"}]}}]"#),
            limited(),
            "gmail.rateLimitExceeded",
            "per_second"
        ),
        Row("empty list", text(400, "[]"), .rejected, "http.400"),
        Row("wrong types", text(400, #"{"error":{"message":3,"errors":"x","status":[]}}"#), .rejected, "http.400"),
        Row("error is a text", text(401, #"{"error":"invalid_token"}"#), .authentication, "http.401", "authorize"),
        Row("half a body", text(500, #"{"error":{"mess"#), .uncertain, "http.500", "Sent folder"),
        Row("a hostile reason", .gmail(400, "x y\r\nz", "x"), .rejected, "http.400"),
    ])
    func eachAnswerHasOneMeaning(row: Row) {
        let error = Self.judge(row.response)
        #expect(error.kind == row.kind)
        #expect(error.code == row.code)
        #expect(error.scope == (row.kind == .rejected ? .message : .provider))
        #expect(row.remedy.map { error.remedy?.contains($0) == true } ?? (error.remedy == nil), "\(error.remedy ?? "")")
        #expect(!error.detail.contains { $0.isNewline } && !error.detail.isEmpty)
    }

    @Test(arguments: [
        ("90", Duration.seconds(90)), ("Fri, 20 Nov 2026 12:05:00 GMT", .seconds(300)), ("0", .zero),
        ("Fri, 20 Nov 2026 11:00:00 GMT", .zero), ("Sat, 20 Nov 2027 12:00:00 GMT", .seconds(365 * 86_400)),
    ])
    func theFieldSaysHowLong(value: String, span: Duration) {
        var response = Self.usage(429, "rateLimitExceeded", "Rate Limit Exceeded")
        response.headers.append(HTTPHeader("retry-after", value))
        #expect(Self.judge(response).kind == Self.limited(span))
    }

    @Test(arguments: ["soon", "-5", "Fri, 20 Nov 2026", "", "99999999999999999999"])
    func aFieldThatSaysNothingIsNone(value: String) {
        var response = Self.usage(429, "rateLimitExceeded", "Rate Limit Exceeded")
        response.headers.append(HTTPHeader("Retry-After", value))
        #expect(Self.judge(response).kind == Self.limited())
    }

    @Test func theServersOwnTimeIsWhatCounts() {
        var response = Self.usage(429, "rateLimitExceeded", "x Retry after 2026-11-20T18:00:00Z (Mail sending)")
        response.headers.append(HTTPHeader("Date", "Fri, 20 Nov 2026 17:00:00 GMT"))
        #expect(Self.judge(response).kind == Self.limited(.seconds(3600)))
    }

    @Test func whatGmailQuotesOfTheMessageIsNotShown() {
        let response = HTTPResponse.gmail(400, "invalidArgument", "Base64 decoding failed for \"c2VjcmV0\"")
        #expect(!Self.judge(response).debugDescription.contains("c2VjcmV0"))
    }

    @Test func aLongTextIsCut() {
        #expect(Self.judge(.gmail(400, "badRequest", String(repeating: "x", count: 9000))).detail.utf8.count < 600)
    }
}
