// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import SQL

/// Parses JSON text; throws its parser's error.
package typealias JSONParsing = @Sendable (_ text: [UInt8]) throws -> JSON

/// The access that every store uses: separate reads, writes in shared commits, errors as ``StoreError``.
struct SQLAccess: Sendable {
    let database: any Database
    let commits: SharedCommits
    let parse: JSONParsing
    /// Whether leases use the server's clock, which all gateways share, or the caller's time.
    let usesServerClock: Bool

    /// Runs one read-only statement by itself.
    func rows(_ sql: String, _ values: SQLValue...) async throws(StoreError) -> [SQLRow] {
        do throws(DatabaseError) { return try await database.run(sql, values) } catch { throw StoreError(error) }
    }

    /// The current time by the clock that leases use.
    func moment(_ connection: any DatabaseConnection, _ now: Timestamp) throws(DatabaseError) -> Timestamp {
        guard usesServerClock, let clock = connection.dialect.serverClock else { return now }
        return try connection.row("SELECT \(clock)")?.moment(0) ?? now
    }

    /// The same within a statement whose second parameter is the caller's time.
    var clock: String {
        guard usesServerClock, let clock = database.dialect.serverClock else { return "CAST($2 AS BIGINT)" }
        // The parameter is used in any case, so that the statement has as many as are passed.
        return "COALESCE(\(clock), CAST($2 AS BIGINT))"
    }

    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        do throws(DatabaseError) { return try await database.read(work) } catch { throw StoreError(error) }
    }

    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        do throws(DatabaseError) { return try await commits.perform(work) } catch { throw StoreError(error) }
    }

    /// Writes in two steps: the queries of all operations in a commit are answered together.
    func write<Question, T: Sendable>(
        _ ask: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> Question,
        _ take: @escaping @Sendable (any DatabaseConnection, Question) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        do throws(DatabaseError) { return try await commits.perform(ask, take) } catch { throw StoreError(error) }
    }

    /// The JSON in a column; `place` names it in the error.
    func json(_ text: String, _ place: @autoclosure () -> String) throws(StoreError) -> JSON {
        do { return try parse(Array(text.utf8)) } catch {
            throw .corrupt("\(place()): no JSON that this version can read")
        }
    }
}

extension StoreError {
    init(_ error: DatabaseError) {
        self =
            switch error.kind {
            case .unavailable: .unavailable(error.description)
            case .constraint, .broken: .corrupt(error.description)
            }
    }
}
