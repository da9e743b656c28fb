// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

@Suite struct MailjetVerdictTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)

    private static func limited(_ wait: Duration? = nil) -> DeliveryError.Kind { .rateLimited(retryAfter: wait) }

    private struct Row: Sendable {
        let status: Int
        let code: String
        let kind: DeliveryError.Kind
        var remedy: String?
    }

    private static let rows: [Row] =
        ["send-0003", "send-0004", "send-0010", "send-0012", "send-0013", "send-0015", "send-0016"]
        .map { Row(status: 400, code: $0, kind: .rejected) }
        + ["0002", "0003", "0004", "0005", "0006", "0007", "0008", "0012", "0013"]
        .map { Row(status: 400, code: "mj-\($0)", kind: .rejected) }
        + ["send-0006", "send-0007", "send-0008"]
        .map { Row(status: 403, code: $0, kind: .misconfigured, remedy: "verify") }
        + [
            Row(status: 400, code: "send-0008", kind: .misconfigured, remedy: "verify"),
            Row(status: 400, code: "send-0011", kind: .rejected, remedy: "header"),
            Row(status: 413, code: "mj-0011", kind: .rejected, remedy: "15 MB"),
            Row(status: 401, code: "mj-0001", kind: .authentication, remedy: "suspended"),
            Row(status: 401, code: "mj-0015", kind: .authentication, remedy: "secret_key"),
            Row(status: 401, code: "other", kind: .authentication, remedy: "secret_key"),
            Row(status: 403, code: "other", kind: .misconfigured, remedy: "validated"),
            Row(status: 404, code: "other", kind: .rejected),
            Row(status: 429, code: "other", kind: limited(), remedy: "per_second"),
            Row(status: 429, code: "mj-0005", kind: limited(), remedy: "per_second"),
            Row(status: 500, code: "send-0003", kind: .uncertain, remedy: "CustomID"),
            Row(status: 503, code: "mj-0015", kind: .transient),
        ]

    /// The error of a whole call, that of a message under its own status, and that under a success mean the same.
    @Test func eachErrorHasOneMeaning() {
        for row in Self.rows {
            let expected = VerdictRow(
                .mailjet(row.status, row.code, "in words"),
                row.kind,
                "mailjet.\(row.code)",
                row.remedy
            )
            expected.check(MailjetVerdict(expected.response, now: Self.now).error)
            for status in [row.status, 200] {
                let response = Self.entries(status, [Self.failed(row.code, row.status)])
                let verdict = MailjetVerdict(response, now: Self.now)
                expected.check(verdict.error)
                #expect(verdict.ids.isEmpty)
            }
        }
    }

    @Test func whatSaysNothingIsJudgedByItsStatus() {
        for (response, kind) in OddBody.rows {
            let error = MailjetVerdict(response, now: Self.now).error
            #expect(error.kind == kind, "\(response.status)")
            #expect(error.code == "http.\(response.status)" && !error.detail.isEmpty)
        }
    }

    private static func failed(_ code: String, _ status: Int) -> JSON {
        let error: JSON = ["ErrorCode": .string(code), "StatusCode": .integer(status), "ErrorMessage": "in words"]
        return ["Status": "error", "Errors": [error]]
    }

    private static func entries(_ status: Int, _ entries: [JSON]) -> HTTPResponse {
        .json(status, ["Messages": .array(entries)])
    }

    @Test(arguments: [
        (#"{"Messages":[{"Status":"success","To":[{"MessageID":9223372036854775807}]}]}"#, "9223372036854775807", nil),
        (#"{"Messages":[{"To":[{"MessageID":"576460752303423489"}]}]}"#, "576460752303423489", nil),
        (
            #"{"Messages":[{"Status":"success","To":[{"MessageID":1}],"Cc":[{"MessageID":2}],"Bcc":[{"MessageID":3}]}]}"#,
            "1", "2, 3"
        ),
        (#"{"Messages":[{"Status":"success","To":[{"MessageID":0}]}]}"#, nil, nil),
        (#"{"Messages":[{"Status":"success","To":[{"MessageID":1.5},{"MessageID":null},{}]}]}"#, nil, nil),
        (#"{"Messages":[{"Status":"success","To":{}}]}"#, nil, nil), (#"{"Messages":[]}"#, nil, nil), ("{}", nil, nil),
        (#"{"Messages":[{"Status":"success","To":[{"MessageID":1}]}"#, nil, nil), ("", nil, nil), ("<html>", nil, nil),
    ])
    func aSuccessHasAnID(body: String, id: String?, others: String?) throws {
        let response = HTTPResponse(status: 200, body: Array(body.utf8))
        do throws(DeliveryError) {
            let receipt = try MailjetTests.api().receipt(from: response, for: SampleMail.plain(1))
            #expect(receipt == Receipt(id: id, detail: others.map { "further ids: \($0)" }))
        } catch {
            #expect(id == nil && error.kind == .uncertain && error.code == "mailjet.no_id")
        }
    }

    @Test func anErrorWithoutWordsIsTheMessages() throws {
        let response = Self.entries(200, [["Status": "error"]])
        let error = #expect(throws: DeliveryError.self) {
            try MailjetTests.api().receipt(from: response, for: SampleMail.plain(1))
        }
        #expect(error?.kind == .rejected && error?.scope == .message)
    }

    /// Entries that do not match the messages of the call are matched by their addresses.
    @Test func refusedRecipientsAreNamed() throws {
        let message = SampleMail.plain(1, to: ["ana", "bo"])
        let taken: JSON = ["Status": "success", "To": [["Email": "Ana@example.org", "MessageID": 1]]]
        for (status, kind) in [(400, DeliveryError.Kind.rejected), (403, .transient), (500, .transient)] {
            let code = status == 403 ? "send-0008" : "mj-0013"
            let response = Self.entries(200, [taken, Self.failed(code, status)])
            let receipt = try MailjetTests.api().receipt(from: response, for: message)
            #expect(receipt.id == "1" && receipt.refusals.map(\.address.description) == ["bo@example.org"])
            #expect(receipt.refusals.allSatisfy { $0.error.kind == kind && $0.error.scope == .message })
        }
    }
}
