// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// A cluster in which one gateway is killed, and rejoins.
@Suite(.timeLimit(.minutes(10))) struct FleetCrashTests {
    @Test func fourGatewaysOutliveADeathAndAReturn() async throws {
        let gateways = try await SharedGateways(4, on: SharedStore(), settings: "connections: 4")
        defer { gateways.sink.stop() }
        let log = try LeaseLog(of: gateways.store)
        let load = Load(gateways.clients, tasks: 1)
        #expect(await comesTrue { load.tally.accepted.count >= 120 })
        #expect(try await comesTrue { try log.numbers(of: 0).count == 1 })
        let killed = try #require(try log.numbers(of: 0).first)
        gateways.first.signal(SIGKILL)
        let before = load.tally.accepted.count
        #expect(await comesTrue { load.tally.accepted.count >= before + 60 })
        let returned = try ServingGateway(gateways.first.folder)
        #expect(try await comesTrue { try log.numbers(of: 0).count == 2 })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.refused == 0, "\(tally.strange.prefix(3))")

        let remainder = await gateways.remainder(of: tally.accepted)
        #expect(remainder.lost == 0)
        #expect(remainder.duplicates <= SharedGateways.concurrency)
        #expect(try await comesTrue { try log.deaths == [killed] })
        #expect(try log.thefts(besidesThoseOf: killed) == "0")
        let unfinished = "SELECT count(*) FROM messages WHERE state <> 'sent' OR lease IS NOT NULL"
        #expect(try await comesTrue { try gateways.store.psql(unfinished) == "0" })
        for gateway in gateways.all.dropFirst() + [returned] { #expect(gateway.isRunning) }
    }
}
