// SPDX-License-Identifier: Apache-2.0
import Mail
import Queue
import SQL
import Testing

@testable import Storage

/// The cost of the queue must not depend on the stored mail, so each of its statements reads one range of one index.
@Suite struct QueryPlanTests {
    private func plan(_ sql: String) async throws -> [String] {
        let file = StoreFile()
        defer { withExtendedLifetime(file) {} }
        let database = try await file.migrated()
        let count = (1...20).last { sql.contains("$\($0)") } ?? 0
        let values = [SQLValue](repeating: 1, count: count)
        return try await database.write { (connection) throws(DatabaseError) in
            try connection.rows("EXPLAIN QUERY PLAN \(sql)", values).compactMap { $0.text(3) }
        }
    }

    @Test(arguments: [
        (
            QueueStatements.of[.sqlite].claim,
            "messages_claimable (brand=? AND category=? AND pin=? AND lane=? AND claim_at<?)"
        ),
        (KeepingStatements.of[.sqlite].park.sql, "messages_claimable (brand=? AND category=? AND pin=?)"),
        (KeepingStatements.of[.sqlite].release.sql, "messages_parked (brand=? AND category=? AND pin=?)"),
        (KeepingStatements.of[.sqlite].expire.sql, "messages_expiring (expires_at<?)"),
        (QueueStatements.of[.sqlite].settle, "sqlite_autoindex_messages_1 (id=?)"),
        (QueueStatements.of[.sqlite].proceed, "sqlite_autoindex_messages_1 (id=?)"),
    ])
    func statementReadsOneRange(_ sql: String, _ index: String) async throws {
        let steps = try await plan(sql)
        #expect(steps.contains { $0.hasSuffix(index) }, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
    }

    @Test(arguments: [
        (
            KeepingStatements.of[.sqlite].heads.sql, "messages_claimable",
            [
                "(brand=? AND category=? AND pin=? AND lane>?)", "(brand=? AND category=? AND pin>?)",
                "(brand=? AND category>?)", "(brand>?)",
            ]
        ),
        (
            KeepingStatements.of[.sqlite].parkedStreams.sql, "messages_parked",
            ["(brand=? AND category=? AND pin>?)", "(brand=? AND category>?)", "(brand>?)"]
        ),
    ])
    func streamsAreFoundByJumps(_ sql: String, _ index: String, _ ranges: [String]) async throws {
        let steps = try await plan(sql)
        // The next routing key is found by a search, not a walk: each search begins after the rows with equal keys.
        let jumps = steps.filter { $0.hasPrefix("SEARCH n USING") }
        #expect(jumps.count == ranges.count, "\(steps)")
        for (step, range) in zip(jumps, ranges) { #expect(step.hasSuffix("\(index) \(range)")) }
        #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
    }

    @Test func depthsAreCountedInIndexes() async throws {
        let steps = try await plan(KeepingStatements.of[.sqlite].depths.sql)
        let many = steps.filter { $0.contains("messages_claimable") || $0.contains("messages_parked") }
        #expect(many.count == 3 && many.allSatisfy { $0.contains("USING COVERING INDEX") }, "\(steps)")
        #expect(!steps.contains("SCAN messages"), "\(steps)")
    }

    @Test func pagesOfAListEndEarly() async throws {
        var filter = MessageFilter(limit: 10)
        filter.states = [.failed, .parked]
        filter.after = "m1"
        for query in MessageQuery.all(for: filter, .sqlite).dropLast() {
            let steps = try await plan(query.statement(downTo: nil).text)
            #expect(steps.contains { $0.contains("messages_resting (state=? AND id<?)") }, "\(steps)")
            #expect(!steps.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
        }
        let leased = try await plan(MessageQuery.all(for: filter, .sqlite).last?.statement(downTo: nil).text ?? "")
        #expect(leased.first == "SEARCH m USING INDEX messages_leased (lease>?)", "\(leased)")
        filter.states = nil
        let steps = try await plan(MessageQuery.all(for: filter, .sqlite)[0].statement(downTo: nil).text)
        #expect(!steps.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
    }

    /// A filter without an index is applied down to a boundary, which a walk along an index finds.
    @Test func listsLookThroughABoundedPart() async throws {
        var filter = MessageFilter(limit: 10)
        filter.tag = "vip"
        filter.after = "m9"
        let query = try #require(MessageQuery.all(for: filter, .sqlite).first)
        let boundary = try await plan(query.boundary?.text ?? "")
        #expect(boundary == ["SEARCH m USING COVERING INDEX sqlite_autoindex_messages_1 (id<?)"])
        let steps = try await plan(query.statement(downTo: "m1").text)
        #expect(steps.first == "SEARCH m USING INDEX sqlite_autoindex_messages_1 (id>? AND id<?)", "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
        filter.states = [.failed, .queued]
        for query in MessageQuery.all(for: filter, .sqlite).dropLast() {
            let boundary = try await plan(query.boundary?.text ?? "")
            // The index has no lease column, so SQLite reads the rows: one millisecond for all rows that a boundary counts.
            #expect(boundary == ["SEARCH m USING INDEX messages_resting (state=? AND id<?)"])
        }
        filter.states = nil
        filter.to = EmailAddress(checkedLocal: "ana", checkedDomain: "example.org")
        let recipient = try await plan(MessageQuery.all(for: filter, .sqlite)[0].boundary?.text ?? "")
        #expect(recipient == ["SEARCH r USING PRIMARY KEY (address=? AND message_id<?)"])
        #expect(MessageQuery.all(for: MessageFilter(limit: 10), .sqlite).allSatisfy { $0.boundary == nil })
    }

    @Test func pagesOfARecipientEndEarly() async throws {
        var filter = MessageFilter(limit: 10)
        filter.to = EmailAddress(checkedLocal: "ana", checkedDomain: "example.org")
        let steps = try await plan(MessageQuery.all(for: filter, .sqlite)[0].statement(downTo: nil).text)
        #expect(steps.first?.hasPrefix("SEARCH r USING PRIMARY KEY (address=?") == true, "\(steps)")
        #expect(!steps.contains { $0.hasPrefix("SCAN") || $0.contains("TEMP B-TREE") }, "\(steps)")
    }

    /// There may be a hundred times as many finished messages as waiting ones.
    @Test func queueOnAServerIsFoundWithoutLookingAtWhatIsFinished() async throws {
        let database = try await PostgresStore().open()
        let (queue, keeping) = (QueueStatements.of[.postgres], KeepingStatements.of[.postgres])
        let statements = [
            queue.claim, queue.begin, queue.proceed, queue.settle, keeping.heads.sql, keeping.parkedStreams.sql,
            keeping.park.sql, keeping.release.sql, keeping.expire.sql, keeping.someExpired, keeping.depths.sql,
        ]
        for statement in statements {
            let count = (1...20).last { statement.contains("$\($0)") } ?? 0
            let values = count == 0 ? "" : "(" + repeatElement("NULL", count: count).joined(separator: ", ") + ")"
            let plan = try await database.write { (connection) throws(DatabaseError) in
                // The generic plan, for any values.
                try connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                try connection.execute("PREPARE asked AS \(statement)")
                defer { _ = try? connection.execute("DEALLOCATE asked") }  // Removed with its database too.
                return try connection.rows("EXPLAIN EXECUTE asked\(values)").compactMap { $0.text(0) }
            }
            #expect(plan.contains { $0.contains("messages_open") }, "\(plan)")
            #expect(!plan.contains { $0.contains("messages_done") }, "\(plan)")
        }
    }
}
