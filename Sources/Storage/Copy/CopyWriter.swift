// SPDX-License-Identifier: Apache-2.0
package import Basics
package import SQL

/// Inserts rows of the source into the target, unless another row takes their place.
struct CopyWriter: Sendable {
    struct Outcome: Sendable {
        var copied = 0
        var present = 0
        var differences: [CopyReport.Difference] = []
    }

    let target: any Database
    let source: StoreSnapshot
    let parse: JSONParsing
    /// Whether the target had no message when the copy began.
    let isFresh: Bool

    /// Stores some rows in one commit.
    func store(_ rows: [SQLRow], in table: Table) async throws(SchemaError) -> Outcome {
        let changed = try await changedOwners(of: rows, in: table)
        do throws(DatabaseError) {
            return try await write(rows, in: table, changed)
        } catch {
            guard error.kind != .unavailable else { throw .copying(.target, error) }
        }
        // The engine refuses one of them; the others are inserted one by one.
        var outcome = Outcome()
        for row in rows {
            do throws(DatabaseError) {
                let one = try await write([row], in: table, changed)
                outcome.copied += one.copied
                outcome.present += one.present
                outcome.differences += one.differences
            } catch {
                guard error.kind != .unavailable else { throw .copying(.target, error) }
                outcome.differences.append(table.difference(row, .refused(error.detail)))
            }
        }
        return outcome
    }

    private func write(
        _ rows: [SQLRow],
        in table: Table,
        _ changed: Set<SQLValue>
    ) async throws(DatabaseError) -> Outcome {
        let owned = rows.filter { row in table.owner.map { changed.contains(table.value($0.column, of: row)) } ?? false
        }
        let others = owned.isEmpty ? rows : rows.filter { !owned.contains($0) }
        return try await target.write { [parse, isFresh] (connection) throws(DatabaseError) in
            var outcome = Outcome()
            // Checks keys that no index of the target covers as a whole: a message's, where it moves between tables
            // when it is finished.
            let taken = isFresh ? [] : try connection.keys(of: others, in: table)
            let free = taken.isEmpty ? others : others.filter { !taken.contains(table.key(of: $0)) }
            if !free.isEmpty {
                outcome.copied = try connection.execute(
                    table.insertion(of: free.count, connection.dialect),
                    free.flatMap(\.values)
                )
            }
            if outcome.copied < others.count {
                try outcome.compare(others, in: table, missing: .taken, parse, connection)
                outcome.present -= outcome.copied
            }
            if !owned.isEmpty { try outcome.compare(owned, in: table, missing: .otherMessage, parse, connection) }
            return outcome
        }
    }

    /// The messages of the rows whose state in the target differs from the source.
    ///
    /// What belongs to them must not be mixed.
    private func changedOwners(of rows: [SQLRow], in table: Table) async throws(SchemaError) -> Set<SQLValue> {
        guard !isFresh, let owner = table.owner else { return [] }
        let messages = Messages.table
        let names = Array(Set(rows.map { table.value(owner.column, of: $0) }))
        let there = try await on(.target) { () async throws(DatabaseError) in
            try await target.run(messages.lookUp([owner.names], of: names.count, target.dialect), names)
        }
        let here = try await on(.source) { () async throws(DatabaseError) in
            try await source.rows(messages.lookUp([owner.names], of: names.count, source.dialect), names)
        }
        let known = Set(here.map(messages.arrived))
        return Set(there.filter { !known.contains($0) }.map { messages.value(owner.names, of: $0) })
    }
}

extension DatabaseConnection {
    /// Which of the rows' keys are there.
    fileprivate func keys(of rows: [SQLRow], in table: Table) throws(DatabaseError) -> Set<[SQLValue]> {
        guard !rows.isEmpty else { return [] }
        return Set(
            try self.rows(table.lookUp(of: rows.count, dialect), rows.flatMap(table.key(of:))).map(table.key(of:))
        )
    }
}

extension CopyWriter.Outcome {
    /// Counts the rows that the target has, and notes the missing ones.
    fileprivate mutating func compare(
        _ rows: [SQLRow],
        in table: Table,
        missing: CopyReport.Difference.Reason,
        _ parse: JSONParsing,
        _ connection: any DatabaseConnection
    ) throws(DatabaseError) {
        let found = try connection.rows(table.lookUp(of: rows.count, connection.dialect), rows.flatMap(table.key(of:)))
        let stored = Dictionary(found.map { (table.key(of: $0), table.canonical($0, parse)) }) { first, _ in first }
        for row in rows.map({ table.canonical($0, parse) }) {
            guard let other = stored[table.key(of: row)] else {
                differences.append(table.difference(row, missing))
                continue
            }
            guard other != row else {
                present += 1
                continue
            }
            let columns = zip(table.columns, zip(row.values, other.values)).filter { $1.0 != $1.1 }.map(\.0)
            differences.append(table.difference(row, .changed(columns)))
        }
    }
}

extension Table {
    fileprivate func difference(_ row: SQLRow, _ reason: CopyReport.Difference.Reason) -> CopyReport.Difference {
        let words = zip(key, row.values).map { column, value in "\(column)=\(value.word)" }
        return CopyReport.Difference(table: name, key: words, reason: reason)
    }
}

extension Database {
    /// The number of gateways that served this store in the last 30 seconds; 0 where its schema does not exist yet.
    ///
    /// A killed gateway counts for that long; one that ended has signed off.
    package func livingGateways(now: Timestamp) async throws(DatabaseError) -> Int {
        let clock = dialect.serverClock ?? "\(now.milliseconds)"
        guard try await run(dialect.tableCount, ["gateways"]).first?.int(0) != 0 else { return 0 }
        let rows = try await run("SELECT count(*) FROM gateways WHERE number > 0 AND seen_at > \(clock) - 30000", [])
        return Int(rows.first?.int(0) ?? 0)
    }
}
