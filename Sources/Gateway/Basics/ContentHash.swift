// SPDX-License-Identifier: Apache-2.0
package import Crypto

/// The SHA-256 of a content, in lower-case hexadecimal.
public struct ContentHash: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(hexadecimal: String) {
        description = hexadecimal
    }
}

extension ContentHash {
    /// Hashes a content.
    package init(of content: [UInt8]) {
        self.init(SHA256.hash(data: content))
    }

    /// The 32 bytes of the SHA-256 of a content.
    package static func bytes(of content: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: content)) }

    /// Takes a digest that was computed incrementally.
    package init(_ digest: SHA256.Digest) {
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
