// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import JSON
import Synchronization
import Testing

@testable import Basics
@testable import Feedback
@testable import Mail
@testable import Queue
@testable import Submission

/// Mail of lists: what a request may say, and what the message becomes.
@Suite struct ListRequestTests {
    private static let publicURL = "https://mail.example.org"

    private static func body(_ fields: KeyValuePairs<String, JSON>) -> JSON {
        var body = JSONObject([("to", "ana@example.org"), ("subject", "Hi"), ("text", "Hello")])
        for (name, value) in fields { body[name] = value }
        return .object(body)
    }

    private static func bench(
        publicURL: String = publicURL,
        sealing: SecretSealing? = AcceptanceBench.sealing,
        capabilities: Capabilities = .mime
    ) -> AcceptanceBench {
        let bench = AcceptanceBench(capabilities: ["relay": capabilities], sealing: sealing)
        var settings = SubmissionSettings(
            defaultBrand: "default",
            routes: Routes([.init(via: ["relay"])]),
            providers: ["relay": SilentProvider(capabilities: capabilities, maxMessageBytes: nil)],
            criticalCategories: []
        )
        settings.publicURL = publicURL
        var templates = FakeTemplates()
        templates.templates["news"] = FakeTemplate(name: "news", category: nil, variables: [], list: "weekly")
        templates.templates["offer"] = FakeTemplate(name: "offer", category: nil, variables: [], needsList: true)
        bench.acceptance.configure(settings, templates: templates, sealing: sealing)
        return bench
    }

    @Test(
        arguments: [
            (body(["list": "news"]), []),
            (body(["list": "two words"]), ["/list"]),
            (body(["list": 5]), ["/list"]),
            (body(["list": "news", "to": ["ana@example.org", "bo@example.org"]]), ["/to"]),
            (body(["list": "news", "bcc": "bo@example.org"]), ["/to"]),
            (["to": "ana@example.org", "template": "news"], []),
            (["to": ["ana@example.org", "bo@example.org"], "template": "news"], ["/to"]),
            (["to": "ana@example.org", "template": "offer"], ["/list"]),
            (["to": "ana@example.org", "template": "offer", "list": "news"], []),
        ] as [(JSON, [String])]
    )
    func requestNamesOneListAndOneRecipient(_ body: JSON, _ pointers: [String]) async {
        let problem = await Self.bench().problem(body)
        #expect(problem?.faults.map(\.pointer.description) ?? [] == pointers)
        #expect(problem == nil || problem?.status == 422)
    }

    @Test func gatewayWithoutLinksRefusesLists() async {
        let plain = Self.body(["list": "news"])
        for bench in [
            Self.bench(publicURL: "http://mail.example.org"), Self.bench(sealing: nil),
            Self.bench(capabilities: [.textOnly]),
        ] {
            #expect(await bench.problem(plain)?.faults.count == 1)
            #expect(await bench.problem(["to": "ana@example.org", "template": "news"]) != nil)
        }
    }

    @Test func defaultsOfABatchMayNameTheList() async throws {
        let bench = Self.bench()
        let batch: JSON = [
            "defaults": ["subject": "Hi", "text": "Hello", "list": "news"],
            "messages": [["to": "ana@example.org"], ["to": "bo@example.org", "list": "other"]],
        ]
        _ = try await bench.acceptance.acceptBatch(batch, from: .commandLine)
        #expect(bench.store.messages.map(\.request.list) == ["news", "other"])
    }

    private static func built(_ body: JSON) async throws -> (id: String, message: OutgoingMessage) {
        let bench = bench()
        let problem = await bench.problem(body)
        #expect(problem == nil)
        let message = try #require(bench.store.messages.last)
        let builder = MessageBuilder(
            contents: bench.store,
            templates: FakeTemplates(templates: ["news": FakeTemplate(name: "news", variables: [], list: "weekly")]),
            sealing: AcceptanceBench.sealing,
            links: UnsubscribeLinks(publicURL: publicURL, sealing: AcceptanceBench.sealing)
        )
        let addresses = message.request.recipients.map(\.mailbox.address)
        return (message.id, try await builder.build(QueuedMessage(message), envelope: addresses))
    }

    @Test func messageHasTheFieldsAndTheTemplateTheLink() async throws {
        let (id, message) = try await Self.built(["to": "ana@example.org", "template": "news"])
        #expect(message.headers.map(\.name) == ["List-Unsubscribe", "List-Unsubscribe-Post"])
        let link = try #require(message.headers.first?.value.dropFirst().dropLast())
        let sealing = try #require(AcceptanceBench.sealing)
        let token = UnsubscribeToken(String(link.dropFirst("\(Self.publicURL)/u/".count)), sealing)
        #expect(token?.list == "weekly" && token?.address.description == "ana@example.org" && token?.message == id)
        #expect(message.text.contains("unsubscribe_url=\(link)"))
        #expect(message.headers.last?.value == "List-Unsubscribe=One-Click")
    }

    @Test func fieldOfTheSenderStays() async throws {
        let own: JSON = ["List-Unsubscribe": "<mailto:leave@example.org>"]
        let (_, message) = try await Self.built(Self.body(["list": "news", "headers": own]))
        #expect(message.headers.map(\.value) == ["<mailto:leave@example.org>"])
    }

    @Test(arguments: ["", "X-Posthaste-List: other\r\n", "list-unsubscribe: <mailto:leave@example.org>\r\n"])
    func rawMessageGetsTheFieldsItLacks(_ field: String) async throws {
        let raw = "From: a@posthaste.example\r\nTo: ana@example.org\r\n\(field)Subject: Hi\r\n\r\nHello\r\n"
        var body = JSONObject([("raw", .string(Base64.encode(Array(raw.utf8))))])
        if !field.hasPrefix("X-") { body["list"] = "news" }
        let (_, message) = try await Self.built(.object(body))
        let text = String(decoding: MIMEWriter.message(message), as: UTF8.self).lowercased()
        let isOwn = field.hasPrefix("list-")
        #expect(text.contains("list-unsubscribe: <mailto:") == isOwn)
        #expect(text.contains("list-unsubscribe: <https://mail.example.org/u/") != isOwn)
        #expect(text.contains("\r\nlist-unsubscribe-post: list-unsubscribe=one-click\r\n") != isOwn)
        #expect(!text.contains("x-posthaste-list"))
    }
}
