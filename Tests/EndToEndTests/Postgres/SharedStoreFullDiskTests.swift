// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The disk of the store is really full.
@Suite(
    .serialized,
    .timeLimit(.minutes(10)),
    .enabled("a small disk cannot be mounted here (that takes root, and a machine of one's own)") {
        SmallDisk.isPossible
    }
)
struct SharedStoreFullDiskTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func gatewayStaysUnreadyUntilThereIsRoom() async throws {
        let disk = try SmallDisk(megabytes: 200)
        let server = try PostgresServer(settings: [:], in: disk.folder)
        let gateways = try await SharedGateways(1, on: SharedStore(on: server))
        defer { gateways.sink.stop() }
        // More than the free space in the pages of the tables.
        let text = Data((0..<60_000).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
        let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "\#(text)"}"#
        #expect(try await gateways.first.post("/v1/messages", mail, wait: 30).body.contains(#""state":"sent""#))
        try disk.fill()
        let refused = try await gateways.first.post("/v1/messages", mail)
        #expect(refused.status == 503 && refused.retryAfter != nil)
        #expect(await gateways.readiness(of: gateways.first, is: 503))
        // A write that needs no new space, such as a heartbeat, succeeds meanwhile.
        #expect(await !gateways.readiness(of: gateways.first, is: 200, within: .seconds(3)))
        try disk.makeRoom()
        #expect(await gateways.readiness(of: gateways.first, is: 200))
        let sent = try await gateways.first.client.outcome(of: mail)
        #expect(sent.state == "sent", "\(sent.status) \(sent.body)")
        #expect(gateways.sink.mails.count == 2)
        withExtendedLifetime(disk) {}
    }

    @Test func fullDiskIsAnOutageAndNotALoss() async throws {
        let disk = try SmallDisk(megabytes: 200)
        let server = try PostgresServer(settings: [:], in: disk.folder)
        let gateways = try await SharedGateways(on: SharedStore(on: server))
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 60 })
        try disk.fill()
        try await isAnOutage(gateways, under: load)
        #expect(server.isRunning)
        try disk.makeRoom()
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200)) }
        let goal = load.tally.accepted.count + 60
        #expect(await comesTrue { load.tally.accepted.count >= goal })

        // Without space for its WAL the server stops.
        try disk.fill()
        #expect(
            await comesTrue {
                // The server dies before it answers.
                _ = try? server.psql("SELECT pg_switch_wal()")
                return !server.isRunning
            }
        )
        try await isAnOutage(gateways, under: load)
        let tally = await load.stop()
        try disk.makeRoom()
        try server.start()
        // Only the readiness is requested, as behind a load balancer.
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200)) }
        for gateway in gateways.all {
            let sent = try await gateway.client.outcome(of: Self.mail)
            #expect(sent.state == "sent", "\(sent.status) \(sent.body)")
        }
        #expect(tally.strange.isEmpty && tally.cut == 0, "\(tally.strange.prefix(3))")
        let remainder = await gateways.remainder(of: tally.accepted)
        #expect(remainder == (0, 0))
        withExtendedLifetime(disk) {}
    }

    private func isAnOutage(_ gateways: SharedGateways, under load: Load) async throws {
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503)) }
        let refusals = load.tally.refused
        #expect(await comesTrue { load.tally.refused > refusals })
        for gateway in gateways.all { #expect(try await gateway.get("/healthz").status == 200) }
    }
}
