// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

@Suite struct PostmarkVerdictTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    private static func verdict(_ response: HTTPResponse) -> PostmarkVerdict {
        PostmarkVerdict(response, stream: "outbound", now: now)
    }

    private static func row(
        _ status: Int,
        _ code: Int,
        _ kind: DeliveryError.Kind,
        _ remedy: String? = nil
    ) -> VerdictRow {
        VerdictRow(.postmark(status, code, "in words"), kind, "postmark.\(code)", remedy)
    }

    private static func several(_ codes: Int...) -> HTTPResponse {
        .json(
            422,
            ["ErrorCode": 11, "Message": "several", "Errors": .array(codes.map { ["ErrorCode": .integer($0)] })]
        )
    }

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    @Test(arguments: [
        row(401, 10, .authentication, "server_token"), row(422, 10, .authentication, "server_token"),
        VerdictRow(several(300, 406), .rejected, "postmark.11"),
        VerdictRow(several(300, 412), .misconfigured, "postmark.11", "approved"),
        VerdictRow(several(), .rejected, "postmark.11"),
        row(503, 100, .transient), row(422, 100, .transient), row(422, 300, .rejected), row(413, 300, .rejected),
        row(422, 400, .misconfigured, "Sender Signatures"), row(422, 401, .misconfigured, "Sender Signatures"),
        row(422, 402, .rejected), row(422, 403, .rejected), row(422, 409, .rejected),
        row(422, 405, limited(.seconds(3600)), "credits"), row(422, 406, .rejected, "reactivate"),
        row(422, 410, .rejected), row(422, 411, .rejected, "forbidden"),
        row(422, 412, .misconfigured, "approved"), row(422, 413, .misconfigured, "approved"),
        row(422, 429, limited(), "per_second"), row(429, 429, limited(), "per_second"),
        row(429, 300, limited(), "per_second"),
        row(422, 500, .misconfigured, "settings"), row(422, 510, .misconfigured, "settings"),
        row(422, 701, .misconfigured, "settings"), row(422, 1101, .misconfigured, "settings"),
        row(422, 1235, .misconfigured, "message_stream"), row(422, 1226, .misconfigured, "message_stream"),
        row(404, 9999, .rejected), row(422, 9999, .rejected),
        // The status of an outage decides before a code; only that of maintenance says that nothing was taken.
        row(500, 300, .uncertain, "Activity"), row(500, 500, .uncertain, "Activity"), row(503, 300, .transient),
    ])
    func eachErrorHasOneMeaning(row: VerdictRow) {
        row.check(Self.verdict(row.response).error)
    }

    @Test func whatSaysNothingIsJudgedByItsStatus() {
        for (response, kind) in OddBody.rows {
            let error = Self.verdict(response).error
            #expect(error.kind == kind, "\(response.status)")
            #expect(error.code == "http.\(response.status)" && !error.detail.isEmpty)
        }
    }

    @Test func aFieldSaysHowLong() {
        var response = HTTPResponse.postmark(429, 429, "slow down")
        response.headers = [
            HTTPHeader("Date", "Fri, 20 Nov 2026 12:00:00 GMT"),
            HTTPHeader("Retry-After", "Fri, 20 Nov 2026 12:05:00 GMT"),
        ]
        #expect(Self.verdict(response).error.kind == Self.limited(.seconds(300)))
    }

    @Test(
        arguments: [
            (#"{"MessageID":"u","ErrorCode":0,"Message":"OK"}"#, nil),
            (#"{"MessageID":"u","Message":"OK, delayed"}"#, nil),
            (#"{"MessageID":"u"}"#, nil), (#"{"MessageID":"","ErrorCode":0}"#, .uncertain), ("{}", .uncertain),
            (#"{"MessageID":7,"ErrorCode":0}"#, .uncertain), (#"{"ErrorCode":9999,"Message":"?"}"#, .uncertain),
            (#"{"ErrorCode":300,"Message":"Invalid 'To' address"}"#, .rejected),
            (#"{"MessageID":"u","ErrorC"#, .uncertain),
            (
                #"{"MessageID":"u","ErrorCode":0,"Message":"… inactive addresses: a@b.example, C@b.example."}"#,
                .rejected
            ),
            ("", .uncertain), ("<html>OK</html>", .uncertain), (#"[{"MessageID":"u","ErrorCode":0}]"#, .uncertain),
        ] as [(String, DeliveryError.Kind?)]
    )
    func aSuccessHasAnID(body: String, kind: DeliveryError.Kind?) throws {
        let api = try PostmarkTests.api()
        let message = try sampleMessage(to: ["a@b.example", "c@b.example"])
        let response = HTTPResponse(status: 200, body: Array(body.utf8))
        do throws(DeliveryError) {
            #expect(try api.receipt(from: response, for: message) == Receipt(id: "u"))
            #expect(kind == nil)
        } catch {
            #expect(error.kind == kind)
            #expect(error.scope == (kind == .rejected ? .message : .provider))
        }
    }

    @Test(arguments: [
        (
            "Message OK, but will not deliver to these inactive addresses: a@b.example, C@B.example.",
            ["a@b.example", "c@b.example"]
        ),
        (
            "… inactive addresses: <a@b.example>; other@b.example. Inactive recipients are d@b.example",
            ["a@b.example", "d@b.example"]
        ),
        ("Found inactive addresses: xa@b.example, a@b.example.org. Inactive", []), ("OK", []), ("", []),
        ("a@b.example is fine; inactive addresses: ", []),
    ])
    func theInactiveOnesAreThoseOfTheEnvelope(text: String, found: [String]) throws {
        let envelope = try ["a@b.example", "c@b.example", "d@b.example"].map { try EmailAddress(parsing: $0) }
        let response = HTTPResponse.json(200, ["MessageID": "u", "Message": .string(text)])
        #expect(Self.verdict(response).inactive(among: envelope).map(\.description) == found)
    }
}
