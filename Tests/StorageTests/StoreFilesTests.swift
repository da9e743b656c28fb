// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Queue
import SQL
import Storage
import Testing

@Suite struct StoreFilesTests {
    enum Meddling: CaseIterable {
        case deleted, allDeleted, journalDeleted, sharedMemoryDeleted, replaced, journalReplaced, folderMovedAway,
            truncated
    }

    private let file = StoreFile()

    @Test(arguments: Meddling.allCases)
    func nothingIsTakenForAFileThatIsNoLongerThere(_ meddling: Meddling) async throws {
        let database = try await file.migrated()
        try await Self.fill(database)
        let stores = SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
        try await stores.messages.insert([Sample.message(0)])
        #expect(database.fileFault == nil)
        try meddle(meddling)
        let error = await #expect(throws: StoreError.self) { try await stores.messages.insert([Sample.message(1)]) }
        guard case .unavailable(let reason)? = error else {
            Issue.record("\(meddling) must make the store unavailable, not \(String(describing: error))")
            return
        }
        let fault = try #require(database.fileFault)
        #expect(reason.contains(fault.description) && fault.description.contains(file.path))
        #expect(!fault.summary.contains(file.path), "/readyz answers anybody")
        #expect(!FileManager.default.fileExists(atPath: file.path) || meddling != .deleted, "no new file is made")
    }

    @Test func fileThatIsPutBackIsWrittenAgain() async throws {
        let database = try await file.migrated()
        let stores = SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
        let folder = URL(filePath: file.path).deletingLastPathComponent().path
        try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
        await #expect(throws: StoreError.self) { try await stores.messages.insert([Sample.message(0)]) }
        try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
        try await stores.messages.insert([Sample.message(1)])
        #expect(try await stores.messages.list(MessageFilter(limit: 9)).map(\.id) == [Sample.id(1)])
        #expect(database.fileFault == nil)
    }

    @Test func fileThatShrinksByVacuumIsWhole() async throws {
        let database = try await file.migrated()
        try await Self.fill(database)
        try await Self.run("DROP TABLE filler", database)
        let before = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        try Self.otherProgram("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)", on: file.path)
        let after = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        try #require(after ?? 0 < before ?? 0, "the file did not shrink")
        try await Self.run("CREATE TABLE later (x)", database)
        #expect(database.fileFault == nil)
    }

    /// The other program ends before its pages reach the file.
    @Test func fileThatLacksWhatTheJournalHasIsWhole() async throws {
        let database = try await file.migrated()
        try await Self.fill(database)
        try await Self.run("DROP TABLE filler", database)
        try Self.otherProgram(
            "VACUUM",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            "CREATE TABLE theirs AS SELECT randomblob(40000) AS x",
            on: file.path
        )
        try await Self.run("CREATE TABLE later (x)", database)
        #expect(database.fileFault == nil)
    }

    private func meddle(_ meddling: Meddling) throws {
        let files = FileManager.default
        switch meddling {
        case .deleted: try files.removeItem(atPath: file.path)
        case .allDeleted: for suffix in ["", "-wal", "-shm"] { try files.removeItem(atPath: file.path + suffix) }
        case .journalDeleted: try files.removeItem(atPath: file.path + "-wal")
        case .sharedMemoryDeleted: try files.removeItem(atPath: file.path + "-shm")
        case .replaced: try replace(file.path)
        case .journalReplaced: try replace(file.path + "-wal")
        case .folderMovedAway:
            let folder = URL(filePath: file.path).deletingLastPathComponent().path
            try files.moveItem(atPath: folder, toPath: folder + ".away")
        case .truncated:
            // Done by another program: when this process closes the file, it loses SQLite's locks on it.
            try Self.process(["truncate", "-s", "8192", file.path])
        }
    }

    /// As `mv copy posthaste.db` does.
    private func replace(_ path: String) throws {
        let copy = path + ".copy"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: copy, toPath: path)
    }

    /// Writes a good number of pages to the file itself, not only to the journal.
    private static func fill(_ database: SQLiteDatabase) async throws {
        try await run("CREATE TABLE filler AS SELECT randomblob(400000) AS x", database)
        try otherProgram("PRAGMA wal_checkpoint(TRUNCATE)", on: database.path)
        try await run("CREATE TABLE seen (x)", database)
    }

    private static func run(_ sql: String, _ database: SQLiteDatabase) async throws {
        _ = try await database.run(sql, [])
    }

    private static func otherProgram(_ statements: String..., on path: String) throws {
        let script =
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); [c.execute(s).fetchall() for s in sys.argv[2:]]"
        try process(["python3", "-c", script, path] + statements)
    }

    private static func process(_ arguments: [String]) throws {
        let other = Process()
        other.executableURL = URL(filePath: "/usr/bin/env")
        other.arguments = arguments
        try other.run()
        other.waitUntilExit()
        try #require(other.terminationStatus == 0)
    }
}
