// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// Crashes and stalls of gateways and of their store: no accepted message is lost.
@Suite(.timeLimit(.minutes(10))) struct SharedStoreCrashTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func killedGatewaysMailIsTakenOverByTheOther() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 100 })
        gateways.first.signal(SIGKILL)
        let before = load.tally.accepted.count
        #expect(await comesTrue { load.tally.accepted.count >= before + 50 })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.refused == 0)
        let remainder = await gateways.remainder(of: tally.accepted)
        #expect(remainder.lost == 0)
        #expect(remainder.duplicates <= SharedGateways.concurrency)
        let leased = "SELECT count(*) FROM messages WHERE lease IS NOT NULL"
        #expect(try await comesTrue { try gateways.store.psql(leased) == "0" })
    }

    @Test func killedStoreIsAnOutageAndNotALoss() async throws {
        let server = try PostgresServer(settings: [:])
        let gateways = try await SharedGateways(on: SharedStore(on: server))
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        for round in 1...2 {
            let goal = load.tally.accepted.count + 60
            #expect(await comesTrue { load.tally.accepted.count >= goal })
            let refusals = load.tally.refused
            server.signal(SIGKILL)
            for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503), "round \(round)") }
            #expect(await comesTrue { load.tally.refused > refusals })
            #expect(try await gateways.first.get("/healthz").status == 200)
            try server.start()
            for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200), "round \(round)") }
        }
        let goal = load.tally.accepted.count + 60
        #expect(await comesTrue { load.tally.accepted.count >= goal })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.cut == 0, "\(tally.strange.prefix(3))")
        #expect(await gateways.remainder(of: tally.accepted) == (0, 0))
    }

    @Test func storeThatHangsIsAnOutageAndNotALoss() async throws {
        let server = try PostgresServer(settings: [:])
        let gateways = try await SharedGateways(on: SharedStore(on: server))
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients, tasks: 1)
        #expect(await comesTrue { load.tally.accepted.count >= 40 })
        server.signal(SIGSTOP)
        defer { server.signal(SIGCONT) }
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503)) }
        server.signal(SIGCONT)
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200)) }
        let goal = load.tally.accepted.count + 40
        #expect(await comesTrue { load.tally.accepted.count >= goal })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.cut == 0, "\(tally.strange.prefix(3))")
        #expect(await gateways.remainder(of: tally.accepted) == (0, 0))
    }
}
