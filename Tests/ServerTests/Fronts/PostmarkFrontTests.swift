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

@Suite(.timeLimit(.minutes(5))) struct PostmarkFrontTests {
    private let bench = FrontBench()

    @Test func everyFieldIsCarriedOver() async throws {
        let answer = try await bench.postmark(
            .post,
            "/email",
            #"""
            {"From":"Doe, Ana <club@example.org>","To":"a@example.org, \"B, x\" <b@example.org>","Cc":"","Bcc":null,"ReplyTo":"r@example.org",
            "Subject":"Hi","HtmlBody":"<p>Hi</p>","TextBody":null,"Tag":"two words","Metadata":{"user":12,"yes":true},
            "Headers":[{"Name":"X-Own","Value":"1"},{"Name":"Message-ID","Value":"x"}],
            "Attachments":[{"Name":"l.png","Content":"aGk=\r\n","ContentType":"image/png","ContentID":"cid:logo"}],
            "TrackOpens":true,"InlineCss":true,"MessageStream":"broadcast"}
            """#
        )
        #expect(answer.status == 200, "\(answer.body.text())")
        #expect(answer.body["ErrorCode"] == 0 && answer.body["Message"] == "OK")
        #expect(answer.body["To"] == "a@example.org, b@example.org")
        #expect(answer.body["SubmittedAt"] == "2026-09-21T14:13:20.0000000Z")
        let request = try #require(try await bench.stored.first)
        #expect(request.from.display == #""Doe, Ana" <club@example.org>"#)
        #expect(request.summary == ["to:a@example.org", #"to:"B, x" <b@example.org>"#])
        #expect(request.replyTo.map(\.display) == ["r@example.org"] && request.priority == .bulk)
        #expect(request.tags == ["two words"] && request.headers.map(\.name) == ["X-Own"])
        #expect(request.metadata == ["user": "12", "yes": "true", "front.MessageStream": "broadcast"])
        #expect(request.attachments.first?.contentID == "logo" && request.literal == ["Hi", "<p>Hi</p>", nil])

        let id = try #require(answer.body["MessageID"]?.string)
        let details = try await bench.postmark(.get, "/messages/outbound/\(id)/details")
        #expect(details.body["HtmlBody"] == "<p>Hi</p>" && details.body["Status"] == "Queued")
        let list = try await bench.postmark(.get, "/messages/outbound?count=5&offset=0")
        #expect(list.body["TotalCount"] == 1 && list.body["Messages"]?.array?.first?["MessageID"]?.string == id)
    }

    @Test func templatesAndFinalSlashesWork() async throws {
        let mail =
            #"{"From":"club@example.org","To":"a@example.org","TemplateAlias":"welcome","TemplateModel":{"name":"Ana"}}"#
        #expect(try await bench.postmark(.post, "/email/withTemplate/", mail).status == 200)
        let batch = try await bench.postmark(
            .post,
            "/email/batchWithTemplates/",
            #"{"Messages":[\#(mail),\#(mail.replacing("welcome", with: "none"))]}"#
        )
        #expect(batch.status == 200)
        #expect(batch.body.array?.map { $0["ErrorCode"]?.integer } == [0, 1101])
        // .NET callers want the recipients of failed messages too.
        #expect(batch.body.array?.last?["To"] == "a@example.org")
        #expect(bench.gateway.stores.count == 2)
    }

    @Test func messageMayGoToHiddenRecipientsAlone() async throws {
        let mail = #"{"From":"club@example.org","Bcc":"b@example.org","Subject":"s","TextBody":"t"}"#
        #expect(try await bench.postmark(.post, "/email", mail).status == 200)
        #expect(try await bench.stored.first?.summary == ["bcc:b@example.org"])
    }

    @Test(arguments: [
        ("{", 422, 402, "line 1"),
        (#"{"To":"a@example.org","Subject":"s","TextBody":"t"}"#, 422, 300, "'From': is required"),
        (
            #"{"From":"club@example.org","To":"nobody","Subject":"s","TextBody":"t"}"#, 422, 300,
            "Error parsing 'To': Illegal email address 'nobody'. The address has no @ sign."
        ),
        (
            #"{"From":"club@example.org","To":"a@example.org","Subject":"s","TextBody":"t","Metadata":"x"}"#, 422, 403,
            "'Metadata': expected an object"
        ),
        (#"{"From":"club@example.org","To":"a@example.org","TemplateAlias":"none"}"#, 422, 1101, "no template"),
    ])
    func faultsHaveTheirCodes(_ body: String, _ status: Int, _ code: Int, _ text: String) async throws {
        let answer = try await bench.postmark(.post, "/email", body)
        #expect(answer.status == status && answer.body["ErrorCode"]?.integer == code, "\(answer.body.text())")
        #expect(answer.body["Message"]?.string?.contains(text) == true, "\(answer.body.text())")
    }

    /// The official clients read the addresses out of the text.
    @Test func suppressedRecipientsAreNamed() async throws {
        let address = try EmailAddress(parsing: "gone@example.org")
        let now = Timestamp(milliseconds: 0)
        try await bench.gateway.stores.put(Suppression(address: address, reason: .bounce, createdAt: now))
        let mail = #"{"From":"club@example.org","To":"gone@example.org","Subject":"s","TextBody":"t"}"#
        let all = try await bench.postmark(.post, "/email", mail)
        #expect(all.status == 422 && all.body["ErrorCode"] == 406)
        #expect(all.body["Message"]?.string?.contains("Found inactive addresses: gone@example.org. Inactive") == true)
        let some = mail.replacing("gone@example.org", with: "gone@example.org, ana@example.org")
        let answer = try await bench.postmark(.post, "/email/batch", "[\(some),\(mail)]")
        #expect(answer.body.array?.map { $0["ErrorCode"]?.integer } == [0, 406])
        let first = answer.body.array?.first
        #expect(first?["To"] == "ana@example.org")
        #expect(
            first?["Message"]?.string?.hasSuffix("will not deliver to these inactive addresses: gone@example.org")
                == true
        )
        #expect(bench.gateway.stores.count == 1)
    }

    @Test func testTokenOnlyValidates() async throws {
        let fields = ["X-Postmark-Server-Token": "POSTMARK_API_TEST"]
        let mail = #"{"From":"club@example.org","To":"a@example.org","Subject":"s","TextBody":"t"}"#
        let answer = try await bench.call(.post, "/email", Array(mail.utf8), fields: fields)
        #expect(answer.status == 200 && answer.body["ErrorCode"] == 0 && bench.gateway.stores.count == 0)
        let bad = Array(mail.replacing("a@example.org", with: "a").utf8)
        #expect(try await bench.call(.post, "/email", bad, fields: fields).status == 422)
        #expect(try await bench.call(.get, "/messages/outbound", fields: fields).status == 401)
        let large = Array(repeating: UInt8(ascii: " "), count: 70_000)
        #expect(try await bench.call(.post, "/email", large, fields: fields).status == 413)
        #expect(try await bench.postmark(.get, "/server").body["DeliveryType"] == "Live")
    }
}
