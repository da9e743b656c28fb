// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import protocol SQL.Database
import GatewayTesting
import JSON
import SQL
import Storage

/// A folder that is removed with the value, with its files.
final class StoreFolder: Sendable {
    /// In memory if there is enough: thousands of commits would wait for the disk, which proves nothing more.
    private static let parent: URL = {
        let memory = "/dev/shm"
        // Without the folder there is no size, and the temporary folder is used.
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: memory)
        let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
        let isGood = free > 1 << 30 && FileManager.default.isWritableFile(atPath: memory)
        return isGood ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    }()

    let url = parent.appending(path: "posthaste-\(UUID().uuidString)")

    deinit {
        // No test depends on it: the system empties its temporary folder too.
        try? FileManager.default.removeItem(at: url)
    }
}

/// The file of a store.
struct StoreFile: Sendable {
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    let folder: StoreFolder
    let path: String

    init(in folder: StoreFolder = StoreFolder()) {
        self.folder = folder
        path = folder.url.appending(path: UUID().uuidString).appending(path: "posthaste.db").path
    }

    func open() throws -> SQLiteDatabase { try SQLiteDatabase.open(path: path) }

    /// The database with its schema.
    func migrated() async throws -> SQLiteDatabase {
        if !FileManager.default.fileExists(atPath: path) {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try await Self.empty.value.write(to: url)
        }
        return try open()
    }

    /// The file of an empty store, created once because hundreds are needed.
    private static let empty = Task {
        let file = StoreFile()
        let database = try file.open()
        try await Migrator(StoreSchema.whole).migrate(database, now: now)
        try database.close()
        return try Data(contentsOf: URL(filePath: file.path))
    }

    /// The store for the conformance suite.
    func underTest() async throws -> QueueStoreUnderTest {
        let database = try await migrated()
        let stores = SQLStores(database: database, commits: SharedCommits(database), parse: Self.parse)
        return QueueStoreUnderTest(
            outbox: stores.messages,
            archive: stores.messages,
            queue: stores.messages,
            contents: stores.messages,
            reopen: {
                try database.close()
                return try await self.underTest()
            }
        )
    }

    /// Reads JSON with Foundation, so that these tests need no C library.
    static let parse: JSONParsing = { try JSONDecoder().decode(DecodedJSON.self, from: Data($0)).value }
}
