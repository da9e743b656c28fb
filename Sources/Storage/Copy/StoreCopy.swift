// SPDX-License-Identifier: Apache-2.0
package import Basics
package import SQL

/// Copies the whole content of one store into another.
///
/// Safe to repeat, also after an interruption: existing rows are left unchanged. Nothing in the target is
/// overwritten.
package struct StoreCopy: Sendable {
    /// Called for every page with the table, the number of rows read, and the number to be read in total, in both
    /// stores.
    package typealias Progress = @Sendable (_ table: String, _ rows: Int, _ total: Int) -> Void

    let source: any Database
    let target: any Database

    let schema: StoreSchema

    /// Reads the JSON of columns that other programs may write.
    let parse: JSONParsing

    package init(
        from source: any Database,
        to target: any Database,
        _ schema: StoreSchema,
        parse: @escaping JSONParsing
    ) {
        (self.source, self.target, self.schema, self.parse) = (source, target, schema, parse)
    }

    /// Copies what is missing in the target, and compares the two at the end.
    ///
    /// No gateway should serve either of them meanwhile.
    package func run(now: Timestamp, progress: Progress = { _, _, _ in }) async throws(SchemaError) -> CopyReport {
        try await prepare(now)
        var (report, rows) = try await StoreSnapshot.of(source) {
            (snapshot) async throws(SchemaError) -> (CopyReport, Int) in
            // Each copied row is read twice: here, and in the target, to compare.
            let count = try await count(in: snapshot)
            return (try await copy(snapshot) { progress($0, $1, 2 * count) }, count)
        }
        try await StoreSnapshot.of(target) { (snapshot) async throws(SchemaError) in
            for index in report.tables.indices {
                let table = schema.tables[index]
                report.tables[index].target = try await sum(table, snapshot) {
                    progress("comparing \(table.name)", rows + $0, max(2 * rows, rows + $0))
                }
                rows += report.tables[index].target.rows
            }
        }
        return report
    }

    /// The number of rows in the source.
    private func count(in snapshot: StoreSnapshot) async throws(SchemaError) -> Int {
        try await on(.source) { () async throws(DatabaseError) in
            var rows = 0
            for table in schema.tables {
                rows += Int(try await snapshot.rows("SELECT count(*) FROM \(table.name)").first?.int(0) ?? 0)
            }
            return rows
        }
    }

    /// Two stores have the same schema when both are up to date.
    private func prepare(_ now: Timestamp) async throws(SchemaError) {
        let pending: [String]
        do throws(SchemaError) { pending = try await Migrator(schema).status(source).pending } catch {
            throw .store(.source, error)
        }
        guard pending.isEmpty else { throw .outdated(pending: pending.count) }
        do throws(SchemaError) { try await Migrator(schema).migrate(target, now: now) } catch {
            throw .store(.target, error)
        }
    }

    private func copy(
        _ snapshot: StoreSnapshot,
        _ progress: (_ table: String, _ rows: Int) -> Void
    ) async throws(SchemaError) -> CopyReport {
        var done = 0
        // First, so that an interrupted copy leaves no number that is given twice.
        try await carryOverEventNumbers(from: snapshot)
        let writer = CopyWriter(target: target, source: snapshot, parse: parse, isFresh: try await isFresh())
        var report = CopyReport()
        for table in schema.tables {
            var counts = CopyReport.TableOutcome(name: table.name)
            var pages = SnapshotPages(table, snapshot)
            while let page = try await pages.page(of: .source) {
                let rows = page.map(table.arrived)
                for row in rows { counts.source.add(table.canonical(row, parse)) }
                let outcome = try await writer.store(rows, in: table)
                counts.copied += outcome.copied
                counts.present += outcome.present
                counts.differing += outcome.differences.count
                report.differences += outcome.differences.prefix(CopyReport.told - report.differences.count)
                progress(table.name, done + counts.source.rows)
            }
            done += counts.source.rows
            report.tables.append(counts)
        }
        try await carryOverPause(from: snapshot)
        return report
    }

    private func sum(
        _ table: Table,
        _ snapshot: StoreSnapshot,
        _ progress: (_ rows: Int) -> Void
    ) async throws(SchemaError) -> TableSum {
        var sum = TableSum()
        var pages = SnapshotPages(table, snapshot)
        while let page = try await pages.page(of: .target) {
            for row in page { sum.add(table.canonical(row, parse)) }
            progress(sum.rows)
        }
        return sum
    }

    /// True while the target has no message that a row could wrongly belong to.
    private func isFresh() async throws(SchemaError) -> Bool {
        try await on(.target) { () async throws(DatabaseError) in
            try await target.run("SELECT 1 FROM messages LIMIT 1", []).isEmpty
        }
    }

    /// Lets the target number events behind those of the source: readers of the log have read up to these.
    private func carryOverEventNumbers(from snapshot: StoreSnapshot) async throws(SchemaError) {
        let last = source.dialect == .sqlite ? "newest" : "CASE WHEN is_called THEN last_value ELSE 0 END"
        let given = try await on(.source) { () async throws(DatabaseError) in
            try await snapshot.rows("SELECT \(last) FROM event_numbers").first?.int(0) ?? 0
        }
        guard given > 0 else { return }
        let raise =
            switch target.dialect {
            case .sqlite: "UPDATE event_numbers SET newest = max(newest, $1)"
            case .postgres:
                """
                SELECT setval('event_numbers', GREATEST(CAST($1 AS BIGINT), last_value)) FROM event_numbers
                """
            }
        _ = try await on(.target) { () async throws(DatabaseError) in try await target.run(raise, [.integer(given)]) }
    }

    /// Records in the target when a gateway last ran, because mail does not age while none runs.
    private func carryOverPause(from snapshot: StoreSnapshot) async throws(SchemaError) {
        let seen = try await on(.source) { () async throws(DatabaseError) in
            try await snapshot.rows("SELECT max(seen_at) FROM gateways")
        }
        guard let moment = seen.first?[0], moment != .null else { return }
        // Gateway numbers start at 1.
        let note = """
            INSERT INTO gateways (number, started_at, seen_at) VALUES (0, $1, $1)
            ON CONFLICT (number) DO UPDATE SET seen_at = excluded.seen_at
            """
        _ = try await on(.target) { () async throws(DatabaseError) in try await target.run(note, [moment]) }
    }
}

/// Runs `work` and adds to an error on which side it occurred.
func on<T>(_ side: CopySide, _ work: () async throws(DatabaseError) -> T) async throws(SchemaError) -> T {
    do throws(DatabaseError) { return try await work() } catch { throw .copying(side, error) }
}
