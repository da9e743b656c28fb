// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Gateways behind a PgBouncer that gives each transaction to another session.
@Suite(
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled("Debian's pgbouncer is not installed") { FileManager.default.fileExists(atPath: PoolerProcess.program) }
)
struct PoolerTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func gatewaysShareAStoreBehindAPooler() async throws {
        let store = try await SharedStore()
        let pooler = try PoolerProcess(before: store.server)
        let settings = "pooler: transaction, connections: 12"
        let gateways = try await SharedGateways(on: store, url: pooler.url(store.name), settings: settings)
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 150 })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.refused == 0 && tally.cut == 0, "\(tally.strange.prefix(3))")
        #expect(await gateways.remainder(of: tally.accepted) == (0, 0))

        let sent = try gateways.first.folder.run(
            "send",
            "--to",
            "a@b.example",
            "--subject",
            "Hi",
            "--text",
            "-",
            input: "-"
        )
        #expect(sent.code == 0, "\(sent.errors)")
        let all = tally.accepted.count + 1
        #expect(await comesTrue { gateways.sink.mails.count == all })
        #expect(try await gateways.first.post("/v1/providers/relay/pause", "").status == 200)
        #expect(
            try await comesTrue {
                try await gateways.second.get("/v1/providers").body.contains(#""state":"paused""#)
            }
        )
        withExtendedLifetime(pooler) {}
    }

    @Test func poolerThatIsGoneIsAnOutage() async throws {
        let store = try await SharedStore()
        var pooler: PoolerProcess? = try PoolerProcess(before: store.server)
        let url = try #require(pooler?.url(store.name))
        let gateways = try await SharedGateways(1, on: store, url: url, settings: "pooler: transaction")
        defer { gateways.sink.stop() }
        pooler = nil
        #expect(await gateways.readiness(of: gateways.first, is: 503))
        let refused = try await gateways.first.post("/v1/messages", Self.mail)
        #expect(refused.status == 503 && refused.retryAfter != nil)
    }

    @Test func poolerThatTheSettingsDoNotNameIsNoticed() async throws {
        let store = try await SharedStore()
        let pooler = try PoolerProcess(before: store.server)
        let folder = try await store.folder(url: pooler.url(store.name))
        // The pooler reuses its sessions with their prepared statements.
        #expect(try folder.run("migrate").code == 0)
        let result = try Posthaste.run(["serve"], in: folder.path, seconds: 300)
        #expect(result.code == 78, "\(result.errors)")
        #expect(result.errors.contains("is it a pooler? set `store.pooler`"))
        #expect(result.errors.split(separator: "\n").count == 1)
        withExtendedLifetime(pooler) {}
    }
}
