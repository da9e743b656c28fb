// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// A standby with every commit replaces a primary that dies under load.
@Suite(.timeLimit(.minutes(10))) struct PromotionTests {
    @Test func gatewaysFollowAPromotedStandby() async throws {
        let primary = try PostgresServer(settings: [:])
        let store = try await SharedStore(on: primary)
        let standby = try PostgresServer(settings: [:], following: primary)
        try primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try primary.psql("SELECT pg_reload_conf()")
        let isInStep = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        #expect(try await comesTrue { try primary.psql(isInStep) == "1" })

        // The standby comes first in the URL: it answers, and refuses writes.
        let hosts = "127.0.0.1:\(standby.port),127.0.0.1:\(primary.port)"
        let url = "postgres://postgres:\(primary.password)@\(hosts)/\(store.name)"
        let gateways = try await SharedGateways(on: store, url: url)
        defer { gateways.sink.stop() }
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 100 })
        primary.signal(SIGKILL)
        #expect(await comesTrue { load.tally.refused > 0 })
        try standby.psql("SELECT pg_promote()")
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200)) }
        let goal = load.tally.accepted.count + 60
        #expect(await comesTrue { load.tally.accepted.count >= goal })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.cut == 0, "\(tally.strange.prefix(3))")
        #expect(await gateways.remainder(of: tally.accepted).lost == 0)
        #expect(try standby.psql("SELECT count(*) FROM messages", database: store.name) != "0")
    }
}
