// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct OutageEndToEndTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func outageIsToldAndItsMailIsKeptAndSentWhenItIsOver() async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.on(.auth, .say("535 5.7.8 bad credentials"))
        let sink = try ScriptedSMTP(script)
        defer { sink.stop() }
        let relay = "kind: smtp, url: \"smtp://127.0.0.1:\(sink.port)\", starttls: never, username: u, password: p"
        let folder = try TestFolder(providers: "relay: { \(relay) }", via: "relay")
        let told = "\(folder.path)/told"
        try folder.write(
            folder.settings(
                providers: "relay: { \(relay) }",
                via: "relay",
                more: "alerts: [{ kind: command, run: [/bin/sh, -c, \"cat >> \(told)\"] }]"
            )
        )
        let gateway = try ServingGateway(folder)
        let accepted = try await gateway.post("/v1/messages", Self.mail)
        #expect(gateway.logLine(containing: "Provider relay is down") != nil)
        // The sign-in of the probe succeeds.
        #expect(gateway.logLine(containing: "Provider relay is back") != nil)
        let sent = #"posthaste_alerts_total{channel="command",outcome="sent"} 2"#
        #expect(try await comesTrue { try await gateway.get("/metrics").body.contains(sent) })
        let words = try String(contentsOfFile: told, encoding: .utf8).split(separator: "\n").map { line in
            TestFolder.word(after: "\"what\":\"", in: String(line))
        }
        #expect(words == ["provider_down", "provider_back"])
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: accepted.body))
        let message = try await gateway.get("/v1/messages/\(id)").body
        #expect(TestFolder.word(after: "\"state\":\"", in: message) == "sent")
        #expect(
            message.contains("\"parked\"") && message.contains("\"released\"") && message.contains("\"attempts\":1")
        )
        #expect(sink.mails.count == 1)
    }
}
