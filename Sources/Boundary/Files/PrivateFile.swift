// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Makes files that their owner alone may read.
package enum PrivateFile {
    /// Makes an empty file with mode 0600, whatever the umask; false when there is one already or none can be made.
    ///
    /// The file never has another mode, not even for a moment.
    package static func make(_ path: String) -> Bool {
        let file = unsafe open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        _ = Glibc.close(file)
        return true
    }

    /// Takes a file of this user from others that an earlier version left open to them; a failure changes nothing.
    package static func close(toOthers path: String) {
        guard let state = FileState(of: path), state.mode & 0o077 != 0 else { return }
        _ = unsafe chmod(path, 0o600)
    }
}
