// SPDX-License-Identifier: Apache-2.0
internal import Foundation
package import Gateway
package import JSON
internal import Templates

/// Reads files of tokens and clients, and says in one line what is wrong with one.
package struct TokenFile: Sendable {
    /// No token file is as large as this.
    private static let largest = 1 << 20

    package let path: String
    private let parse: @Sendable ([UInt8]) throws -> JSON

    package init(_ path: String, parse: @escaping @Sendable ([UInt8]) throws -> JSON) {
        self.path = path
        self.parse = parse
    }

    /// The token in it; of a file that holds several, the one of `owner`.
    package func token(of owner: TokenOwner? = nil) throws(TokenFileFault) -> OAuthToken {
        let json = try json()
        do throws(TokenFormFault) {
            if let store = CredentialStore(json, parse: parse) { return try store.token(of: owner) }
            return try OAuthToken(json)
        } catch {
            throw fault(error.description)
        }
    }

    /// The content of the file with `token` in it; what it holds of others stays.
    ///
    /// A file that is not there or cannot be read is replaced whole.
    package func content(with token: OAuthToken, of owner: TokenOwner) throws(TokenFileFault) -> [UInt8] {
        let old = try? json()
        do throws(TokenFormFault) {
            let store = old.flatMap { CredentialStore($0, parse: parse) }
            let new = try store?.replacing(token, of: owner) ?? token.json
            return Array((new.text(pretty: true) + "\n").utf8)
        } catch {
            throw fault(error.description)
        }
    }

    /// The OAuth client in it, completed from its service where the file says too little.
    package func client(for service: OAuthService?) throws(TokenFileFault) -> OAuthClient {
        let json = try json()
        do throws(TokenFormFault) { return try OAuthClient(json, for: service) } catch {
            throw fault(error.description)
        }
    }

    package func json() throws(TokenFileFault) -> JSON {
        let bytes = try bytes()
        guard !bytes.isEmpty else { throw fault("it is empty; write it again, or run `posthaste tokens authorize`") }
        // Java's serialised objects begin so.
        guard !bytes.starts(with: [0xAC, 0xED]) else {
            throw fault("it is in Java's own form, which only Java reads; export the refresh token as JSON")
        }
        let text: [UInt8]
        do throws(EditedTextFault) {
            text = try EditedText.bytes(bytes)
        } catch {
            throw fault("\(error.problem); \(error.remedy)")
        }
        do { return try parse(text) } catch { throw fault("it is no JSON, or not all of it is there (\(error))") }
    }

    private func bytes() throws(TokenFileFault) -> [UInt8] {
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            guard data.count <= Self.largest else { throw fault("it is larger than any token file") }
            return Array(data)
        } catch let fault as TokenFileFault {
            throw fault
        } catch {
            let exists = FileManager.default.fileExists(atPath: path)
            throw fault(exists ? "it cannot be read; check its rights" : "there is no such file")
        }
    }

    private func fault(_ words: String) -> TokenFileFault { TokenFileFault(path: path, words: words) }

    /// What an operator should know of the file although it can be used.
    var warnings: [String] {
        var warnings: [String] = []
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)  // A missing file is told elsewhere.
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
        // A file that is not there was never written.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let date = attributes?[.modificationDate] as? Date
        return date.map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1000)) }
    }

    /// The stamp of the file, which changes with it; nil when there is none.
    var mark: String? { FileStamp(path: path)?.text }
}

/// What is wrong with a file: its name, and the rest of the sentence.
package struct TokenFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let words: String

    package var description: String { "\(path): \(words)" }
}
