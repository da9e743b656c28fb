// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import HTTPTypes
import JSON
import Mail
import Queue
import Submission
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct ResendFrontTests {
    private let bench = FrontBench()

    private func send(_ more: String) async throws -> FrontBench.Answer {
        let start = #"{"from":"club@example.org","to":["ana@example.org"],"subject":"Hi","text":"Hello""#
        return try await bench.bearer(.post, "/emails", start + (more.isEmpty ? "}" : ",\(more)}"))
    }

    /// What clients send for "not given" changes nothing, and neither does a field that this front does not know.
    @Test func fieldsThatSayNothingAreIgnored() async throws {
        let answer = try await send(
            #""cc":[],"bcc":[],"reply_to":null,"html":null,"headers":{},"attachments":[],"tags":[],"new":1,"topic_id":"t""#
        )
        #expect(answer.status == 200)
        let request = try #require(try await bench.stored.first)
        #expect(request.summary == ["to:ana@example.org"] && request.replyTo.isEmpty)
        #expect(request.literal == ["Hi", nil, "Hello"])
        #expect(request.metadata == ["front.topic_id": "t"] && request.via == .resend)
    }

    @Test func everyFieldIsCarriedOver() async throws {
        let answer = try await bench.bearer(
            .post,
            "/emails",
            #"""
            {"from":"The Club, Inc. <club@example.org>","to":"a@example.org, Ben <b@example.org>",
            "cc":["=?utf-8?q?Z=C3=B6e?= <c@example.org>"],"bcc":"A@example.org, d@example.org","reply_to":["r@example.org"],
            "subject":"Hi","html":"<p>Hi</p>","text":"Hi",
            "headers":{"X-Own":"1","From":"x","Message-ID":"y","X-Metadata":"{\"order\": 12}","X-Tags":"[\"a b\"]","X-Object":{}},
            "tags":[{"name":"category","value":"welcome"},{"name":"order_id","value":"7"},{"name":"none","value":null},{"X-Tag":"plain"}],
            "attachments":[{"content":"aGk=","filename":"hi.txt","content_type":"text/plain; charset=\"utf-8\""},
            {"content":{"type":"Buffer","data":[104,105]},"filename":"b.bin"},{"content":{"0":104,"1":105},"filename":"c.bin"},
            {"content":"aGk=","filename":"logo.png","content_id":"logo"}],
            "scheduled_at":"in 2 hours"}
            """#
        )
        #expect(answer.status == 200, "\(answer.body.text())")
        let request = try #require(try await bench.stored.first)
        #expect(request.from.display == #""The Club, Inc." <club@example.org>"#)
        #expect(
            request.summary == [
                "to:a@example.org", "to:Ben <b@example.org>", "cc:Zöe <c@example.org>", "bcc:d@example.org",
            ]
        )
        #expect(request.replyTo.map(\.display) == ["r@example.org"])
        #expect(request.headers.map(\.name) == ["X-Own"])
        #expect(request.tags == ["a b", "welcome", "plain"])
        #expect(request.metadata == ["order": "12", "order_id": "7", "category": "welcome"])
        #expect(request.attachments.map(\.size) == [2, 2, 2, 2])
        #expect(request.attachments.map(\.contentID) == [nil, nil, nil, "logo"])
        #expect(request.sendAt == Timestamp(milliseconds: 1_790_000_000_000) + .seconds(7200))
    }

    @Test func templateIsNamedByItsID() async throws {
        let body =
            #"{"from":"club@example.org","to":"a@example.org","template":{"id":"welcome","variables":{"name":"Ana"}}}"#
        #expect(try await bench.bearer(.post, "/emails", body).status == 200)
        guard case .template(let name, _, _, let data)? = try await bench.stored.first?.content else {
            Issue.record("expected a template")
            return
        }
        #expect(name == "welcome" && data["name"]?.string == "Ana")
        let unknown = try await bench.bearer(.post, "/emails", body.replacing("\"welcome\"", with: "\"none\""))
        #expect(unknown.status == 422)
        #expect(unknown.body["message"]?.string?.hasPrefix("`template.id`: there is no template") == true)
    }

    @Test(arguments: [
        ("{", 400, "validation_error", "line 1"),
        ("[]", 422, "validation_error", "expected an object"),
        (
            #"{"to":"a@example.org","subject":"s","text":"t"}"#, 422, "missing_required_field", "`from`: is required"
        ),
        (
            #"{"from":"club@example.org","subject":"s","text":"t"}"#, 422, "missing_required_field",
            "`to`: is required"
        ),
        (
            #"{"from":"club@example.org","to":"nobody","subject":"s","text":"t"}"#, 422, "validation_error",
            "`to`: The address has no @ sign."
        ),
        (
            #"{"from":"club@example.org","to":["a@example.org","x\r\nBcc: y@example.org"],"subject":"s","text":"t"}"#,
            422,
            "validation_error", "`to.1`: The address contains a line break"
        ),
        (
            #"{"from":"club@example.org","to":"a@example.org","subject":"s","text":"t","attachments":[{"path":"http://h/x"}]}"#,
            422, "invalid_attachment", "`attachments.0.path`: files are not fetched"
        ),
        (
            #"{"from":"club@example.org","to":"a@example.org","subject":"s","text":"t","attachments":[{"content":{}}]}"#,
            422, "invalid_attachment", "The attachment content is empty."
        ),
        (
            #"{"from":"club@example.org","to":"a@example.org","subject":"s","text":"t","scheduled_at":"tomorrow"}"#,
            422,
            "validation_error", "`scheduled_at`: expected a time"
        ),
    ])
    func faultsNameTheField(_ body: String, _ status: Int, _ name: String, _ text: String) async throws {
        let answer = try await bench.bearer(.post, "/emails", body)
        #expect(answer.status == status && answer.body["statusCode"]?.integer == status)
        #expect(answer.body["name"]?.string == name)
        #expect(answer.body["message"]?.string?.contains(text) == true, "\(answer.body.text())")
        #expect(bench.gateway.stores.count == 0)
    }

    @Test(arguments: [
        ("in 10 min", 600), ("in 1 minute", 60), ("in 2 days", 172_800), ("2026-09-21 14:13:30+00:00", 10),
        ("2026-09-21T16:13:30+02:00", 10), ("in soon", nil), ("10 min", nil), ("in -1 min", nil),
    ])
    func timesAreISOOrSpans(_ text: String, _ seconds: Int?) {
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        #expect(ResendTime.parse(text, now: now) == seconds.map { now + .seconds($0) })
    }

    @Test(arguments: [("strict", 422, 0), ("permissive", 200, 1)])
    func batchIsAllOrNothingUnlessItIsPermissive(_ mode: String, _ status: Int, _ count: Int) async throws {
        let body = """
            [{"from":"club@example.org","to":"ana@example.org","subject":"s","text":"t"},
            {"from":"club@example.org","to":"nobody","subject":"s","text":"t"}]
            """
        let fields = ["x-batch-validation": mode]
        let answer = try await bench.bearer(.post, "/emails/batch", body, fields: fields)
        #expect(answer.status == status && bench.gateway.stores.count == count)
        guard mode == "permissive" else {
            #expect(answer.body["message"]?.string == "`1.to`: The address has no @ sign.")
            return
        }
        #expect(answer.body["data"]?.array?.count == 1)
        #expect(answer.body["errors"]?.array?.first?["index"] == 1)
    }

    @Test func messagesAreListedShownMovedAndCancelled() async throws {
        for number in 0..<3 { _ = try await send(#""scheduled_at":"in \#(number + 1) hours""#) }
        let list = try await bench.bearer(.get, "/emails?limit=2")
        let ids = (list.body["data"]?.array ?? []).compactMap { $0["id"]?.string }
        #expect(ids.count == 2 && list.body["has_more"] == true)
        let older = try await bench.bearer(.get, "/emails?limit=2&after=\(ids[1])")
        let oldest = try #require(older.body["data"]?.array?.first?["id"]?.string)
        #expect(older.body["has_more"] == false)
        let newer = try await bench.bearer(.get, "/emails?limit=1&before=\(oldest)")
        #expect(newer.body["data"]?.array?.first?["id"]?.string == ids[1])
        #expect(try await bench.bearer(.get, "/emails?limit=0&after=x").status == 422)

        let shown = try await bench.bearer(.get, "/emails/\(ids[0])").body
        #expect(shown["last_event"] == "scheduled" && shown["subject"] == "Hi" && shown["text"] == "Hello")
        #expect(shown["to"] == ["ana@example.org"] && shown["html"] == .null)
        #expect(shown["created_at"]?.string == "2026-09-21 14:13:20.000000+00")

        let time = #"{"scheduled_at":"2026-10-01T00:00:00Z"}"#
        let moved = try await bench.bearer(.patch, "/emails/\(ids[0])", time)
        #expect(moved.status == 200 && moved.body["object"] == "email")
        #expect(try await bench.stored.last?.sendAt == Timestamp("2026-10-01T00:00:00Z"))
        let far = try await bench.bearer(.patch, "/emails/\(ids[0])", time.replacing("2026", with: "2099"))
        #expect(far.status == 422 && far.body["message"] == "`scheduled_at`: is more than a year ahead")
        #expect(try await bench.bearer(.post, "/emails/\(ids[0])/cancel", "{}").status == 200)
        #expect(try await bench.bearer(.get, "/emails/\(ids[0])").body["last_event"] == "canceled")
        let late = try await bench.bearer(.patch, "/emails/\(ids[0])", time)
        #expect(late.status == 422 && late.body["name"] == "validation_error")
        #expect(try await bench.bearer(.get, "/emails/\(FrontID.uuid("msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"))").status == 404)
    }
}
