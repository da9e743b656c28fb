// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Limits and provider health apply to all gateways of a store.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FleetEndToEndTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    private func pair(_ store: SharedStore, providers: String, via: String) async throws -> [ServingGateway] {
        let key = try await store.key()
        var gateways: [ServingGateway] = []
        for _ in 1...2 {
            let folder = try await store.folder(key: key, providers: providers, via: via)
            gateways.append(try ServingGateway(folder))
        }
        return gateways
    }

    @Test func limitOfADayIsOneForBoth() async throws {
        let store = try await SharedStore()
        let inbox = "inbox: { kind: capture, limits: { per_day: 30, concurrency: 8 } }"
        let gateways = try await pair(store, providers: inbox, via: "inbox")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in gateways.map(\.client) {
                group.addTask {
                    for _ in 1...40 {
                        let answer = try await client.post("/v1/messages", Self.mail)
                        #expect(answer.status == 202)
                    }
                }
            }
            try await group.waitForAll()
        }
        let sent = "SELECT count(*) FROM messages WHERE state = 'sent'"
        #expect(try await comesTrue { try store.psql(sent) == "30" })
        let waiting = "SELECT count(*) FROM messages WHERE state = 'queued' AND lease IS NULL"
        #expect(try await comesTrue { try store.psql(waiting) == "50" })
        #expect(try store.psql(sent) == "30")
        #expect(try store.psql("SELECT messages FROM provider_usage") == "30")
    }

    @Test func providerThatOneFindsDeadIsDeadForTheOther() async throws {
        let store = try await SharedStore()
        let closed = try ScriptedSMTP()
        closed.stop()
        let providers =
            "relay: { kind: smtp, url: \"smtp://127.0.0.1:\(closed.port)\", starttls: never }, inbox: { kind: capture }"
        let gateways = try await pair(store, providers: providers, via: "relay, inbox")
        for _ in 1...5 { _ = try await gateways[0].client.post("/v1/messages", Self.mail, wait: 30) }
        let heard = try await comesTrue {
            try await gateways[1].get("/v1/providers").body.contains(#""state":"open""#)
        }
        #expect(heard)
        // The second gateway made no attempt at the relay: mail skips it.
        let answer = try await gateways[1].client.post("/v1/messages", Self.mail, wait: 30)
        let attempts = answer.body.split(separator: #""kind":"attempted""#).dropFirst()
        #expect(attempts.count == 1 && attempts.first?.hasPrefix(#","provider":"inbox""#) == true, "\(answer.body)")
        #expect(answer.body.contains(#""kind":"failed_over","provider":"inbox""#))
    }
}
