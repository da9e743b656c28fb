// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The state of a file at one moment (stat(2)).
package struct FileState: Sendable, Hashable {
    /// Identifies the file at a path: another file under the same name has another identity.
    package struct Identity: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
    }

    package let identity: Identity
    package let size: Int
    /// The twelve bits of the mode, such as `0o640`.
    package let mode: UInt32
    /// The ids of the user and the group that own the file.
    package let owner: UInt32
    package let group: UInt32
    package let isFolder: Bool

    /// Reads the state of the file at `path`, following links; nil when there is none or stat fails.
    package init?(of path: String) {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { return nil }
        identity = Identity(device: UInt64(found.st_dev), inode: UInt64(found.st_ino))
        size = Int(found.st_size)
        mode = found.st_mode & 0o7777
        owner = found.st_uid
        group = found.st_gid
        isFolder = found.st_mode & S_IFMT == S_IFDIR
    }

    /// True when unrelated users may read or write the file.
    ///
    /// A file of root that a service's group may read counts as closed: administrators provide secrets to a service
    /// in this way.
    package var isOpenToOthers: Bool {
        let isForService = owner == 0 && group != 0
        return mode & (isForService ? 0o026 : 0o066) != 0
    }

    /// True when users other than the owner may change the file.
    package var isWritableByOthers: Bool { mode & 0o022 != 0 }
}
