// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import Testing

/// A store that hangs: no accepted message is lost, and none is sent twice.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SharedStoreOutageTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func tableThatIsGoneIsAnOutageUntilItIsBack() async throws {
        let store = try await SharedStore()
        let gateways = try await SharedGateways(1, on: store)
        defer { gateways.sink.stop() }
        #expect(try await gateways.first.post("/v1/messages", Self.mail, wait: 30).status == 200)
        try store.psql("ALTER TABLE messages_open RENAME TO elsewhere")
        #expect(try await gateways.first.post("/v1/messages", Self.mail).status == 503)
        // No client posts any more, as behind a load balancer, and the store answers all other statements of the gateway.
        #expect(await gateways.readiness(of: gateways.first, is: 503))
        try store.psql("ALTER TABLE elsewhere RENAME TO messages_open")
        #expect(await gateways.readiness(of: gateways.first, is: 200))
        let sent = try await gateways.first.client.outcome(of: Self.mail)
        #expect(sent.state == "sent", "\(sent.status) \(sent.body)")
    }

    @Test func lockOfSomebodyElseIsAnOutageAndNotALoss() async throws {
        let gateways = try await SharedGateways(on: SharedStore())
        defer { gateways.sink.stop() }
        let log = try LeaseLog(of: gateways.store)
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 60 })
        // A gateway's own session timeouts would end this one too early.
        var other: PostgresLink? = try .connect(PostgresSettings(url: gateways.store.url, isPooled: true))
        _ = try other?.run("BEGIN")
        _ = try other?.run("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        let locked = ContinuousClock.now
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503)) }
        #expect(await comesTrue { load.tally.refused > 0 })
        #expect(.now - locked > .seconds(10))
        for gateway in gateways.all { #expect(try await gateway.get("/healthz").status == 200) }
        other = nil
        try await recovers(gateways, under: load, log)
    }

    @Test func hangLongerThanALeaseIsNoDeath() async throws {
        let server = try PostgresServer(settings: [:])
        let gateways = try await SharedGateways(on: SharedStore(on: server))
        defer { gateways.sink.stop() }
        let log = try LeaseLog(of: gateways.store)
        let load = Load(gateways.clients, tasks: 1)
        #expect(await comesTrue { load.tally.accepted.count >= 60 })
        let sessions = "SELECT pid FROM pg_stat_activity WHERE application_name = '\(SharedGateways.name(of: 1))'"
        let later = Set(try gateways.store.psql(sessions).split(separator: "\n").compactMap { Int32($0) })
        server.signal(SIGSTOP)
        defer { server.signal(SIGCONT) }
        let end = ContinuousClock.now + .seconds(25)
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503)) }
        // A lease lasts 20 s, and no event marks its end.
        try await Task.sleep(until: end)
        // The first gateway with an answer must not declare the other dead. It has to wait too if the other's sessions were
        // stopped while they held a latch.
        server.signal(SIGCONT, sparing: later)
        _ = await gateways.readiness(of: gateways.first, is: 200, within: .seconds(3))
        server.signal(SIGCONT)
        try await recovers(gateways, under: load, log)
    }

    @Test func serverWithoutAFreeConnectionIsAnOutageAndNotALoss() async throws {
        let (all, reserved) = (20, 3)
        let settings = ["max_connections": "\(all)", "superuser_reserved_connections": "\(reserved)"]
        let server = try PostgresServer(settings: settings)
        let store = try await SharedStore(on: server)
        for role in ["gateway", "other"] { try store.psql("CREATE ROLE \(role) LOGIN PASSWORD '\(server.password)'") }
        try store.psql("GRANT postgres TO gateway")
        let url = server.url(store.name, user: "gateway")
        let gateways = try await SharedGateways(on: store, url: url, settings: "connections: 4")
        defer { gateways.sink.stop() }
        let log = try LeaseLog(of: store)
        let load = Load(gateways.clients)
        #expect(await comesTrue { load.tally.accepted.count >= 60 })

        let hoard = try ConnectionHoard(server.url(user: "other"))
        defer { hoard.end() }
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'gateway'"
        #expect(
            try await comesTrue {
                try store.psql(cut)
                return hoard.count == all - reserved
            }
        )
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 503)) }
        let refusals = load.tally.refused
        #expect(await comesTrue { load.tally.refused > refusals })
        for gateway in gateways.all {
            #expect(gateway.logged.contains { $0.contains("53300") })
            #expect(try await gateway.get("/healthz").status == 200)
        }
        hoard.end()
        try await recovers(gateways, under: load, log)
    }

    /// Both gateways continue, and neither was declared dead.
    private func recovers(_ gateways: SharedGateways, under load: Load, _ log: LeaseLog) async throws {
        for gateway in gateways.all { #expect(await gateways.readiness(of: gateway, is: 200)) }
        let goal = load.tally.accepted.count + 40
        #expect(await comesTrue { load.tally.accepted.count >= goal })
        let tally = await load.stop()
        #expect(tally.strange.isEmpty && tally.cut == 0, "\(tally.strange.prefix(3))")
        let remainder = await gateways.remainder(of: tally.accepted)
        #expect(remainder == (0, 0))
        let unfinished = "SELECT count(*) FROM messages WHERE state <> 'sent' OR lease IS NOT NULL"
        #expect(try await comesTrue { try gateways.store.psql(unfinished) == "0" })
        #expect(try log.deaths == [])
        #expect(try log.thefts() == "0")
        for gateway in gateways.all { #expect(gateway.isRunning) }
    }
}
