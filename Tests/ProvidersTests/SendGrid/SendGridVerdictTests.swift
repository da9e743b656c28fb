// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

@testable import Providers

@Suite struct SendGridVerdictTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    private static func judge(_ response: HTTPResponse) -> DeliveryError {
        SendGridVerdict(response, remedies: SendGridRemedies(provider: "mail"), now: now).error
    }

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    private static func rate(_ fields: (String, String)...) -> HTTPResponse {
        .sendGrid(429, "too many requests", headers: fields.map { HTTPHeader($0.0, $0.1) })
    }

    private static let reset = "X-RateLimit-Reset"

    @Test(arguments: [
        VerdictRow(.sendGrid(400, "Does not contain a valid address.", "from.email"), .rejected, "http.400"),
        VerdictRow(.sendGrid(400, "Bad Request"), .rejected, "http.400"),
        VerdictRow(.sendGrid(401, "authorization required", "null"), .authentication, "http.401", "region: eu"),
        VerdictRow(.sendGrid(401, "Maximum credits exceeded"), limited(.seconds(3600)), "sendgrid.credits", "credits"),
        VerdictRow(.sendGrid(403, "Maximum credits exceeded"), limited(.seconds(3600)), "sendgrid.credits", "credits"),
        VerdictRow(.sendGrid(429, "Maximum credits exceeded"), limited(.seconds(3600)), "sendgrid.credits", "credits"),
        VerdictRow(
            .sendGrid(403, "The from address does not match a verified Sender Identity. Mail cannot be sent", "from"),
            .misconfigured,
            "sendgrid.sender_identity",
            "authenticate the domain"
        ),
        VerdictRow(.sendGrid(403, "access forbidden", "null"), .misconfigured, "sendgrid.access", "Mail Send"),
        VerdictRow(.sendGrid(403, "You are not authorized"), .misconfigured, "http.403", "providers check mail"),
        VerdictRow(.sendGrid(404, "not found"), .rejected, "http.404"),
        VerdictRow(.sendGrid(405, "method not allowed"), .rejected, "http.405"),
        VerdictRow(.sendGrid(413, "content too large"), .rejected, "http.413", "30 MB"),
        VerdictRow(.sendGrid(415, "unsupported media type"), .rejected, "http.415"),
        VerdictRow(rate(), limited(), "http.429", "per_second"),
        VerdictRow(rate((reset, "1790000042")), limited(.seconds(42)), "http.429", "per_second"),
        VerdictRow(rate((reset, "1790000042"), ("Retry-After", "3")), limited(.seconds(42)), "http.429", "per_second"),
        VerdictRow(rate((reset, "1690000000")), limited(.zero), "http.429", "per_second"),
        VerdictRow(rate((reset, "9999999999")), limited(.seconds(8_209_999_999)), "http.429", "per_second"),
        VerdictRow(rate((reset, "soon"), ("Retry-After", "3")), limited(.seconds(3)), "http.429", "per_second"),
        VerdictRow(
            rate((reset, "1790000042"), ("Date", "Mon, 21 Sep 2026 14:13:25 GMT")),
            limited(.seconds(37)),
            "http.429",
            "per_second"
        ),
        VerdictRow(.sendGrid(500, "internal server error"), .uncertain, "http.500", "email_activity"),
        VerdictRow(.sendGrid(502, "x"), .uncertain, "http.502", "email_activity"),
        VerdictRow(.sendGrid(503, "x"), .transient, "http.503"),
        VerdictRow(.sendGrid(504, "x"), .uncertain, "http.504", "email_activity"),
        VerdictRow(.sendGrid(400, String(repeating: "long\n", count: 900)), .rejected, "http.400"),
    ])
    func eachAnswerHasOneMeaning(row: VerdictRow) {
        row.check(Self.judge(row.response))
    }

    @Test func aBodyThatSaysNothingLeavesTheStatus() {
        for row in OddBody.rows {
            #expect(Self.judge(row.response).kind == row.kind, "\(row.response.status)")
        }
    }

    @Test func allErrorsAreShownWithTheirFields() {
        let body = #"{"errors":[{"message":"one","field":"from"},{"message":"two","field":null},{"field":"x"},7]}"#
        let error = Self.judge(HTTPResponse(status: 400, body: Array(body.utf8)))
        #expect(error.detail == "SendGrid answered 400: one (from) two")
    }
}
