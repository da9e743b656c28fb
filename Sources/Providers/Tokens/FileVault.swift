// SPDX-License-Identifier: Apache-2.0
import Basics
package import Delivery
internal import Foundation
internal import Glibc
package import JSON
package import OAuth
internal import Synchronization
import Text

/// Replaces a file atomically and durably, readable by its owner only; returns the error, nil on success.
package typealias FileWriting = @Sendable (_ content: [UInt8], _ path: String) -> String?

/// A token stored in a file, in the format of Google's libraries and others.
package final class FileVault: TokenVault {
    private let file: TokenFile
    /// The owner of the token in a file that holds several; evaluated anew because the client file may be corrected meanwhile.
    private let owner: @Sendable () -> TokenOwner
    private let write: FileWriting
    /// Held while this process renews the token.
    private let lockFile = Mutex<FileHandle?>(nil)

    package init(_ file: TokenFile, owner: @escaping @Sendable () -> TokenOwner, write: @escaping FileWriting) {
        self.file = file
        self.owner = owner
        self.write = write
    }

    package var mark: String? { file.mark }

    package func load() async throws(DeliveryError) -> StoredToken? {
        let mark = file.mark
        do throws(TokenError) {
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
        do throws(TokenError) { content = try file.content(with: token, of: owner()) } catch {
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

    /// Locks `FILE.lock` (kernel lock); in a folder that is not writable there is no lock, and nothing to share either.
    package func lock() async -> Bool {
        let name = file.path + ".lock"
        // The file may exist; only a failure to open it counts.
        if (try? Data().write(to: URL(filePath: name), options: .withoutOverwriting)) != nil {
            // Other users could hold the lock of a file that they can open.
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
            // Closing releases the lock; a failed close loses nothing.
            try? handle?.close()
            handle = nil
        }
    }
}

/// Reads token files and client files, and reports a fault in one line.
package struct TokenFile: Sendable {
    /// The maximum size of a token file, in bytes.
    private static let largest = 1 << 20

    package let path: String
    private let parse: @Sendable ([UInt8]) throws -> JSON

    package init(_ path: String, parse: @escaping @Sendable ([UInt8]) throws -> JSON) {
        self.path = path
        self.parse = parse
    }

    /// The token in the file; with several tokens, the one of `owner`.
    package func token(of owner: TokenOwner? = nil) throws(TokenError) -> OAuthToken {
        let json = try json()
        do throws(TokenError) {
            if let store = CredentialStore(json, parse: parse) { return try store.token(of: owner) }
            return try OAuthToken(json)
        } catch {
            throw fault(error.description)
        }
    }

    /// The content of the file with `token` in it; tokens of other owners remain.
    ///
    /// A missing or unreadable file is replaced as a whole.
    package func content(with token: OAuthToken, of owner: TokenOwner) throws(TokenError) -> [UInt8] {
        let old = try? json()
        do throws(TokenError) {
            let store = old.flatMap { CredentialStore($0, parse: parse) }
            let new = try store?.replacing(token, of: owner) ?? token.json
            return Array((new.text(pretty: true) + "\n").utf8)
        } catch {
            throw fault(error.description)
        }
    }

    /// Throws when the file cannot take a new token of `owner`; a missing file can.
    package func check(for owner: TokenOwner) throws(TokenError) {
        // An unreadable file is replaced as a whole.
        guard let json = try? json(), let store = CredentialStore(json, parse: parse) else { return }
        do throws(TokenError) { try store.check(for: owner) } catch { throw fault(error.description) }
    }

    /// The OAuth client in the file, completed from its service where values are missing.
    package func client(for service: OAuthService?) throws(TokenError) -> OAuthClient {
        let json = try json()
        do throws(TokenError) { return try OAuthClient(json, for: service) } catch {
            throw fault(error.description)
        }
    }

    package func json() throws(TokenError) -> JSON {
        let bytes = try bytes()
        guard !bytes.isEmpty else { throw fault("it is empty; write it again, or run `posthaste tokens authorize`") }
        // Serialized Java objects begin with these bytes.
        guard !bytes.starts(with: [0xAC, 0xED]) else {
            throw fault("it is in Java's own form, which only Java reads; export the refresh token as JSON")
        }
        let text: [UInt8]
        do throws(TextError) {
            text = try EditedText.bytes(bytes)
        } catch {
            throw fault("\(error.problem); \(error.remedy)")
        }
        do { return try parse(text) } catch { throw fault("it is no JSON, or not all of it is there (\(error))") }
    }

    private func bytes() throws(TokenError) -> [UInt8] {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= Self.largest else { throw fault("it is larger than any token file") }
            return Array(data)
        } catch let fault as TokenError {
            throw fault
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw fault(exists ? "it cannot be read; check its rights" : "there is no such file")
        }
    }

    private func fault(_ words: String) -> TokenError { TokenError("\(path): \(words)") }

    /// Warnings about a usable file.
    var warnings: [String] {
        var warnings: [String] = []
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)  // A missing file has its own fault.
        if let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 {
            warnings.append("\(path) can be read by others on this machine: run `chmod 600 \(path)`")
        }
        let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        if attributes != nil,
            !FileManager.default.isWritableFile(atPath: folder) || !FileManager.default.isWritableFile(atPath: path)
        {
            warnings.append("\(path) cannot be written: refreshed tokens do not outlive this process")
        }
        return warnings
    }

    var writtenAt: Timestamp? {
        // A missing file has no time.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let date = attributes?[.modificationDate] as? Date
        return date.map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) }
    }

    /// The stamp of the file, which changes with it; nil when it is missing.
    var mark: String? { FileStamp(path: path)?.text }
}
