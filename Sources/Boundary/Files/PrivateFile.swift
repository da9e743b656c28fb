// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Creates files that only their owner may read.
package enum PrivateFile {
    /// Creates an empty file with mode 0600, whatever the umask; false when it exists already or cannot be created.
    ///
    /// The file never has another mode, not even briefly.
    package static func make(_ path: String) -> Bool {
        let file = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        _ = Glibc.close(file)
        return true
    }

    /// Removes the permissions of others from a file that an earlier version created with them; a failure changes
    /// nothing.
    package static func close(toOthers path: String) {
        guard let state = FileState(of: path), state.mode & 0o077 != 0 else { return }
        _ = unsafe chmod(path, 0o600)
    }
}
