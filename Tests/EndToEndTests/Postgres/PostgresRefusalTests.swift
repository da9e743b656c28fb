// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

/// A store fault that does not pass by itself keeps `serve` from starting: exit code 78, and one line with a remedy.
@Suite(.serialized, .timeLimit(.minutes(10))) struct PostgresRefusalTests {
    @Test(arguments: RefusedStore.urls) func urlIsRefused(_ refused: RefusedStore) async throws {
        try await refuses(refused)
    }

    @Test(arguments: RefusedStore.signIns) func signInIsRefused(_ refused: RefusedStore) async throws {
        try await refuses(refused)
    }

    @Test(arguments: RefusedStore.rights) func missingRightIsTold(_ refused: RefusedStore) async throws {
        try await refuses(refused)
    }

    @Test(arguments: RefusedStore.schemas) func strangeSchemaIsRefused(_ refused: RefusedStore) async throws {
        try await refuses(refused)
    }

    @Test(arguments: RefusedStore.servers) func unreliableServerIsRefused(_ refused: RefusedStore) async throws {
        try await refuses(refused)
    }

    @Test func serverThatDoesNotFlushIsRefusedWithAllItsFaults() async throws {
        let server = try PostgresServer(settings: ["fsync": "off", "full_page_writes": "off"])
        let store = try await SharedStore(on: server)
        let folder = try await store.folder()
        let result = try Posthaste.run(["serve"], in: folder.path, seconds: 300)
        #expect(result.code == 78)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.contains("`fsync` is off") == true)
        #expect(lines.last?.contains("`full_page_writes` is off") == true)
    }

    @Test func settingsAreCheckedWithoutAServer() async throws {
        let store = try await SharedStore()
        let bad = try await store.folder(url: "mysql://root:geheim@127.0.0.1/mail").run("config", "check")
        #expect(bad.code == 78)
        #expect(bad.errors.contains("store.url: expected the address of a store; write it like sqlite:"))
        let dead = try await store.folder(url: "postgres://posthaste:geheim@127.0.0.1:1/mail")
        let checked = try dead.run("config", "check")
        #expect(checked.code == 0)
        let shown = try dead.run("config", "show")
        #expect(shown.output.contains("127.0.0.1:1/mail"))
        for result in [bad, checked, shown] { #expect(!(result.output + result.errors).contains("geheim")) }
    }

    @Test(arguments: RefusedStore.urls.filter { $0.testDescription != "a server without TLS" })
    func malformedURLIsFoundByTheCheck(_ refused: RefusedStore) async throws {
        let store = try await SharedStore()
        let folder = try await store.folder(url: Self.filled(refused.url, store))
        for command in [["config", "check"], ["config", "check", "--json"]] {
            let result = try Posthaste.run(command, in: folder.path)
            #expect(result.code == 78)
            #expect((result.output + result.errors).contains("store.url"))
            #expect(!(result.output + result.errors).contains("geh"))
        }
    }

    @Test func schemaIsBroughtUpToDateByHand() async throws {
        let store = try await SharedStore()
        let folder = try await store.folder()
        let before = try folder.run("migrate", "--status")
        #expect(before.code == 0)
        #expect(before.output.hasPrefix("pending  1 "))
        #expect(try store.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0")
        let cautious = try await store.folder(store: "migrate: false")
        let refused = try Posthaste.run(["serve"], in: cautious.path, seconds: 300)
        #expect(refused.code == 1)
        #expect(refused.errors == "the store is not up to date: run `posthaste migrate`\n")
        #expect(try folder.run("migrate").code == 0)
        #expect(try folder.run("migrate", "--status").output.hasSuffix("the store is up to date\n"))
        #expect(try cautious.run("keys", "list").code == 0)
    }

    private static func filled(_ text: String, _ store: SharedStore) -> String {
        text.replacing("PORT", with: "\(store.server.port)").replacing("NAME", with: store.name)
    }

    private func refuses(_ refused: RefusedStore) async throws {
        let store = try await SharedStore()
        if refused.isMigrated { _ = try await store.key() }
        for sql in refused.preparation { try store.psql(Self.filled(sql, store)) }
        let folder = try await store.folder(url: Self.filled(refused.url, store))
        let result = try Posthaste.run(["serve"], in: folder.path, seconds: 300)
        #expect(result.code == 78, "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        for words in refused.words {
            #expect(result.errors.contains(Self.filled(words, store)), "\(result.errors)")
        }
        #expect(!(result.output + result.errors).contains("geh"))
    }
}
