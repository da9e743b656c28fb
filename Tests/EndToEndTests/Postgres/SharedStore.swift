// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import Testing

/// A database of a real server, and the folders of gateways that share it.
struct SharedStore: Sendable {
    /// Started once, for all tests that do not kill it, and ended with the process; it is durable.
    private static let common = Task { () throws -> PostgresServer in try PostgresServer(settings: [:]) }
    /// The starter files, created once and copied.
    private static let starter = Task { () throws -> TestFolder in try TestFolder() }

    let server: PostgresServer
    let name: String

    /// An empty database on the common server, or on a separate one.
    init(on own: PostgresServer? = nil) async throws {
        if let own { server = own } else { server = try await Self.common.value }
        name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        try server.psql("CREATE DATABASE \(name) TEMPLATE template0")
    }

    var url: String { server.url(name) }

    @discardableResult
    func psql(_ sql: String) throws -> String { try server.psql(sql, database: name) }

    /// A folder whose settings name this store, or the one at `url`; its API key is valid in all folders with the same `key`.
    func folder(
        url: String? = nil,
        key: String = "",
        providers: String = "inbox: { kind: capture }",
        via: String = "inbox",
        store: String = "",
        more: String = ""
    ) async throws -> TestFolder {
        try await TestFolder(
            copying: Self.starter.value,
            key: key,
            providers: providers,
            via: via,
            more: "store: { url: \"\(url ?? self.url)\"\(store.isEmpty ? "" : ", \(store)") }\n\(more)"
        )
    }

    /// Migrates the schema and creates an API key.
    func key() async throws -> String {
        let made = try await folder().run("keys", "create", "--name", "test", "--json")
        return try #require(TestFolder.word(after: "\"secret\":\"", in: made.output), "\(made.errors)")
    }
}
