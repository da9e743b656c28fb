// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

@testable import Providers

@Suite struct ResendVerdictTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    private static func judge(_ response: HTTPResponse) -> DeliveryError {
        ResendVerdict(response, remedies: ResendRemedies(provider: "mail"), now: now).error
    }

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    private static func wait(_ fields: (String, String)...) -> [HTTPHeader] { fields.map { HTTPHeader($0.0, $0.1) } }

    @Test(arguments: [
        VerdictRow(.resend(400, "invalid_idempotency_key", "1-256"), .rejected, "resend.invalid_idempotency_key"),
        VerdictRow(.resend(400, "validation_error", "no"), .rejected, "resend.validation_error"),
        VerdictRow(
            .resend(400, "validation_error", "API key is invalid"),
            .authentication,
            "resend.validation_error",
            "api-keys"
        ),
        VerdictRow(.resend(401, "missing_api_key", "Missing"), .authentication, "resend.missing_api_key", "api_key"),
        VerdictRow(
            .resend(401, "restricted_api_key", "only send"),
            .authentication,
            "resend.restricted_api_key",
            "api_key"
        ),
        VerdictRow(
            .resend(401, "validation_error", "API key is invalid"),
            .authentication,
            "resend.validation_error",
            "api_key"
        ),
        VerdictRow(
            .resend(403, "invalid_api_key", "API key is invalid"),
            .authentication,
            "resend.invalid_api_key",
            "api_key"
        ),
        VerdictRow(
            .resend(403, "validation_error", "The x.example domain is not verified."),
            .misconfigured,
            "resend.validation_error",
            "https://resend.com/domains"
        ),
        VerdictRow(
            .resend(403, "validation_error", "You can only send testing emails to your own email address"),
            .misconfigured,
            "resend.validation_error",
            "resend.dev"
        ),
        VerdictRow(
            .resend(403, "invalid_access", "no"),
            .misconfigured,
            "resend.invalid_access",
            "providers check mail"
        ),
        VerdictRow(.resend(404, "not_found", "no"), .rejected, "resend.not_found"),
        VerdictRow(.resend(405, "method_not_allowed", "no"), .rejected, "resend.method_not_allowed"),
        VerdictRow(
            .resend(409, "concurrent_idempotent_requests", "in progress"),
            .uncertain,
            "resend.concurrent_idempotent_requests",
            "same Idempotency-Key"
        ),
        VerdictRow(.resend(422, "missing_required_field", "no"), .rejected, "resend.missing_required_field"),
        VerdictRow(.resend(422, "missing_required_fields", "no"), .rejected, "resend.missing_required_fields"),
        VerdictRow(.resend(422, "validation_error", "no"), .rejected, "resend.validation_error"),
        VerdictRow(.resend(422, "invalid_attachment", "no"), .rejected, "resend.invalid_attachment"),
        VerdictRow(.resend(422, "invalid_from_address", "no"), .rejected, "resend.invalid_from_address"),
        VerdictRow(.resend(422, "invalid_parameter", "no"), .rejected, "resend.invalid_parameter"),
        VerdictRow(.resend(422, "invalid_region", "no"), .rejected, "resend.invalid_region"),
        VerdictRow(.resend(429, "rate_limit_exceeded", "no"), limited(), "resend.rate_limit_exceeded", "per_second"),
        VerdictRow(
            .resend(429, "rate_limit_exceeded", "no", headers: wait(("ratelimit-reset", "2"))),
            limited(.seconds(2)),
            "resend.rate_limit_exceeded",
            "per_second"
        ),
        VerdictRow(
            .resend(429, "rate_limit_exceeded", "no", headers: wait(("ratelimit-reset", "2"), ("retry-after", "7"))),
            limited(.seconds(7)),
            "resend.rate_limit_exceeded",
            "per_second"
        ),
        VerdictRow(
            .resend(429, "daily_quota_exceeded", "no", headers: wait(("retry-after", "1"))),
            limited(.seconds(3600)),
            "resend.daily_quota_exceeded",
            "quota"
        ),
        VerdictRow(
            .resend(429, "monthly_quota_exceeded", "no", headers: wait(("retry-after", "600"))),
            limited(.seconds(600)),
            "resend.monthly_quota_exceeded",
            "quota"
        ),
        VerdictRow(.resend(451, "security_error", "no"), .rejected, "resend.security_error"),
        VerdictRow(.resend(500, "application_error", "no"), .uncertain, "resend.application_error", "Idempotency-Key"),
        VerdictRow(
            .resend(500, "internal_server_error", "no"),
            .uncertain,
            "resend.internal_server_error",
            "Idempotency-Key"
        ),
        VerdictRow(.resend(503, "service_unavailable", "no"), .transient, "resend.service_unavailable"),
        VerdictRow(.resend(422, "a name\r\nX: y", "two\nlines"), .rejected, "http.422"),
        VerdictRow(.resend(422, "x", String(repeating: "long ", count: 900)), .rejected, "resend.x"),
    ])
    func eachAnswerHasOneMeaning(row: VerdictRow) {
        row.check(Self.judge(row.response))
    }

    /// Resend has had the key before: the first call may have sent the message, and the provider itself works.
    @Test func aKnownKeyWithAnotherContentIsUncertain() {
        let error = Self.judge(.resend(409, "invalid_idempotent_request", "other payload"))
        #expect(error.kind == .uncertain && error.scope == .message)
        #expect(error.code == "resend.invalid_idempotent_request" && error.remedy?.contains("another content") == true)
    }

    @Test func aBodyThatSaysNothingLeavesTheStatus() {
        for row in OddBody.rows {
            #expect(Self.judge(row.response).kind == row.kind, "\(row.response.status)")
        }
    }
}
