// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Mail
import OAuth
import Testing

@testable import Providers

/// Graph's answers: what becomes of the message, and what the operator reads.
@Suite(.timeLimit(.minutes(5))) struct GraphVerdictTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let status: Int
        let code: String
        var words = "Words of Microsoft."
        var retryAfter: String?
        let kind: DeliveryError.Kind
        var scope = DeliveryError.Scope.provider
        var remedy: String?

        var testDescription: String { "\(status) \(code)" }
    }

    private static let rows: [Row] = [
        Row(status: 400, code: "ErrorInvalidRecipients", kind: .rejected, scope: .message),
        Row(status: 400, code: "ErrorMimeContentInvalidBase64String", kind: .rejected, scope: .message),
        Row(status: 400, code: "RequestBodyRead", kind: .rejected, scope: .message),
        Row(status: 400, code: "ErrorInvalidRequest", kind: .rejected, scope: .message),
        Row(status: 401, code: "InvalidAuthenticationToken", kind: .authentication, remedy: "tenant"),
        Row(status: 401, code: "CompactToken parsing failed", kind: .authentication),
        Row(status: 403, code: "ErrorAccessDenied", kind: .misconfigured, remedy: "Mail.Send"),
        Row(status: 403, code: "Authorization_RequestDenied", kind: .misconfigured, remedy: "Mail.Send"),
        Row(status: 403, code: "ErrorSendAsDenied", kind: .misconfigured, remedy: "Send As"),
        Row(
            status: 403,
            code: "MailboxNotSupportedForRESTAPI",
            kind: .misconfigured,
            remedy: "Exchange Online mailbox"
        ),
        Row(
            status: 403,
            code: "ErrorMessageSubmissionBlocked",
            kind: .rateLimited(retryAfter: .seconds(3600)),
            remedy: "limit of recipients"
        ),
        Row(status: 429, code: "ErrorExceededMessageLimit", kind: .rateLimited(retryAfter: .seconds(3600))),
        Row(status: 403, code: "ErrorQuotaExceeded", retryAfter: "90", kind: .rateLimited(retryAfter: .seconds(90))),
        Row(status: 507, code: "ErrorQuotaExceeded", kind: .rateLimited(retryAfter: .seconds(3600))),
        Row(status: 404, code: "MailboxNotEnabledForRESTAPI", kind: .misconfigured, remedy: "Exchange Online mailbox"),
        Row(status: 404, code: "ErrorInvalidUser", kind: .misconfigured, remedy: "user principal name"),
        Row(status: 404, code: "ResourceNotFound", kind: .misconfigured),
        Row(status: 404, code: "ErrorItemNotFound", kind: .misconfigured),
        Row(status: 409, code: "ErrorIrresolvableConflict", kind: .transient),
        Row(status: 413, code: "RequestEntityTooLarge", kind: .rejected, scope: .message, remedy: "35 MB"),
        Row(status: 400, code: "ErrorMessageSizeExceeded", kind: .rejected, scope: .message, remedy: "35 MB"),
        Row(status: 429, code: "ApplicationThrottled", retryAfter: "7", kind: .rateLimited(retryAfter: .seconds(7))),
        Row(
            status: 429,
            code: "ApplicationThrottled",
            words: "Application is over its MailboxConcurrency limit.",
            kind: .rateLimited(retryAfter: nil),
            remedy: "limits.concurrency"
        ),
        Row(
            status: 429,
            code: "TooManyRequests",
            retryAfter: "Fri, 20 Nov 2026 17:33:27 GMT",
            kind: .rateLimited(retryAfter: .seconds(27))
        ),
        Row(
            status: 429,
            code: "TooManyRequests",
            retryAfter: "9999999",
            kind: .rateLimited(retryAfter: .seconds(9_999_999))
        ),
        Row(status: 503, code: "TooManyRequests", retryAfter: "5", kind: .rateLimited(retryAfter: .seconds(5))),
        Row(status: 408, code: "RequestTimeout", kind: .transient),
        Row(status: 425, code: "TooEarly", kind: .transient),
        Row(status: 503, code: "ServiceUnavailable", kind: .transient),
        Row(status: 500, code: "ErrorInternalServerTransientError", kind: .uncertain, remedy: "Sent Items"),
        Row(status: 502, code: "BadGateway", kind: .uncertain),
        Row(status: 504, code: "ErrorTimeoutExpired", kind: .uncertain),
        Row(status: 302, code: "Moved", kind: .misconfigured, remedy: "api_url"),
        Row(status: 402, code: "PaymentRequired", kind: .misconfigured),
    ]

    private func judged(_ response: HTTPResponse) throws -> DeliveryError {
        try GraphBench().api.failure(from: response)
    }

    @Test(arguments: rows)
    func eachCodeHasItsKind(row: Row) throws {
        var headers = [HTTPHeader("Date", "Fri, 20 Nov 2026 17:33:00 GMT"), HTTPHeader("request-id", "aaaa-1")]
        if let retryAfter = row.retryAfter { headers.append(HTTPHeader("Retry-After", retryAfter)) }
        let error = try judged(.graph(row.status, row.code, row.words, headers: headers))
        #expect(error.kind == row.kind && error.scope == row.scope)
        #expect(error.code == (row.code.contains(" ") ? "http.\(row.status)" : "graph.\(row.code)"))
        #expect(error.detail.contains(row.words) && error.detail.contains("request-id aaaa-1"))
        if let remedy = row.remedy { #expect(error.remedy?.contains(remedy) == true) }
    }

    private static let bodies: [(String, [UInt8])] = [
        ("text/html", Array("<html><h1>Bad Gateway</h1></html>".utf8)), ("application/json", []),
        ("application/json", Array(#"{"error":{"code":"Err"#.utf8)),
        ("application/json", Array(#"{"error":"x"}"#.utf8)),
        ("application/json", Array(#"{"error":{"code":7,"message":["x"],"innerError":3}}"#.utf8)),
        ("application/json", Array(#"[1,2]"#.utf8)), ("text/plain", [UInt8](repeating: 0x41, count: 10_000_000)),
    ]

    @Test(arguments: bodies.indices)
    func withoutACodeTheStatusDecides(index: Int) throws {
        let (type, body) = Self.bodies[index]
        let kinds: [(Int, DeliveryError.Kind)] = [
            (400, .rejected), (401, .authentication), (403, .misconfigured), (404, .misconfigured), (409, .transient),
            (413, .rejected), (429, .rateLimited(retryAfter: nil)), (500, .uncertain), (502, .uncertain),
            (503, .transient),
        ]
        for (status, kind) in kinds {
            let error = try judged(
                HTTPResponse(status: status, headers: [HTTPHeader("Content-Type", type)], body: body)
            )
            #expect(error.kind == kind && error.code == "http.\(status)" && error.detail.utf8.count < 700)
        }
    }

    @Test func onlyA202IsAnAcceptance() throws {
        let api = try GraphBench().api
        let page = [HTTPHeader("Content-Type", "text/html; charset=utf-8")]
        let message = SampleMail.plain(1)
        #expect(try api.receipt(from: HTTPResponse(status: 202), for: message) == Receipt(id: nil))
        for response in [
            HTTPResponse(status: 200, body: Array("{}".utf8)), HTTPResponse(status: 204), HTTPResponse(status: 201),
            HTTPResponse(status: 202, headers: page, body: Array("<html>".utf8)),
        ] {
            let error = #expect(throws: DeliveryError.self) { try api.receipt(from: response, for: message) }
            #expect(error?.kind == .uncertain)
        }
    }

    @Test(
        arguments: [
            (.cutBeforeTheBody, .transient), (.cut, .uncertain), (.actAndCut, .uncertain),
        ] as [(GraphScript.Fault, DeliveryError.Kind)]
    )
    func aCutCountsByWhatWasWritten(fault: GraphScript.Fault, kind: DeliveryError.Kind) async throws {
        let bench = try GraphBench()
        bench.plan(.sendMail, fault)
        let large = GraphBench.message(attachments: [GraphBench.file("a.pdf", 2_000_000)])
        #expect(await bench.failure(of: large)?.kind == kind)
    }
}

/// Signing in without sending, and the warnings for the operator.
@Suite(.timeLimit(.minutes(5))) struct GraphProbeTests {
    private func fault(_ bench: GraphBench) async -> DeliveryError? {
        do throws(DeliveryError) {
            try await bench.provider.probe()
            return nil
        } catch {
            return error
        }
    }

    @Test func theRightToSendIsEnough() async throws {
        let bench = try GraphBench(permissions: ["Mail.Send"])
        #expect(await fault(bench) == nil && bench.graph.sent.isEmpty)
    }

    @Test func whatStopsAllMailIsAFault() async throws {
        let noRight = await fault(try GraphBench(permissions: ["Mail.Read"]))
        #expect(
            noRight?.kind == .misconfigured && noRight?.remedy?.contains("application permission Mail.Send") == true
        )
        let owner = await fault(try GraphBench(permissions: ["Mail.Read"], place: .database(row: nil)))
        #expect(owner?.remedy?.contains("tokens authorize office") == true)
        let noMailbox = await fault(try GraphBench { $0.mailboxes = [] })
        #expect(noMailbox?.kind == .misconfigured && noMailbox?.remedy?.contains(GraphBench.account) == true)
        let noToken = try GraphBench {
            $0.script.always(.sendMail, .answer(.graph(401, "InvalidAuthenticationToken", "x")))
        }
        #expect(await fault(noToken)?.kind == .authentication)
    }

    @Test func anOutageIsTransient() async throws {
        let bench = try GraphBench()
        bench.server.stop()
        #expect(await fault(bench)?.kind == .transient)
    }

    @Test func adviceNamesOtherSendersAndMissingRights() async throws {
        let senders = try ["NoReply@example.org", "shop@example.org"].map { try EmailAddress(parsing: $0) }
        let full = await GraphProviderAdvice.of(try GraphBench(), senders)
        #expect(full.count == 1 && full[0].contains("shop@example.org") && full[0].contains("Send As"))
        let narrow = await GraphProviderAdvice.of(try GraphBench(permissions: ["Mail.Send"]), Array(senders.prefix(1)))
        #expect(narrow.count == 1 && narrow[0].contains("large_mail: false"))
        let small = try GraphBench(permissions: ["Mail.Send"], takesLargeMail: false)
        #expect(await GraphProviderAdvice.of(small, Array(senders.prefix(1))) == [])
    }
}

/// The warnings of a provider; a fault is marked.
enum GraphProviderAdvice {
    static func of(_ bench: GraphBench, _ senders: [EmailAddress]) async -> [String] {
        await bench.provider.advice(from: senders).map { ($0.isFault ? "fault: " : "") + $0.text }
    }
}
