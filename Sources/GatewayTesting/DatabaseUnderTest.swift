// SPDX-License-Identifier: Apache-2.0
import SQL

/// A database with one empty table, `samples`.
struct DatabaseUnderTest: Sendable {
    let database: any Database

    func keeps(_ law: DatabaseConformance.Law) async throws -> Bool {
        switch law {
        case .bindsEveryValue: try await bindsEveryValue()
        case .bindsByNumber: try await bindsByNumber()
        case .quotedParametersAreText: try await quotedParametersAreText()
        case .undoesWhatThrew: try await undoesWhatThrew()
        case .readsSeeWhatWasWritten: try await readsSeeWhatWasWritten()
        case .readsChangeNothing: try await readsChangeNothing()
        case .writesDoNotInterleave: try await writesDoNotInterleave()
        case .countsChanges: try await countsChanges()
        case .errorsAreTold: try await errorsAreTold()
        case .cancellationLeavesNoHalf: try await cancellationLeavesNoHalf()
        }
    }

    private func insert(_ values: SQLValue...) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "INSERT INTO samples (number, word, share, bytes) VALUES ($1, $2, $3, $4)",
                values
            )
        }
    }

    private func all() async throws(DatabaseError) -> [SQLRow] {
        try await database.read { (connection) throws(DatabaseError) in
            try connection.rows("SELECT number, word, share, bytes FROM samples ORDER BY number")
        }
    }

    private func bindsEveryValue() async throws -> Bool {
        let rows: [[SQLValue]] = [
            [.integer(.min), .null, .null, .null], [0, "", .real(0), .blob([])],
            [.integer(.max), "'\"$1?1\\ ünï 🏀\n", .real(-1.5e-300), .blob(Array(0...255))],
        ]
        for row in rows { try await insert(row[0], row[1], row[2], row[3]) }
        return try await all().map(\.values) == rows
    }

    private func bindsByNumber() async throws -> Bool {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("INSERT INTO samples (word, number) VALUES ($2, $1)", 7, "seven")
            _ = try connection.execute("UPDATE samples SET number = number + $2 WHERE number = $1 + $2 - $2", 7, 10)
        }
        return try await all().map { $0.values.prefix(2) } == [[17, "seven"]]
    }

    private func quotedParametersAreText() async throws -> Bool {
        let row = try await database.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT '$1 it''s $2', CAST($1 AS TEXT)", "one")
        }
        return row?.values == ["$1 it's $2", "one"]
    }

    private func undoesWhatThrew() async throws -> Bool {
        let fault = DatabaseError(.broken, code: "law", detail: "thrown on purpose")
        do throws(DatabaseError) {
            try await database.write { (connection) throws(DatabaseError) in
                _ = try connection.execute("INSERT INTO samples (number) VALUES (1)")
                throw fault
            }
            return false
        } catch {
            return try await all().isEmpty && error == fault
        }
    }

    private func readsSeeWhatWasWritten() async throws -> Bool {
        for number in 1...5 {
            try await insert(.integer(Int64(number)), nil, nil, nil)
            guard try await all().count == number else { return false }
        }
        return true
    }

    private func readsChangeNothing() async throws -> Bool {
        do {
            try await database.read { (connection) throws(DatabaseError) in
                _ = try connection.execute("INSERT INTO samples (number) VALUES (1)")
            }
            return false
        } catch {
            return try await all().isEmpty
        }
    }

    private func writesDoNotInterleave() async throws -> Bool {
        try await insert(1, nil, nil, nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await increment() } }
            try await group.waitForAll()
        }
        return try await all().first?[0] == 51
    }

    private func increment() async throws {
        try await database.write { (connection) throws(DatabaseError) in
            let number = try connection.row("SELECT number FROM samples\(connection.dialect.lockingRows)")?.int(0) ?? 0
            _ = try connection.execute("UPDATE samples SET number = $1", .integer(number + 1))
        }
    }

    private func countsChanges() async throws -> Bool {
        for number in 1...3 { try await insert(.integer(Int64(number)), "x", nil, nil) }
        let counts = try await database.write { (connection) throws(DatabaseError) in
            [
                try connection.execute("UPDATE samples SET word = 'y' WHERE number > 1"),
                try connection.execute("UPDATE samples SET word = 'y' WHERE number > 9"),
                try connection.execute("DELETE FROM samples"),
            ]
        }
        return counts == [2, 0, 3]
    }

    private func errorsAreTold() async throws -> Bool {
        try await insert(1, nil, nil, nil)
        let duplicate = await kind("INSERT INTO samples (number) VALUES (1)")
        let nonsense = await kind("INSERT INTO nowhere (number) VALUES (1)")
        return duplicate == .constraint && nonsense == .broken
    }

    private func kind(_ sql: String) async -> DatabaseError.Kind? {
        do throws(DatabaseError) {
            try await database.write { (connection) throws(DatabaseError) in _ = try connection.execute(sql) }
            return nil
        } catch {
            return error.kind
        }
    }

    private func cancellationLeavesNoHalf() async throws -> Bool {
        await withTaskGroup { group in
            for number in 0..<40 { group.addTask { await insertPair(number) } }
            group.cancelAll()
        }
        let numbers = Set(try await all().compactMap { $0.int(0) })
        return (0..<40).allSatisfy { numbers.contains(2 * $0) == numbers.contains(2 * $0 + 1) }
    }

    private func insertPair(_ number: Int) async {
        // A cancelled caller may get an error; only the stored data count.
        try? await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("INSERT INTO samples (number) VALUES ($1)", .integer(Int64(2 * number)))
            _ = try connection.execute("INSERT INTO samples (number) VALUES ($1)", .integer(Int64(2 * number + 1)))
        }
    }
}
