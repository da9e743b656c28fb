// SPDX-License-Identifier: Apache-2.0
import Crypto

/// What tells that a request was made before: its `Idempotency-Key`, and a digest of what was asked.
package struct ReplayKey: Sendable, Hashable {
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

extension ContentHash {
    /// The hash of some content.
    package init(of content: [UInt8]) {
        self.init(SHA256.hash(data: content))
    }

    init(_ digest: SHA256.Digest) {
        var text: [UInt8] = []
        text.reserveCapacity(2 * SHA256.byteCount)
        for byte in digest {
            text.append(Self.digit(byte >> 4))
            text.append(Self.digit(byte & 15))
        }
        self.init(hexadecimal: String(decoding: text, as: UTF8.self))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
