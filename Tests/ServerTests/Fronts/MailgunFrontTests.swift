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

@Suite(.timeLimit(.minutes(5))) struct MailgunFrontTests {
    private static let path = "/v3/example.org/messages"
    private let bench = FrontBench()

    /// A form in multipart/form-data, each part with its own head.
    private static func multipart(_ parts: [(head: String, content: String)]) -> [UInt8] {
        let body = parts.map { "--b0\r\nContent-Disposition: form-data; \($0.head)\r\n\r\n\($0.content)\r\n" }
        return Array((body.joined() + "--b0--\r\n").utf8)
    }

    private func send(_ parts: [(head: String, content: String)]) async throws -> FrontBench.Answer {
        try await bench.mailgun(Self.path, Self.multipart(parts), type: "multipart/form-data; boundary=\"b0\"")
    }

    @Test func urlEncodedFormIsRead() async throws {
        let form =
            "from=Club+%3Cclub%40example.org%3E&to=a%40example.org&to=b%40example.org%2C+c%40example.org&subject=Hi&text=Hello"
            + "&h:Reply-To=r%40example.org&h:Sender=x%40example.org&h:X-Own=1&v:order=7&o:tag=one&o:tag=two&o:tracking=False"
            + "&o:dkim=yes&o:deliverytime=Fri%2C+16+Oct+2026+12%3A00%3A00+GMT"
        let answer = try await bench.mailgun("/v3//mg.example.org/messages/", Array(form.utf8))
        #expect(answer.status == 200, "\(answer.body.text())")
        #expect(answer.body["message"] == "Queued. Thank you.")
        let record = try #require(try await bench.gateway.stores.page(MessageFilter()).records.first)
        #expect(answer.body["id"]?.string == "<\(record.id.dropFirst(4))@example.org>")
        let request = try #require(record.request)
        #expect(request.summary == ["to:a@example.org", "to:b@example.org", "to:c@example.org"])
        #expect(request.replyTo.map(\.display) == ["r@example.org"] && request.headers.map(\.name) == ["X-Own"])
        #expect(request.tags == ["one", "two"] && request.metadata == ["order": "7", "front.o:dkim": "yes"])
        #expect(request.sendAt == Timestamp("2026-10-16T12:00:00Z") && request.via == .mailgun)
    }

    @Test func multipartFormIsReadFromEveryClient() async throws {
        let answer = try await send([
            ("name=\"from\"", "club@example.org"), ("name=\"to[0]\"", "a@example.org"),
            (
                "name=\"to[1]\"\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit",
                "b@example.org"
            ),
            ("name=\"subject\"", "Grüße"), ("name=html", "<p>Hi</p>\r\n--b1\r\n"),
            ("name=\"attachment[0]\"; filename=\"Ü b.txt\"", "one"), ("name=\"attachment[1]\"", "two"),
            ("name=\"inline[0]\"; filename=\"logo.png\"\r\nContent-Type: image/png", "three"),
        ])
        #expect(answer.status == 200, "\(answer.body.text())")
        let request = try #require(try await bench.stored.first)
        #expect(request.summary == ["to:a@example.org", "to:b@example.org"])
        #expect(request.literal == ["Grüße", "<p>Hi</p>\r\n--b1\r\n", nil])
        #expect(request.attachments.map(\.fileName) == ["Ü b.txt", "attachment", "logo.png"])
        #expect(request.attachments.map(\.contentID) == [nil, nil, "logo.png"])
        #expect(request.attachments.map(\.size) == [3, 3, 5])
    }

    @Test func recipientVariablesMakeOneMessageEach() async throws {
        let variables = #"{"A+x@example.org":{"name":"Ana","n":1},"b@example.org":{"name":"%recipient.n%"}}"#
        let answer = try await send([
            ("name=\"from\"", "club@example.org"),
            ("name=\"to\"", "Ana <a+x@example.org>, b@example.org, A+X@example.org"),
            ("name=\"subject\"", "For %recipient.name%"),
            ("name=\"text\"", "%recipient.n% %recipient% %recipient.none%"),
            ("name=\"v:name\"", "%recipient.name%"), ("name=\"recipient-variables\"", variables),
        ])
        #expect(answer.status == 200, "\(answer.body.text())")
        let requests = try await bench.stored
        #expect(requests.map(\.summary) == [["to:Ana <a+x@example.org>"], ["to:b@example.org"]])
        #expect(requests[0].literal == ["For Ana", nil, "1 a+x@example.org %recipient.none%"])
        #expect(requests[1].literal == ["For %recipient.n%", nil, "%recipient.n% b@example.org %recipient.none%"])
        #expect(requests.map { $0.metadata["name"] } == ["Ana", "%recipient.n%"])
    }

    @Test func rawMessageGoesToItsEnvelope() async throws {
        let mail =
            "From: club@example.org\nTo: a@example.org\nSubject: Raw\nMessage-ID: <own@example.org>\n\nHello\n"
        let body = Self.multipart([
            ("name=\"to\"", "a@example.org, b@example.org"), ("name=\"o:tag\"", "one"),
            ("name=\"message\"; filename=\"message.mime\"\r\nContent-Type: message/rfc822", mail),
        ])
        let type = "multipart/form-data; boundary=b0"
        let answer = try await bench.mailgun("/v3/example.org/messages.mime", body, type: type)
        #expect(answer.status == 200 && answer.body["id"] == "<own@example.org>", "\(answer.body.text())")
        let request = try #require(try await bench.stored.first)
        #expect(request.summary == ["to:a@example.org", "bcc:b@example.org"] && request.tags == ["one"])
        #expect(request.content.subject == "Raw")
        let none = try await bench.mailgun("/v3/example.org/messages.mime", Array("to=a%40example.org".utf8))
        #expect(none.status == 400 && none.body["message"] == "'message' parameter is missing")
    }

    @Test(arguments: [
        ("to=a%40example.org&subject=s&text=t", "'from' parameter is missing"),
        (
            "from=club%40example.org&to=nobody&subject=s&text=t",
            "'to' parameter is not a valid address. please check documentation. The address has no @ sign."
        ),
        (
            "from=club%40example.org&to=a%40example.org&subject=s&text=t&recipient-variables[a][b]=c",
            "'recipient-variables' parameter: expected one field with JSON"
        ),
        ("from=club%40example.org&to=a%40example.org&template=none", "'template' parameter: there is no template"),
        ("from=club%40example.org&cc=a%40example.org&subject=s&text=t", "'to' parameter is missing"),
        (String(repeating: "v:a=1&", count: 2000) + "to=a%40example.org", "The form has over 2000 fields."),
    ])
    func faultsNameTheParameter(_ form: String, _ text: String) async throws {
        let answer = try await bench.mailgun(Self.path, Array(form.utf8))
        #expect(answer.status == 400)
        #expect(answer.body["message"]?.string?.hasPrefix(text) == true, "\(answer.body.text())")
        #expect(bench.gateway.stores.count == 0)
    }

    @Test func variablesOfTheHeaderAreMetadataWithoutATemplate() async throws {
        let form = "from=club%40example.org&to=a%40example.org&subject=s&text=t&v:a=1&o:a%20b=1&o:c%20d=2"
        let header = "&h:X-Mailgun-Variables=%7B%22a%22%3A0%2C%22b%22%3Atrue%2C%22c%22%3Anull%7D"
        #expect(try await bench.mailgun(Self.path, Array((form + header).utf8)).status == 200)
        #expect(try await bench.stored.first?.metadata == ["a": "1", "b": "true", "front.o:…": "1"])
        let other = form + "&h:X-Mailgun-Variables=none"
        #expect(try await bench.mailgun(Self.path, Array(other.utf8)).status == 200)
    }

    @Test func formIsValidatedOnlyInTestMode() async throws {
        let form = "from=club%40example.org&to=a%40example.org&subject=s&text=t&o:testmode=true"
        #expect(try await bench.mailgun(Self.path, Array(form.utf8)).status == 200)
        #expect(bench.gateway.stores.count == 0)
    }

    @Test func domainIsThatOfABrand() async throws {
        #expect(try await bench.mailgun("/v3/elsewhere.example/messages", []).status == 404)
        #expect(try await bench.mailgun(Self.path, [], type: "application/json").status == 400)
        #expect(
            try await bench.mailgun(Self.path, Array("x".utf8), type: "multipart/form-data; boundary=b").status == 400
        )
        let basic = Base64.encode(Array("api:\(try await bench.gateway.key(.read))".utf8))
        let answer = try await bench.call(.get, "/v3/domains/example.org", fields: ["Authorization": "Basic \(basic)"])
        #expect(answer.body["domain"]?["state"] == "active")
        let none = try await bench.call(.get, "/v3/domains/example.org", fields: [:])
        #expect(none.status == 401 && none.body["message"]?.string?.contains("user `api`") == true)
    }
}
