// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Synchronization

/// The files of an open store, as they were when it was opened.
///
/// SQLite goes on writing to a file that was deleted or replaced, and all of that is lost when the process ends. So the names
/// are compared with the files that are open, at each commit: that costs a few microseconds.
final class StoreFiles: Sendable {
    private static let suffixes = ["", "-wal", "-shm"]

    private let path: String
    private let identities: [String: FileState.Identity]
    /// The size of the database file when it was last known to be whole.
    private let size: Mutex<Int>

    /// Takes the files at `path` for those that are open; nil when one of them is missing.
    ///
    /// Call this right after the opening, when the journal is there.
    init?(openedAt path: String) {
        var identities: [String: FileState.Identity] = [:]
        for suffix in Self.suffixes { identities[suffix] = FileState(of: path + suffix)?.identity }
        guard identities.count == Self.suffixes.count, let whole = FileState(of: path) else { return nil }
        self.path = path
        self.identities = identities
        size = Mutex(whole.size)
    }

    /// What happened to the files since the opening; nil when they are the same and no smaller.
    ///
    /// `wholeSize` asks SQLite for the size that the database has to it. It is asked when the file has shrunk, as it does after
    /// a `VACUUM`.
    func fault(wholeSize: () -> Int?) -> StoreFileFault? {
        var found = 0
        for suffix in Self.suffixes {
            guard let state = FileState(of: path + suffix) else { return .gone(path + suffix) }
            guard state.identity == identities[suffix] else { return .replaced(path + suffix) }
            if suffix.isEmpty { found = state.size }
        }
        return size.withLock { known in
            if found < known, let whole = wholeSize(), found < whole { return .truncated(path) }
            known = found
            return nil
        }
    }
}

/// What other programs did to the files of an open store.
package enum StoreFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    case gone(String)
    case replaced(String)
    case truncated(String)

    /// For `/readyz`, which anybody may read: without a path.
    package var summary: String {
        switch self {
        case .gone: "a file of the store was deleted or moved away while the gateway runs"
        case .replaced: "a file of the store was replaced while the gateway runs"
        case .truncated: "the file of the store was truncated while the gateway runs"
        }
    }

    /// For the operator: which file, and the way back.
    package var description: String {
        switch self {
        case .gone(let file):
            "\(file) was deleted or moved away while the gateway runs: move the same file back, or see \"The store's file\" in "
                + "docs/operating.md before you end the gateway"
        case .replaced(let file):
            "\(file) was replaced by another file while the gateway runs: move the first file back, or see \"The store's "
                + "file\" in docs/operating.md before you end the gateway"
        case .truncated(let file):
            "\(file) was truncated while the gateway runs: stop the gateway, and restore the file from a backup"
        }
    }

    var error: DatabaseError {
        DatabaseError(.unavailable, code: "STORE_FILE", detail: description)
    }
}
