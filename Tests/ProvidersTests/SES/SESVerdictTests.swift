// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Testing

@testable import Providers

/// The classification of the answers of SES, one row each.
@Suite struct SESVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let response: HTTPResponse
        let kind: DeliveryError.Kind
        let code: String
        var remedy: String?

        init(_ response: HTTPResponse, _ kind: DeliveryError.Kind, _ code: String, _ remedy: String? = nil) {
            (self.response, self.kind, self.code, self.remedy) = (response, kind, code, remedy)
        }

        init(_ status: Int, _ name: String, _ text: String, _ kind: DeliveryError.Kind, _ remedy: String? = nil) {
            self.init(.aws(status, name, text), kind, "ses.\(name)", remedy)
        }

        var testDescription: String { "\(response.status) \(code) \(kind)" }
    }

    private static func limited(_ seconds: Int) -> DeliveryError.Kind { .rateLimited(retryAfter: .seconds(seconds)) }

    /// Forty seconds after the time of ``HandClock``.
    private static let date = "Mon, 21 Sep 2026 14:14:00 GMT"

    private static func judge(_ response: HTTPResponse) -> SESVerdict {
        SESVerdict(response, region: "eu-central-1", isInEnvironment: false, now: HandClock().now)
    }

    @Test(arguments: [
        Row(429, "TooManyRequestsException", "Maximum sending rate exceeded.", limited(2), "per_second"),
        Row(429, "TooManyRequestsException", "Daily message quota exceeded.", limited(3600), "higher quota"),
        Row(429, "TooManyRequestsException", "", limited(2)),
        Row(400, "LimitExceededException", "", limited(3600)),
        Row(400, "ThrottlingException", "Rate exceeded", limited(2)), Row(400, "Throttling", "", limited(2)),
        Row(503, "ThrottlingException", "", limited(2)),
        Row(.json(429, "{}", headers: [HTTPHeader("Retry-After", "7")]), limited(7), "http.429"),
        Row(.json(429, "{}", headers: [HTTPHeader("Retry-After", date)]), limited(40), "http.429"),
        Row(.json(429, "{}", headers: [HTTPHeader("Retry-After", "999999")]), limited(999_999), "http.429"),
        Row(400, "MessageRejected", "Email address is not verified. a@b.example", .misconfigured, "production access"),
        Row(400, "MailFromDomainNotVerifiedException", "", .misconfigured, "MAIL FROM"),
        Row(400, "AccountSuspendedException", "", .misconfigured, "support"),
        Row(400, "SendingPausedException", "", .misconfigured, "reputation"),
        Row(404, "NotFoundException", "Configuration set <x> does not exist.", .misconfigured, "configuration_set"),
        Row(403, "AccessDeniedException", "not authorized", .authentication, "ses:SendRawEmail"),
        Row(400, "AccessDenied", "", .authentication, "ses:SendRawEmail"),
        Row(403, "UnrecognizedClientException", "", .authentication, "no such access key"),
        Row(403, "InvalidClientTokenId", "", .authentication),
        Row(403, "SignatureDoesNotMatch", "", .authentication, "secret_access_key"),
        Row(403, "ExpiredTokenException", "", .authentication, "session_token"),
        Row(400, "ExpiredTokenException", "", .authentication),
        Row(403, "InvalidSignatureException", "Signature expired: 2026", .authentication, "clock"),
        Row(403, "RequestExpired", "", .authentication, "clock"),
        Row(
            403,
            "InvalidSignatureException",
            "Credential should be scoped to a valid region",
            .authentication,
            "region"
        ),
        Row(
            .json(500, #"{"__type":"com.amazonaws.ses#InternalFailure","Message":"x"}"#),
            .uncertain,
            "ses.InternalFailure"
        ),
        Row(500, "InternalServiceErrorException", "", .uncertain), Row(502, "BadGateway", "", .uncertain),
        Row(504, "GatewayTimeout", "", .uncertain), Row(503, "ServiceUnavailable", "", .transient),
        Row(.page(408), .transient, "http.408"), Row(.page(425), .transient, "http.425"),
        Row(.page(500), .uncertain, "http.500"),
        Row(.page(403), .authentication, "http.403"), Row(.page(404), .misconfigured, "http.404", "api_url"),
        Row(.page(301), .misconfigured, "http.301", "api_url"), Row(.page(405), .misconfigured, "http.405", "api_url"),
        Row(HTTPResponse(status: 503), .transient, "http.503"),
        Row(.json(500, #"{"message":["a"],"__type":17}"#), .uncertain, "http.500"),
        Row(.json(500, #"{"message":"cut"#), .uncertain, "http.500"),
        Row(HTTPResponse(status: 504, body: Array(repeating: 0x20, count: 10_000_000)), .uncertain, "http.504"),
    ])
    func theProviderIsJudged(row: Row) {
        let error = Self.judge(row.response).error
        #expect(error.kind == row.kind && error.code == row.code && error.scope == .provider)
        if let remedy = row.remedy { #expect(error.remedy?.contains(remedy) == true) }
    }

    @Test(arguments: [
        Row(400, "MessageRejected", "Email content has a virus", .rejected),
        Row(400, "BadRequestException", "", .rejected),
        Row(400, "ValidationException", "", .rejected), Row(413, "RequestEntityTooLarge", "", .rejected),
        Row(.page(400), .rejected, "http.400"),
    ])
    func theMessageIsRefused(row: Row) {
        let error = Self.judge(row.response).error
        #expect(error.kind == .rejected && error.scope == .message && error.code == row.code)
    }

    @Test func onlyAnEndedTokenIsReplaced() {
        #expect(Self.judge(.aws(403, "ExpiredTokenException")).isExpiredToken)
        #expect(!Self.judge(.aws(403, "UnrecognizedClientException")).isExpiredToken)
        #expect(!Self.judge(.page(401)).isExpiredToken)
    }
}
