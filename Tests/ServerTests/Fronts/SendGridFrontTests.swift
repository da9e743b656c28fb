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

@Suite(.timeLimit(.minutes(5))) struct SendGridFrontTests {
    private static let messageID = HTTPField.Name("X-Message-Id") ?? .eTag
    private let bench = FrontBench()

    @Test func everyPersonalizationIsAMessage() async throws {
        let answer = try await bench.bearer(
            .post,
            "/v3/mail/send",
            #"""
            {"personalizations":[
            {"to":[{"email":"a@example.org","name":"Doe, Ana"}],"cc":[{"email":"c@example.org"},{"email":"A@example.org"}],
            "substitutions":{"-name-":"Ana","-name-2-":7},"custom_args":{"n":1},"headers":{"X-One":"inner"}},
            {"to":[{"email":"b@example.org"}],"subject":"For -name-","from":{"email":"club@example.org","name":"Club"},
            "send_at":1790003600,"substitutions":{"-name-":"-name-2-"}}],
            "from":{"email":"club@example.org","name":"=?utf-8?q?Cl=C3=BCb?="},"reply_to":{"email":"r@example.org"},
            "subject":"Hi -name-","content":[{"type":"text/plain","value":"-name-/-name-2-"},{"type":"text/html","value":"<b>-name-</b>"}],
            "attachments":[{"content":"aGk=\r\n","filename":"hi.txt","type":"text/plain","disposition":"inline","content_id":"x"}],
            "categories":["one","two words"],"headers":{"X-One":"outer","X-Two":"2","Received":"x"},"custom_args":{"n":0,"m":true},
            "send_at":1700000000,"asm":{"group_id":4},"batch_id":"b1","tracking_settings":{"open_tracking":{"enable":true}}}
            """#
        )
        #expect(answer.status == 202 && answer.body == .null, "\(answer.body.text())")
        let requests = try await bench.stored
        #expect(requests.count == 2 && FrontID.message(answer.fields[Self.messageID] ?? "") != nil)
        #expect(requests[0].summary == [#"to:"Doe, Ana" <a@example.org>"#, "cc:c@example.org"])
        #expect(requests.map(\.from.display) == ["Clüb <club@example.org>", "Club <club@example.org>"])
        #expect(requests[0].literal == ["Hi Ana", "<b>Ana</b>", "Ana/7"])
        #expect(requests[1].literal == ["For -name-2-", "<b>-name-2-</b>", "-name-2-/-name-2-2-"])
        #expect(requests[0].headers.map { "\($0.name)=\($0.value)" } == ["X-Two=2", "X-One=inner"])
        #expect(
            requests[0].metadata == ["n": "1", "m": "true", "front.asm": #"{"group_id":4}"#, "front.batch_id": "b1"]
        )
        #expect(requests.map(\.tags) == [["one", "two words"], ["one", "two words"]])
        // A time that is past means now.
        #expect(requests.map(\.sendAt) == [nil, Timestamp(milliseconds: 1_790_003_600_000)])
        #expect(requests.allSatisfy { $0.attachments.map(\.disposition) == [.inline] && $0.via == .sendgrid })
    }

    @Test func dynamicTemplateTakesItsData() async throws {
        let answer = try await bench.bearer(
            .post,
            "/v3/mail/send",
            """
            {"personalizations":[{"to":[{"email":"a@example.org"}],"dynamic_template_data":{"name":"Ana"}}],
            "from":{"email":"club@example.org"},"template_id":"welcome","content":[{"type":"text/html","value":"x"}]}
            """
        )
        #expect(answer.status == 202, "\(answer.body.text())")
        guard case .template("welcome", _, _, let data)? = try await bench.stored.first?.content else {
            Issue.record("expected a template")
            return
        }
        #expect(data["name"] == "Ana")
    }

    @Test func sandboxValidatesAndStoresNothing() async throws {
        let mail = """
            {"personalizations":[{"to":[{"email":"a@example.org"}]}],"from":{"email":"club@example.org"},"subject":"s",
            "content":[{"type":"text/plain","value":"t"}],"mail_settings":{"sandbox_mode":{"enable":true}}}
            """
        let answer = try await bench.bearer(.post, "/v3/mail/send", mail)
        #expect(answer.status == 200 && answer.fields[Self.messageID] != nil && bench.gateway.stores.count == 0)
        let bad = try await bench.bearer(.post, "/v3/mail/send", mail.replacing("a@example.org", with: "a"))
        #expect(bad.status == 400)
    }

    @Test(arguments: [
        (#"{}"#, ["personalizations"]),
        (#"{"personalizations":[{}]}"#, ["personalizations.0.to", "from", "subject", "content"]),
        (
            #"{"personalizations":[{"to":[{"email":"a"}]},{"to":[{"email":"b@example.org"},{"name":"x"}]}],"from":{"email":"club@example.org"},"subject":"s","content":[{"type":"text/plain","value":"t"}]}"#,
            ["personalizations.0.to.0.email", "personalizations.1.to.1.email"]
        ),
        (
            #"{"personalizations":[{"to":[{"email":"a@example.org"}],"bcc":[{"email":"b"}]}],"from":{"email":"club@example.org"},"subject":"a\nb","content":[{"type":"text/calendar","value":"t"},{"type":"text/html","value":""}],"attachments":[{"content":"!","filename":"f"}],"mail_settings":{"footer":{"enable":true}}}"#,
            [
                "content.0.type", "content.1.value", "attachments.0.content", "mail_settings.footer",
                "personalizations.0.bcc.0.email", "subject", "content",
            ]
        ),
        (
            #"{"personalizations":[{"to":[{"email":"a@example.org"}],"from":{"email":"club@example.org"}},{"to":[{"email":"b@example.org"}]}],"subject":"s","sections":{"a":"b"},"content":[{"type":"text/plain","value":"t"},{"type":"text/plain; charset=utf-8","value":"u"}]}"#,
            ["from", "sections", "content.1.type"]
        ),
        (
            #"{"personalizations":[{"to":[{"email":"a@example.org"},{"email":"A@example.org"},{"email":"b"}]}],"from":{"email":"club@example.org"},"subject":"=?utf-8?q?s?=\r\nBcc: x@example.org","content":[{"type":"text/plain","value":"t"}]}"#,
            ["personalizations.0.to.2.email", "subject"]
        ),
        (
            #"{"personalizations":[{"to":[{"email":"a@example.org"}]}],"from":{"email":"club@example.org"},"template_id":"d-1"}"#,
            ["template_id"]
        ),
    ])
    func faultsNameTheFields(_ body: String, _ fields: [String]) async throws {
        let answer = try await bench.bearer(.post, "/v3/mail/send", body)
        #expect(answer.status == 400)
        let errors = answer.body["errors"]?.array ?? []
        #expect(Set(errors.compactMap { $0["field"]?.string }) == Set(fields), "\(answer.body.text())")
        #expect(errors.allSatisfy { $0["message"]?.string?.isEmpty == false && $0["help"] == .null })
        #expect(bench.gateway.stores.count == 0)
    }

    /// Hidden recipients and copies count; repeated ones do not.
    @Test(arguments: [(20, 200), (21, 400)])
    func callHasAThousandRecipients(_ personalizations: Int, _ status: Int) async throws {
        func list(_ numbers: Range<Int>, _ kind: String) -> String {
            let items = numbers.map { #"{"email":"\#(kind)\#($0)@example.org"}"# }
            return (items + items).joined(separator: ",")
        }
        let one = #"{"to":[\#(list(0..<20, "a"))],"cc":[\#(list(0..<20, "c"))],"bcc":[\#(list(0..<10, "b"))]}"#
        let mail = """
            {"personalizations":[\(Array(repeating: one, count: personalizations).joined(separator: ","))],
            "from":{"email":"club@example.org"},"subject":"s","content":[{"type":"text/plain","value":"t"}],
            "mail_settings":{"sandbox_mode":{"enable":true}}}
            """
        let answer = try await bench.bearer(.post, "/v3/mail/send", mail)
        #expect(answer.status == status, "\(answer.body.text())")
    }

    @Test func smallCallsAnswer() async throws {
        let batch = try await bench.bearer(.post, "/v3/mail/batch")
        #expect(batch.status == 201 && batch.body["batch_id"]?.string?.isEmpty == false)
        let scopes = try await bench.bearer(.get, "/v3/scopes")
        #expect(scopes.status == 200 && scopes.body["scopes"]?.array?.contains("mail.send") == true)
    }
}
