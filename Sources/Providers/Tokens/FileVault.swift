// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Gateway
internal import Glibc
internal import JSON
internal import Synchronization

/// Puts content in the place of a file at once, on disk, and readable by its owner alone; answers what is wrong, if anything is.
package typealias FileWriting = @Sendable (_ content: [UInt8], _ path: String) -> String?

/// A token kept in a file, as Google's libraries and others write it.
package final class FileVault: TokenVault {
    private let file: TokenFile
    /// Whose token is meant, should the file hold several; the client file may be corrected meanwhile.
    private let owner: @Sendable () -> TokenOwner
    private let write: FileWriting
    /// Held while this process renews.
    private let lockFile = Mutex<FileHandle?>(nil)

    package init(_ file: TokenFile, owner: @escaping @Sendable () -> TokenOwner, write: @escaping FileWriting) {
        self.file = file
        self.owner = owner
        self.write = write
    }

    package var mark: String? { file.mark }

    package func load() async throws(DeliveryError) -> StoredToken? {
        let mark = file.mark
        do throws(TokenFileFault) {
            let token = try file.token(of: owner())
            return StoredToken(
                token: token,
                revision: mark ?? "",
                grantedAt: token.grantedAt,
                writtenAt: file.writtenAt,
                warnings: file.warnings
            )
        } catch {
            if mark == nil { return nil }
            throw DeliveryError(
                .misconfigured,
                code: "oauth.token_file",
                detail: error.description,
                remedy: "mend the file, or run `posthaste tokens authorize`"
            )
        }
    }

    package func save(_ token: OAuthToken, replacing revision: String?) async throws(DeliveryError) -> String? {
        if let revision, let mark = file.mark, !revision.isEmpty, mark != revision { return nil }
        let content: [UInt8]
        do throws(TokenFileFault) { content = try file.content(with: token, of: owner()) } catch {
            throw DeliveryError(.transient, code: "oauth.token_file", detail: error.description)
        }
        guard let fault = write(content, file.path) else { return file.mark ?? "" }
        throw DeliveryError(
            .transient,
            code: "oauth.token_file",
            detail: "\(file.path) cannot be written: \(fault)",
            remedy:
                "make the file and its folder writable, or move the token into the database (`posthaste tokens import`)"
        )
    }

    /// The kernel's lock on `FILE.lock`; in a folder that cannot be written there is none, and nothing to be shared either.
    package func lock() async -> Bool {
        let name = file.path + ".lock"
        // It may be there already; only a failure to open it counts.
        if (try? Data().write(to: URL(filePath: name), options: .withoutOverwriting)) != nil {
            // Others could hold the lock of a file that they may open.
            try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: name)
        }
        guard let handle = FileHandle(forUpdatingAtPath: name) else { return true }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        lockFile.withLock { $0 = handle }
        return true
    }

    package func unlock() async {
        lockFile.withLock { handle in
            // The lock goes with the file; nothing is lost when closing fails.
            try? handle?.close()
            handle = nil
        }
    }
}
