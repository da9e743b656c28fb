// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import Synchronization

/// A separate database on the server that the driver's tests share.
struct PostgresUnderTest: Sendable {
    private static let server = Task { () throws -> PostgresServer in try PostgresServer() }

    let server: PostgresServer
    let name: String

    init() async throws {
        server = try await Self.server.value
        name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        try server.psql("CREATE DATABASE \(name) TEMPLATE template0")
    }

    @discardableResult
    func psql(_ sql: String) throws -> String { try server.psql(sql, database: name) }

    func settings(user: String = "postgres", statementTimeout: Duration = .seconds(600)) throws -> PostgresSettings {
        var settings = try Self.settings(url: server.url(name, user: user))
        settings.statementTimeout = statementTimeout
        return settings
    }

    /// Settings with time limits that no test reaches.
    static func settings(url: String, isPooled: Bool = false) throws -> PostgresSettings {
        var settings = try PostgresSettings(url: url, isPooled: isPooled)
        (settings.connectTimeout, settings.statementTimeout) = (.seconds(600), .seconds(600))
        return settings
    }

    func pool(_ settings: PostgresSettings? = nil, connections: Int = 1) throws -> PostgresPool {
        PostgresPool(try settings ?? self.settings(), connections: connections)
    }
}

extension PostgresPool {
    @discardableResult
    func run(_ sql: String, _ values: [PostgresValue] = []) async throws(PostgresError) -> PostgresAnswer {
        try await use { (link) throws(PostgresError) in
            try link.run(sql, values)
        } refused: {
            $0
        }
    }

    /// Runs `sql` over `count` connections, each of which waits until all are in use.
    func runAtOnce(_ count: Int, _ sql: String) async throws {
        let group = DispatchGroup()
        for _ in 0..<count { group.enter() }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<count {
                tasks.addTask { [self] in
                    try await use { (link) throws(PostgresError) in
                        group.leave()
                        group.wait()
                        _ = try link.run(sql)
                    } refused: { error in
                        group.leave()
                        return error
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// The server process of the next connection, if there is only one.
    func backend() async throws -> Int32 {
        guard case .integer(let number) = try await run("SELECT pg_backend_pid()").rows.first?.first else { return 0 }
        return Int32(number)
    }
}

/// Collects values from several threads, in the order of arrival.
final class Notes<Note: Sendable>: Sendable {
    private let notes = Mutex<[Note]>([])

    var all: [Note] { notes.withLock(\.self) }

    func add(_ note: Note) { notes.withLock { $0.append(note) } }
}
