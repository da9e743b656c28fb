// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Mail of a list, from the request to the recipient who leaves the list and comes back.
@Suite(.timeLimit(.minutes(5))) struct UnsubscribeEndToEndTests {
    @Test func recipientLeavesAListAndComesBack() async throws {
        let gateway = try ServingGateway(TestFolder())
        let folder = gateway.folder
        let first = try await Self.send(gateway, #""list": "news""#)
        #expect(first.state == "sent" && first.body.contains(#""list":"news""#), "\(first.body)")
        let id = try #require(first.id)
        #expect(try folder.run("messages", "show", id).output.contains("list           news"))
        let source = try folder.run("messages", "source", id).output.replacing("\r\n ", with: " ")
            .replacing("\r\n", with: "\n")
        #expect(source.contains("\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n"), "\(source)")
        let link = try #require(
            source.firstMatch(of: /\nList-Unsubscribe: ?<http:\/\/127\.0\.0\.1:(\d+)(\/u\/[A-Za-z0-9_-]+)>/)
        )
        #expect(link.output.1 == "\(folder.port)")
        let path = String(link.output.2)
        let recipient = Client(port: folder.port, key: "")
        #expect(try await recipient.get(path).body.contains("Unsubscribe?"))
        #expect(try await Self.send(gateway, #""list": "news""#).state == "sent")
        #expect(try await recipient.post(path, "List-Unsubscribe=One-Click").status == 200)
        #expect(try await Self.send(gateway, #""list": "news""#).state == "suppressed")
        #expect(try await Self.send(gateway, #""list": "news", "priority": "critical""#).state == "sent")
        #expect(try await Self.send(gateway, #""list": "offers""#).state == "sent")
        #expect(try await Self.send(gateway, #""tags": ["t"]"#).state == "sent")
        let entry = try await gateway.get("/v1/suppressions/ana@example.org?list=news").body
        #expect(entry.contains(#""source":{"event":"unsubscribed","provider":null,"message":"\#(id)"}"#), "\(entry)")
        #expect(try await recipient.post("\(path)/subscribe", "").status == 200)
        #expect(try await Self.send(gateway, #""list": "news""#).state == "sent")
        #expect(!gateway.logged.contains { $0.contains(path) })
        let refused = try await gateway.post("/v1/messages", Self.body(#""list": "news", "cc": "bo@example.org""#))
        #expect(refused.status == 422 && refused.body.contains(#""pointer":"/to""#), "\(refused.body)")
    }

    @Test func listsNeedAnAddressWithTLS() throws {
        let folder = try TestFolder()
        let template = "\(folder.path)/templates/news"
        try FileManager.default.createDirectory(atPath: template, withIntermediateDirectories: true)
        try "subject: S\nlist: news\n".write(toFile: "\(template)/template.yaml", atomically: true, encoding: .utf8)
        for (address, code) in [("https://mail.example.org", 0), ("http://mail.example.org", 78)] as [(String, Int32)] {
            let more = "public_url: \(address)\ntemplates: templates"
            try folder.write(folder.settings(providers: "inbox: { kind: capture }", via: "inbox", more: more))
            let check = try folder.run("config", "check")
            let isNamed = check.errors.contains("the template `news`")
            #expect(check.code == code && isNamed == (code == 78), "\(check.errors)")
        }
    }

    private static func body(_ more: String) -> String {
        #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello", \#(more)}"#
    }

    private static func send(_ gateway: ServingGateway, _ more: String) async throws -> ServingGateway.Answer {
        try await Client(port: gateway.folder.port, key: gateway.folder.key).outcome(of: body(more))
    }
}
