// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Glibc

/// Replaces a file atomically: writes and syncs a new file beside it, then renames it.
package enum AtomicFile {
    /// Replaces a file, readable by its owner only; returns a description of the error, or nil.
    package static func write(_ content: [UInt8], to path: String) -> String? {
        let target = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        let temporary = "\(target).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
        let rights: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: rights),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { return "no file can be made beside it" }
        do {
            keepOwner(of: target, for: temporary)
            try handle.write(contentsOf: Data(content))
            try handle.synchronize()
            try handle.close()
        } catch {
            discard(temporary)
            return "the disk may be full"
        }
        guard unsafe rename(temporary, target) == 0 else {
            discard(temporary)
            return "it cannot be replaced"
        }
        syncFolder(of: target)
        return nil
    }

    /// A file that root writes remains readable for its owner.
    private static func keepOwner(of path: String, for temporary: String) {
        // A new file has no owner to keep, and only root may change an owner.
        guard let old = try? FileManager.default.attributesOfItem(atPath: path) else { return }
        let owner = old.filter { $0.key == .ownerAccountID || $0.key == .groupOwnerAccountID }
        try? FileManager.default.setAttributes(owner, ofItemAtPath: temporary)
    }

    /// The rename is on disk once its folder is.
    private static func syncFolder(of path: String) {
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        // A file system that cannot sync a folder is durable in another way.
        guard let handle = FileHandle(forReadingAtPath: folder) else { return }
        _ = fsync(handle.fileDescriptor)
    }

    private static func discard(_ path: String) {
        // A leftover is harmless, and its name shows what it is.
        try? FileManager.default.removeItem(atPath: path)
    }
}
