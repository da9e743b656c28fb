// SPDX-License-Identifier: Apache-2.0
package import Basics
import Boundary
import Foundation
import Glibc

/// Marks a store file as served by this process, as long as the lock exists.
///
/// The lock is the kernel's (`flock` on `FILE.lock`), so it ends with the process, however that ends.
package final class ServeLock: Sendable {
    /// Only kept: closing the file releases the lock.
    private let file: FileHandle

    /// Takes the lock on the store at `path`, unless another gateway has it, and writes this process's id into the lock file.
    package init(store path: String) throws(StoreError) {
        let name = path + ".lock"
        // The file may exist already, from a process that has ended; only a failure to open it counts.
        _ = PrivateFile.make(name)
        PrivateFile.close(toOthers: name)
        guard let file = FileHandle(forUpdatingAtPath: name) else { throw Self.unusable(name) }
        guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(in: file).map { " (process \($0))" } ?? ""
            throw .unavailable("\(path) is served by another gateway\(holder): stop that one first")
        }
        self.file = file
        // A child process that outlives this one must not keep the lock.
        _ = fcntl(file.fileDescriptor, F_SETFD, FD_CLOEXEC)
        do {
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data("\(getpid())\n".utf8))
        } catch {
            throw Self.unusable(name)
        }
    }

    private static func unusable(_ name: String) -> StoreError {
        .unavailable("\(name) cannot be written: check that this user may write its folder")
    }

    /// The process id in the lock file.
    private static func holder(in file: FileHandle) -> Int? {
        // The process id is optional: when the file cannot be read it is left out.
        let content = try? file.readToEnd()
        return content.flatMap { Int(String(decoding: $0, as: UTF8.self).prefix { $0.isWholeNumber }) }
    }
}
