// SPDX-License-Identifier: Apache-2.0
import Glibc

/// By what a file is seen to have changed without reading it.
package struct FileStamp: Sendable, Hashable {
    /// Of the last change of the content, in nanoseconds.
    private let modified: Int
    /// Of the last change of the content or of anything about the file, in nanoseconds; a program cannot set it.
    private let changed: Int
    package let size: Int
    /// Tells a file from another one that was moved in its place.
    private let serial: UInt64
    package let isFolder: Bool

    /// Of the file or folder that `path` leads to, links followed; nil when there is none.
    package init?(path: String) {
        // FileManager takes 20 µs for a file, because it looks up names of owners; a large folder is looked at each second.
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        size = Int(status.st_size)
        serial = UInt64(status.st_ino)
        isFolder = status.st_mode & S_IFMT == S_IFDIR
    }

    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }

    /// The stamp in one word.
    package var text: String { "\(modified)-\(changed)-\(size)-\(serial)" }
}
