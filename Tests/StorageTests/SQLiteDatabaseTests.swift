// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Queue
import SQL
import Storage
import Testing

@Suite struct SQLiteDatabaseTests {
    private let file = StoreFile()

    @Test(arguments: [
        ("journal_mode", SQLValue.text("wal")), ("synchronous", .integer(2)), ("foreign_keys", .integer(1)),
        ("busy_timeout", .integer(5000)),
    ])
    func writerIsSafeAgainstPowerLoss(_ setting: String, _ value: SQLValue) async throws {
        let found = try await file.open().write { (connection) throws(DatabaseError) in
            try connection.row("PRAGMA \(setting)")?[0]
        }
        #expect(found == value)
    }

    @Test func folderIsMadeAndTheFileIsPrivate() throws {
        _ = try file.open()
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? NSNumber == 0o600)
    }

    @Test func foreignFileIsOneClearError() throws {
        try FileManager.default.createDirectory(
            atPath: URL(filePath: file.path).deletingLastPathComponent().path,
            withIntermediateDirectories: true
        )
        try Data("this is a text file and by no means a database, however long it may be".utf8)
            .write(to: URL(filePath: file.path))
        let error = #expect(throws: DatabaseError.self) { try file.open() }
        #expect(error?.detail.contains("\(file.path) is not a SQLite database") == true)
    }

    @Test func fileInPlaceOfTheFolderIsOneClearError() throws {
        _ = try file.open()
        let error = #expect(throws: DatabaseError.self) { try SQLiteDatabase.open(path: file.path + "/x.db") }
        #expect(error?.kind == .unavailable && error?.detail.contains("x.db") == true)
    }

    @Test func fullStoreTakesNothingHalfAndRecovers() async throws {
        let database = try await file.migrated()
        let stores = SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
        try await stores.messages.insert([Sample.message(0)])
        let pages = try await Self.write("PRAGMA page_count", database)
        try await Self.write("PRAGMA max_page_count = \(pages + 8)", database)
        let large = (1...40).map { Sample.message($0, text: String(repeating: "x", count: 4000)) }
        let error = await #expect(throws: StoreError.self) { try await stores.messages.insert(large) }
        guard case .unavailable? = error else {
            Issue.record("a full store must be unavailable, not \(String(describing: error))")
            return
        }
        #expect(try await stores.messages.list(MessageFilter(limit: 99)).map(\.id) == [Sample.id(0)])
        try await Self.write("PRAGMA max_page_count = 1000000", database)
        try await stores.messages.insert(large)
        #expect(try await stores.messages.list(MessageFilter(limit: 99)).count == 41)
    }

    @discardableResult
    private static func write(_ sql: String, _ database: SQLiteDatabase) async throws -> Int64 {
        try await database.write { (connection) throws(DatabaseError) in
            try connection.rows(sql, []).first?.int(0) ?? 0
        }
    }
}
