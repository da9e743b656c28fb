// SPDX-License-Identifier: Apache-2.0
import Foundation
import Storage
import Testing

@Suite struct ServeLockTests {
    private let file = StoreFile()

    @Test func secondServerIsToldOfTheFirst() throws {
        _ = try file.open()
        let lock = try ServeLock(store: file.path)
        let process = Int(ProcessInfo.processInfo.processIdentifier)
        let error = #expect(throws: ServeLockError.self) { _ = try ServeLock(store: file.path) }
        #expect(error == .held(path: file.path, holder: process))
        #expect(error?.description.contains("process \(process)") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func lockEndsWithItsHolder() throws {
        _ = try file.open()
        do { _ = try ServeLock(store: file.path) }
        #expect(throws: Never.self) { try ServeLock(store: file.path) }
    }

    @Test func missingFolderIsOneClearError() {
        let error = #expect(throws: ServeLockError.self) { _ = try ServeLock(store: file.path) }
        #expect(error == .unusable(path: file.path + ".lock"))
    }
}
