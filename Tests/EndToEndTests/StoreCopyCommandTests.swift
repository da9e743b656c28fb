// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Testing

@Suite struct StoreCopyCommandTests {
    private static let send = ["send", "--to", "a@b.example", "--subject", "Hi", "--text", "-"]

    @Test func storeMovesToAServerAndIsServedThere() async throws {
        let (folder, server) = (try TestFolder(), try PostgresServer(settings: [:]))
        #expect(try Posthaste.run(Self.send, in: folder.path, input: "Hello").code == 0)
        let copy = ["store", "copy", "--from", "sqlite:data/posthaste.db", "--to", server.url()]
        let first = try Posthaste.run(copy, in: folder.path)
        #expect(first.code == 0 && first.output.hasSuffix("both stores hold the same\n"), "\(first.errors)")
        let again = try Posthaste.run(copy + ["--json"], in: folder.path)
        #expect(again.code == 0 && again.output.contains(#""equal":true}"#))
        try server.psql("UPDATE api_keys SET name = 'other'")
        let third = try Posthaste.run(copy, in: folder.path)
        #expect(third.code == 1 && third.output.contains("differs in the target: name"))
        for result in [first, again, third] {
            #expect(!result.output.contains(server.password) && !result.errors.contains(server.password))
        }
        // The key and the queued message are used from there.
        let inbox = "inbox: { kind: capture }"
        try folder.write(folder.settings(providers: inbox, via: "inbox", more: "store: { url: '\(server.url())' }"))
        let gateway = try ServingGateway(folder)
        #expect(gateway.logLine(containing: "accepted by the provider") != nil)
        #expect(try await gateway.get("/v1/messages?state=sent").status == 200)
        let served = try Posthaste.run(copy, in: folder.path)
        #expect(served.code == 1 && served.errors.contains("is served by a gateway"))
    }

    @Test func storeThatIsServedIsNotCopiedUnlessForced() throws {
        let gateway = try ServingGateway(TestFolder())
        let copy = ["store", "copy", "--from", "sqlite:data/posthaste.db", "--to", "sqlite:copy.db"]
        let refused = try Posthaste.run(copy, in: gateway.folder.path)
        #expect(refused.code == 1 && refused.errors.contains("is served by another gateway (process \(gateway.id))"))
        #expect(try Posthaste.run(copy + ["--force"], in: gateway.folder.path).code == 0)
    }

    private static let wrong: [([String], Int32)] = [
        (["--from", "sqlite:none.db", "--to", "sqlite:copy.db"], 1),
        (["--from", "sqlite:data/posthaste.db", "--to", "sqlite:./data/posthaste.db"], 64),
        (["--from", "sqlite:data/posthaste.db", "--to", "mysql://x:geheim@y/z"], 64),
        (["--from", "sqlite:data/posthaste.db", "--to", "postgres://x:geheim@127.0.0.1:1/z"], 1),
        (["--from", "sqlite:data/posthaste.db"], 64),
    ]

    @Test(arguments: wrong)
    func wrongStoresAreToldWithoutTheirPasswords(_ options: [String], _ code: Int32) throws {
        let folder = try TestFolder()
        #expect(try Posthaste.run(Self.send, in: folder.path, input: "Hello").code == 0)
        let result = try Posthaste.run(["store", "copy"] + options, in: folder.path)
        #expect(result.code == code && !result.errors.isEmpty && !result.errors.contains("geheim"), "\(result.errors)")
        #expect(result.output.isEmpty)
    }
}
