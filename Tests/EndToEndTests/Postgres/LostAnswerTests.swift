// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The store commits, and its answer is lost: the gateway cannot know the outcome.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LostAnswerTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func messageWhoseAcceptanceWasNotAnsweredIsSentAllTheSame() async throws {
        let store = try await SharedStore()
        let proxy = try LossyProxy(to: store.server.port)
        defer { proxy.stop() }
        let gateways = try await SharedGateways(1, on: store, url: Self.url(of: store, through: proxy))
        defer { gateways.sink.stop() }
        let client = gateways.first.client
        #expect(try await client.post("/v1/messages", Self.mail, wait: 30).status == 200)

        proxy.loseAnswer(with: "INSERT 0 1\0", "COMMIT\0")
        let refused = try await client.post("/v1/messages", Self.mail, idempotencyKey: "one")
        #expect(proxy.hasLost)
        #expect(refused.status == 503 && refused.retryAfter != nil)
        #expect(try store.psql("SELECT count(*) FROM messages") == "2")

        // The client repeats the request as the answer asks, and now has a 202.
        let promised = try await client.post("/v1/messages", Self.mail, idempotencyKey: "one")
        #expect(promised.status == 202)
        #expect(await comesTrue { gateways.sink.mails.count == 2 })
    }

    @Test func outcomeWhoseCommitWasNotAnsweredCostsNoSecondMail() async throws {
        var script = SMTPScript()
        script.on(.final, .hold)
        let store = try await SharedStore()
        let proxy = try LossyProxy(to: store.server.port)
        defer { proxy.stop() }
        let url = Self.url(of: store, through: proxy)
        let gateways = try await SharedGateways(1, on: store, url: url, script: script)
        defer { gateways.sink.stop() }
        let answer = try await gateways.first.post("/v1/messages", Self.mail)
        #expect(await gateways.sink.waitForCommand("DATA"))
        proxy.loseAnswer(with: "UPDATE 1\0", "COMMIT\0")
        gateways.sink.release()
        #expect(await comesTrue { proxy.hasLost })
        let id = try #require(answer.id)
        #expect(
            try await comesTrue { try await gateways.first.get("/v1/messages/\(id)").body.contains(#""state":"sent""#) }
        )
        #expect(try store.psql("SELECT count(*) FROM messages WHERE lease IS NOT NULL") == "0")
        // A later transaction succeeds, in the same slot or another.
        let sent = try await gateways.first.client.outcome(of: Self.mail)
        #expect(sent.state == "sent", "\(sent.status) \(sent.body)")
        #expect(gateways.sink.mails.count == 2)
    }

    @Test func mailWhoseClaimWasNotAnsweredIsSentSoonAllTheSame() async throws {
        let store = try await SharedStore()
        let proxy = try LossyProxy(to: store.server.port)
        defer { proxy.stop() }
        let gateways = try await SharedGateways(1, on: store, url: Self.url(of: store, through: proxy))
        defer { gateways.sink.stop() }
        #expect(try await gateways.first.post("/v1/messages", Self.mail, wait: 30).status == 200)

        let folder = try await store.folder()
        let send = ["send", "--to", "a@b.example", "--subject", "Hi", "--text", "-"]
        // The periodic check takes back leases that are 45 s old: two would take more than 90 s.
        let end = ContinuousClock.now + .seconds(60)
        for count in 2...3 {
            proxy.loseAnswer(with: "UPDATE 1\0", "COMMIT\0")
            // The command line stores it; the gateway that claims it sends it.
            #expect(try Posthaste.run(send, in: folder.path, input: "Hello").code == 0)
            #expect(await comesTrue { proxy.hasLost })
            #expect(await comesTrue(within: end - .now) { gateways.sink.mails.count == count })
        }
    }

    private static func url(of store: SharedStore, through proxy: LossyProxy) -> String {
        store.url.replacing(":\(store.server.port)/", with: ":\(proxy.port)/")
    }
}
