// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto

/// Identifies a repeated request: its `Idempotency-Key`, and a digest of its content.
package struct IdempotencyKey: Sendable, Hashable {
    package let key: String
    /// SHA-256 of path and body.
    package let digest: ContentHash

    /// Throws a problem for a key that is not 1 to 255 printable ASCII characters.
    package init(_ key: String, path: String, body: [UInt8]) throws(Problem) {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw .badReplayKey
        }
        self.key = key
        var hash = SHA256()
        hash.update(data: Array(path.utf8) + [0])
        hash.update(data: body)
        digest = ContentHash(hash.finalize())
    }
}
