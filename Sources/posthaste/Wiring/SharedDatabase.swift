// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import SQL
import Settings
import Storage

/// Opens a PostgreSQL store, and refuses a server with an unsupported version or unsafe settings.
enum SharedDatabase {
    private static let oldest = 130_000

    static func open(_ url: Secret, _ settings: StoreSettings) async throws(CommandFailure) -> PostgresDatabase {
        let server: PostgresSettings
        do throws(PostgresError) {
            server = try PostgresSettings(url: url.exposed, isPooled: settings.isPooled)
        } catch {
            throw CommandFailure(.badConfig, ["store.url: \(error.message)"])
        }
        let database = PostgresDatabase(server, connections: settings.connections, schema: Features.schema)
        let answer: SQLRow?
        do throws(DatabaseError) {
            try await database.findPrimary()
            answer = try await database.run(question, []).first
        } catch {
            throw failure(error, server)
        }
        let found = answer.map { faults(in: $0, server) } ?? []
        guard found.isEmpty else { throw CommandFailure(.badConfig, found) }
        return database
    }

    /// The fault in the address of a store that shows without a connection; nil when there is none.
    static func fault(in store: StoreSettings, at root: SettingsNode) -> SettingsFault? {
        guard case .server(let url) = store.place else { return nil }
        do throws(PostgresError) {
            _ = try PostgresSettings(url: url.exposed)
            return nil
        } catch {
            let position = (root.member("store")?.member("url") ?? root).position
            return SettingsFault(at: position, path: "store.url", problem: error.message)
        }
    }

    private static let question = """
        SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('fsync'),
            current_setting('synchronous_commit'), current_setting('full_page_writes'), current_setting('server_encoding'),
            current_schema(), COALESCE(has_schema_privilege(current_schema(), 'USAGE'), false)
        """

    private static func faults(in row: SQLRow, _ server: PostgresSettings) -> [String] {
        var faults: [String] = []
        let version = row.int(0) ?? 0
        if version < oldest {
            faults.append("the server is PostgreSQL \(version / 10_000): 13 or later is needed")
        }
        let loss = "a loss of power would lose mail that was accepted"
        for (column, name) in [(1, "fsync"), (3, "full_page_writes")] where row.text(column) == "off" {
            faults.append("`\(name)` is off: \(loss); set it to on in postgresql.conf, and reload")
        }
        if row.text(2) == "off" {
            let remedy = "set it to on, in postgresql.conf or with ALTER ROLE … SET synchronous_commit = on"
            faults.append("`synchronous_commit` is off: \(loss); \(remedy)")
        }
        if row.text(4) != "UTF8" {
            let encoding = row.text(4) ?? "unknown"
            faults.append("the database's encoding is \(encoding): create it with ENCODING 'UTF8'")
        }
        if row.text(5) == nil || row.int(6) != 1 {
            let remedy = "GRANT USAGE, CREATE ON SCHEMA public TO its role, or set its search_path"
            faults.append("there is no schema that this role may use: \(remedy)")
        }
        return faults.map { "the store on \(server.servers): \($0)" }
    }

    /// Why the sign-in failed, with a remedy.
    private static func failure(_ error: DatabaseError, _ server: PostgresSettings) -> CommandFailure {
        let place = "the store on \(server.servers)"
        let (user, database) = (server.user, server.database)
        let words: String? =
            switch error.code {
            // The server does not distinguish an unknown role from a wrong password.
            case "28P01":
                "the password of the role `\(user)` is wrong, or there is no such role: correct them in `store.url`"
            case "28000":
                "the role `\(user)` may not sign in (\(error.detail)): create it, or allow it in pg_hba.conf"
            case "3D000": "there is no database `\(database)`: create it (CREATE DATABASE \(database) OWNER \(user))"
            case "42501":
                "the role `\(user)` lacks a right: \(error.detail): GRANT CONNECT ON DATABASE \(database) TO \(user)"
            case "22023": "`store.url` cannot be used: \(error.detail): correct it"
            // The session already has, or lacks, a prepared statement: a pooler shares it between clients.
            case "0A000", "08P01", "26000", "42P05":
                "the server does not understand us (is it a pooler? set `store.pooler`): \(error.detail)"
            default:
                isMistrust(error.detail) ? "no secure connection: \(error.detail): check `sslmode` in `store.url`" : nil
            }
        if let words { return CommandFailure(.badConfig, ["\(place): \(words)"]) }
        var failure = CommandFailure(error.kind == .unavailable ? .failed : .badConfig, ["\(place): \(error.detail)"])
        failure.isPassing = error.kind == .unavailable
        return failure
    }

    /// The library has no error code for a failed TLS negotiation.
    private static func isMistrust(_ words: String) -> Bool {
        ["does not support SSL", "certificate", "sslmode", "SSL error"].contains { words.contains($0) }
    }
}

extension SettingsNode {
    fileprivate func member(_ key: String) -> SettingsNode? {
        guard case .map(let members) = value else { return nil }
        return members.first { $0.key == key }?.node
    }
}
