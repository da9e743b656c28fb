// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

@testable import Providers

@Suite struct BrevoVerdictTests {
    private static func judge(_ response: HTTPResponse) -> DeliveryError {
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        return BrevoVerdict(response, remedies: BrevoRemedies(provider: "mail"), now: now).error
    }

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    private static func rate(_ fields: (String, String)...) -> HTTPResponse {
        .brevo(429, "too_many_requests", "slow down", headers: fields.map { HTTPHeader($0.0, $0.1) })
    }

    @Test(arguments: [
        VerdictRow(.brevo(400, "invalid_parameter", "email is not valid in to"), .rejected, "brevo.invalid_parameter"),
        VerdictRow(
            .brevo(400, "invalid_parameter", "valid sender email required"),
            .rejected,
            "brevo.invalid_parameter",
            "verify the sender"
        ),
        VerdictRow(
            .brevo(400, "invalid_parameter", "Unsupported file format(s): exe"),
            .rejected,
            "brevo.invalid_parameter",
            "extension"
        ),
        VerdictRow(.brevo(400, "missing_parameter", "htmlContent is missing"), .rejected, "brevo.missing_parameter"),
        VerdictRow(.brevo(400, "out_of_range", "no"), .rejected, "brevo.out_of_range"),
        VerdictRow(.brevo(400, "duplicate_parameter", "no"), .rejected, "brevo.duplicate_parameter"),
        VerdictRow(.brevo(400, "bad_request", "no"), .rejected, "brevo.bad_request"),
        VerdictRow(
            .brevo(400, "not_enough_credits", "no"),
            limited(.seconds(3600)),
            "brevo.not_enough_credits",
            "credits"
        ),
        VerdictRow(.brevo(401, "unauthorized", "Key not found"), .authentication, "brevo.unauthorized", "api_key"),
        VerdictRow(
            .brevo(401, "unauthorized", "We have detected you are using an unrecognised IP address 192.0.2.1."),
            .authentication,
            "brevo.unauthorized",
            "allow the gateway's IP address"
        ),
        VerdictRow(
            .brevo(402, "not_enough_credits", "no"),
            limited(.seconds(3600)),
            "brevo.not_enough_credits",
            "credits"
        ),
        VerdictRow(HTTPResponse(status: 402), limited(.seconds(3600)), "http.402", "credits"),
        VerdictRow(
            .brevo(403, "permission_denied", "no"),
            .misconfigured,
            "brevo.permission_denied",
            "providers check mail"
        ),
        VerdictRow(
            .brevo(403, "account_under_validation", "no"),
            .misconfigured,
            "brevo.account_under_validation",
            "checking the account"
        ),
        VerdictRow(.brevo(404, "document_not_found", "no"), .rejected, "brevo.document_not_found"),
        VerdictRow(.brevo(405, "method_not_allowed", "no"), .rejected, "brevo.method_not_allowed"),
        VerdictRow(.brevo(406, "not_acceptable", "no"), .rejected, "brevo.not_acceptable"),
        VerdictRow(.brevo(413, "too_large", "no"), .rejected, "brevo.too_large", "20 MB"),
        VerdictRow(rate(), limited(), "brevo.too_many_requests", "per_second"),
        VerdictRow(
            rate(("x-sib-ratelimit-reset", "30")),
            limited(.seconds(30)),
            "brevo.too_many_requests",
            "per_second"
        ),
        VerdictRow(
            rate(("x-sib-ratelimit-reset", "soon"), ("Retry-After", "Mon, 21 Sep 2026 14:14:20 GMT")),
            limited(.seconds(60)),
            "brevo.too_many_requests",
            "per_second"
        ),
        VerdictRow(.brevo(500, "internal", "no"), .uncertain, "brevo.internal", "/log"),
        VerdictRow(.brevo(502, "x", "no"), .uncertain, "brevo.x", "/log"),
        VerdictRow(.brevo(503, "x", "no"), .transient, "brevo.x"),
        VerdictRow(.brevo(504, "x", "no"), .uncertain, "brevo.x", "/log"),
        VerdictRow(.brevo(400, "a code\r\n", String(repeating: "long\n", count: 900)), .rejected, "http.400"),
    ])
    func eachAnswerHasOneMeaning(row: VerdictRow) {
        row.check(Self.judge(row.response))
    }

    @Test func aBodyThatSaysNothingLeavesTheStatus() {
        for row in OddBody.rows {
            #expect(Self.judge(row.response).kind == row.kind, "\(row.response.status)")
        }
    }
}
