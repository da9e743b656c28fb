// SPDX-License-Identifier: Apache-2.0
import Boundary
import FoundationEssentials
import SQL
import Synchronization

/// The files of an open store, as they were when it was opened.
///
/// SQLite keeps writing to a file that was deleted or replaced, and those writes are lost when the process ends. So
/// each commit compares the files at these paths with the open ones, which costs a few microseconds.
final class StoreFiles: Sendable {
    private static let suffixes = ["", "-wal", "-shm"]

    private let path: String
    private let identities: [String: FileState.Identity]
    /// The size of the database file when it was last known to be complete.
    private let size: Mutex<Int>

    /// Takes the files at `path` as the open ones; nil when one of them is missing.
    ///
    /// The caller calls this right after the opening, when the journal exists.
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
    /// `wholeSize` asks SQLite for the database's size. It is called when the file has shrunk, as it does after a
    /// `VACUUM`.
    func fault(wholeSize: () -> Int?) -> StoreFileFault? {
        var found = 0
        for suffix in Self.suffixes {
            guard let state = FileState(of: path + suffix) else { return .gone(path + suffix) }
            guard state.identity == identities[suffix] else { return .replaced(path + suffix) }
            if suffix.isEmpty { found = state.size }
        }
        return size.withLock { known in
            if found < known, let whole = wholeSize(), found < whole, !isRestInJournal(from: found, to: whole) {
                return .truncated(path)
            }
            known = found
            return nil
        }
    }

    /// True when the journal has everything that the file lacks: another process has committed pages and has not yet
    /// written them into the file.
    ///
    /// A checkpoint would not show it: it extends a truncated file to its old length, with a hole. The file itself is
    /// not read either, because closing it would release the locks that SQLite has on it.
    private func isRestInJournal(from found: Int, to whole: Int) -> Bool {
        // A journal that cannot be read counts as empty.
        guard let bytes = try? Data(contentsOf: URL(filePath: path + "-wal")) else { return false }
        let journal = StoreJournal([UInt8](bytes))
        guard let pageSize = journal.pageSize else { return false }
        // Page numbers start at 1.
        return (found / pageSize + 1...max(found / pageSize + 1, whole / pageSize)).allSatisfy(journal.pages.contains)
    }
}

/// The pages of the transactions in a write-ahead log (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
struct StoreJournal {
    /// Nil for a file that is not a journal.
    let pageSize: Int?
    private(set) var pages: Set<Int> = []

    private static let (headSize, frameHeadSize) = (32, 24)

    init(_ bytes: [UInt8]) {
        let number = { (offset: Int) in bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard bytes.count >= Self.headSize, number(0) & ~1 == 0x377F_0682, case let size = number(8), size >= 512 else {
            pageSize = nil
            return
        }
        pageSize = size
        var pending: [Int] = []
        var frame = Self.headSize
        while frame + Self.frameHeadSize + size <= bytes.count {
            // Frames of an earlier round of the journal have other salts.
            guard bytes[frame + 8..<frame + 16] == bytes[16..<24] else { break }
            pending.append(number(frame))
            // The last frame of a transaction contains the size of the database after it.
            if number(frame + 4) > 0 {
                pages.formUnion(pending)
                pending = []
            }
            frame += Self.frameHeadSize + size
        }
    }
}

/// Damage that other programs did to the files of an open store.
package enum StoreFileFault: Sendable, Hashable, CustomStringConvertible {
    case gone(String)
    case replaced(String)
    case truncated(String)

    /// For `/readyz`, which is public: without a path.
    package var summary: String {
        switch self {
        case .gone: "a file of the store was deleted or moved away while the gateway runs"
        case .replaced: "a file of the store was replaced while the gateway runs"
        case .truncated: "the file of the store was truncated while the gateway runs"
        }
    }

    /// For the operator: which file, and the remedy.
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
