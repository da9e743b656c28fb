// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import Storage
import Testing

@Suite struct ServeLockTests {
    private let file = StoreFile()

    @Test func secondServerIsToldOfTheFirst() throws {
        _ = try file.open()
        let lock = try ServeLock(store: file.path)
        let process = Int(ProcessInfo.processInfo.processIdentifier)
        let error = #expect(throws: StoreError.self) { _ = try ServeLock(store: file.path) }
        #expect(error?.description.contains("\(file.path) is served by another gateway (process \(process))") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func lockEndsWithItsHolder() throws {
        _ = try file.open()
        do { _ = try ServeLock(store: file.path) }
        #expect(throws: Never.self) { try ServeLock(store: file.path) }
    }

    @Test func lockFileIsAsPrivateAsTheStore() throws {
        _ = try file.open()
        // The file mode of an earlier version.
        try Data().write(to: URL(filePath: file.path + ".lock"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path + ".lock")
        let lock = try ServeLock(store: file.path)
        for suffix in ["", "-wal", "-shm", ".lock"] where FileManager.default.fileExists(atPath: file.path + suffix) {
            let mode = try FileManager.default.attributesOfItem(atPath: file.path + suffix)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(suffix)")
        }
        withExtendedLifetime(lock) {}
    }

    @Test func missingFolderIsOneClearError() {
        let error = #expect(throws: StoreError.self) { _ = try ServeLock(store: file.path) }
        #expect(error?.description.hasPrefix("\(file.path).lock cannot be written") == true)
    }
}
