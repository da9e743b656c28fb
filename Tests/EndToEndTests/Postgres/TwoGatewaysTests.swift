// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Gateways that share a store behave like one gateway to their users.
@Suite(.serialized, .timeLimit(.minutes(10))) struct TwoGatewaysTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func mailIsSentOnceWhoeverAcceptedIt() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 200 })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.refused == 0 && tally.cut == 0)
        #expect(await gateways.remainder(of: tally.accepted) == (0, 0))
        let unfinished = "SELECT count(*) FROM messages WHERE state <> 'sent' OR lease IS NOT NULL"
        #expect(try await comesTrue { try gateways.store.psql(unfinished) == "0" })
        #expect(Set(gateways.arrivals.keys) == tally.accepted)
        // Every row is in the partition of its day.
        let rest = "SELECT (SELECT count(*) FROM messages_done_rest) + (SELECT count(*) FROM message_contents_rest)"
        #expect(try gateways.store.psql(rest) == "0")
    }

    @Test func mailOfTheCommandLineAndDecisionsOfOperatorsAreHeardAtOnce() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let (first, second) = (gateways.first, gateways.second)
        let send = ["send", "--to", "a@b.example", "--subject", "Hi", "--text", "-"]
        // Each change follows after the last one was noticed. Without notification, gateways look for mail every 15 s, and for
        // decisions every 30 s: six mails would take them more than 75 s, and four decisions more than 90 s.
        var end = ContinuousClock.now + .seconds(60)
        for count in 1...6 {
            #expect(try Posthaste.run(send, in: first.folder.path, input: "Hello").code == 0)
            #expect(await comesTrue(within: end - .now) { gateways.sink.mails.count == count })
        }
        end = .now + .seconds(60)
        for decision in ["pause", "resume", "pause", "resume"] {
            #expect(try await first.post("/v1/providers/relay/\(decision)", "").status == 200)
            #expect(
                try await comesTrue(within: end - .now) {
                    let isPaused = try await second.get("/v1/providers").body.contains(#""state":"paused""#)
                    return isPaused == (decision == "pause")
                }
            )
        }
    }

    @Test func mailThatIsParkedOnOneGatewayLeavesWhenTheOtherIsToldToResume() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let (first, second) = (gateways.first, gateways.second)
        #expect(try await first.post("/v1/providers/relay/pause", "").status == 200)
        #expect(
            try await comesTrue { try await second.get("/v1/providers").body.contains(#""state":"paused""#) }
        )
        let id = try #require(try await second.post("/v1/messages", Self.mail).id)
        let parked = "SELECT count(*) FROM messages WHERE state = 'parked'"
        #expect(try await comesTrue { try gateways.store.psql(parked) == "1" })
        #expect(gateways.sink.mails.isEmpty)
        #expect(try await first.post("/v1/providers/relay/resume", "").status == 200)
        #expect(await comesTrue { gateways.arrivals[id] == 1 })
    }

    @Test func whoeverWaitsHearsOfTheOutcomeThatAnotherGatewayHad() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let client = gateways.first.client
        // The backlog is so long that it waits in the store, for whichever gateway is faster.
        let backlog = #"{"messages": [\#(Array(repeating: Self.mail, count: 400).joined(separator: ", "))]}"#
        #expect(try await gateways.second.post("/v1/messages/batch", backlog).status == 202)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...8 { group.addTask { try await client.post("/v1/messages", Self.mail, wait: 30).status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: 200, count: 8))
    }

    @Test func keysHoldOnAllGateways() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let made = try gateways.first.folder.run("keys", "create", "--name", "shop", "--json")
        let secret = try #require(TestFolder.word(after: "\"secret\":\"", in: made.output))
        let id = try #require(TestFolder.word(after: "\"id\":\"", in: made.output))
        let clients = gateways.clients.map { Client(port: $0.port, key: secret) }
        for client in clients { #expect(try await client.get("/v1/messages").status == 200) }
        #expect(try gateways.second.folder.run("keys", "revoke", id).code == 0)
        for client in clients {
            #expect(try await comesTrue { try await client.get("/v1/messages").status == 401 })
        }
    }

    @Test func idempotencyKeyUsedOnBothAtOnceSendsOnce() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let keys = (1...20).map { "key-\($0)" }
        for key in keys {
            let answers = try await withThrowingTaskGroup(of: ServingGateway.Answer.self) { group in
                for client in gateways.clients + gateways.clients {
                    group.addTask { try await client.post("/v1/messages", Self.mail, idempotencyKey: key) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.contains { $0.status == 202 })
            // A key that the same gateway is still answering is a conflict.
            #expect(answers.allSatisfy { $0.status == 202 || $0.status == 409 }, "\(answers)")
            #expect(Set(answers.filter { $0.status == 202 }.map(\.id)).count == 1)
        }
        let queued = "SELECT count(*) FROM messages WHERE state <> 'sent'"
        #expect(try await comesTrue { try gateways.store.psql(queued) == "0" })
        #expect(gateways.sink.mails.count == keys.count)
    }

    @Test func tenGatewaysMayStartAtOnceOnAnEmptyDatabase() async throws {
        let store = try await SharedStore()
        var gateways: [ServingGateway] = []
        for _ in 1...10 {
            // Ten pools of eight would exceed the connections of the test server.
            gateways.append(try ServingGateway(try await store.folder(store: "connections: 2"), waits: false))
        }
        for gateway in gateways { try gateway.waitUntilItServes() }
        #expect(try store.psql("SELECT count(*) FROM gateways") == "10")
        for gateway in gateways { gateway.signal(SIGTERM) }
        for gateway in gateways { #expect(gateway.exitCode() == 0) }
    }
}
