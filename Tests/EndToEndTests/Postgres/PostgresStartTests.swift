// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// The store is not reachable yet: the gateway runs, reports it, and begins by itself.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PostgresStartTests {
    private static let mail = #"{"to": "ana@example.org", "subject": "Hi", "text": "Hello"}"#

    @Test func gatewayWaitsForAServerThatIsNotThere() async throws {
        let server = try PostgresServer(settings: [:])
        let store = try await SharedStore(on: server)
        let folder = try await store.folder(key: store.key())
        server.stop()
        let gateway = try ServingGateway(folder, waits: false)
        try await isUnready(gateway)
        try server.start()
        try await becomesReady(gateway)
        gateway.signal(SIGTERM)
        #expect(gateway.exitCode() == 0)
    }

    @Test func gatewayWaitsForAServerThatIsStillStarting() async throws {
        let server = try PostgresServer(settings: [:])
        let store = try await SharedStore(on: server)
        let folder = try await store.folder(key: store.key())
        server.stop()
        try server.startClosed()
        let gateway = try ServingGateway(folder, waits: false)
        try await isUnready(gateway)
        #expect(gateway.logged.contains { $0.contains("the database system is") }, "\(gateway.logged)")
        try server.open()
        try await becomesReady(gateway)
    }

    @Test func gatewayWaitsForAFreeConnection() async throws {
        let store = try await SharedStore()
        try store.psql(
            "CREATE ROLE r_\(store.name) LOGIN PASSWORD 'geheim'; GRANT ALL ON SCHEMA public TO r_\(store.name)"
        )
        let url = store.url.replacing("//postgres:", with: "//r_\(store.name):")
        let folder = try await store.folder(url: url)
        let made = try folder.run("keys", "create", "--name", "test", "--json")
        let key = try #require(TestFolder.word(after: "\"secret\":\"", in: made.output))
        try store.psql("ALTER DATABASE \(store.name) CONNECTION LIMIT 0")
        let gateway = try ServingGateway(try await store.folder(url: url, key: key), waits: false)
        try await isUnready(gateway)
        #expect(gateway.logged.contains { $0.contains("too many connections") })
        try store.psql("ALTER DATABASE \(store.name) CONNECTION LIMIT -1")
        try await becomesReady(gateway)
    }

    @Test func gatewayThatWaitsCanBeStopped() async throws {
        let store = try await SharedStore()
        let gateway = try ServingGateway(
            try await store.folder(url: "postgres://posthaste:geheim@127.0.0.1:1/mail"),
            waits: false
        )
        try await isUnready(gateway)
        gateway.signal(SIGTERM)
        #expect(gateway.exitCode() == 0)
        #expect(!gateway.logged.contains { $0.contains("geheim") })
    }

    @Test func gatewayThatFindsABadStoreWhileItWaitsEnds() async throws {
        let server = try PostgresServer(settings: [:])
        let store = try await SharedStore(on: server)
        _ = try await store.key()
        try store.psql("UPDATE schema_migrations SET checksum = 'x' WHERE number = 2")
        server.stop()
        let gateway = try ServingGateway(try await store.folder(), waits: false)
        try await isUnready(gateway)
        try server.start()
        #expect(gateway.exitCode() == 78)
        #expect(gateway.logLine(containing: "differs from this binary's") != nil)
    }

    @Test func commandsDoNotWait() async throws {
        let store = try await SharedStore()
        let folder = try await store.folder(url: "postgres://posthaste:geheim@127.0.0.1:1/mail")
        for command in [["keys", "list"], ["migrate", "--status"], ["messages", "list"]] {
            let result = try Posthaste.run(command, in: folder.path, seconds: 300)
            #expect(result.code == 1)
            #expect(result.errors.hasPrefix("the store on 127.0.0.1:1: "))
            #expect(result.errors.split(separator: "\n").count == 1)
            #expect(!result.errors.contains("geheim"))
        }
    }

    private func isUnready(_ gateway: ServingGateway) async throws {
        // The port is closed until it listens.
        #expect(await comesTrue { (try? await gateway.get("/healthz").status) == 200 }, "\(gateway.logged)")
        for path in ["/readyz", "/readyz/accept"] { #expect(try await gateway.get(path).status == 503) }
        let refused = try await gateway.post("/v1/messages", Self.mail)
        #expect(refused.status == 503)
        #expect(refused.retryAfter != nil)
        #expect(refused.body.contains("urn:posthaste:problem:store-unavailable"))
        #expect(try await gateway.get("/v1/messages").status == 503)
        #expect(gateway.logLine(containing: "the store cannot be reached; trying again") != nil)
    }

    private func becomesReady(_ gateway: ServingGateway) async throws {
        // Between the two servers the port is closed.
        #expect(await comesTrue { (try? await gateway.get("/readyz").status) == 200 }, "\(gateway.logged)")
        #expect(try await gateway.get("/readyz/accept").status == 200)
        let answer = try await gateway.client.outcome(of: Self.mail)
        #expect(answer.state == "sent", "\(answer.status) \(answer.body)")
    }
}
