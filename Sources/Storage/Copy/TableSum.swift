// SPDX-License-Identifier: Apache-2.0
import Basics
import SQL

/// The number of a table's rows, and a checksum that does not depend on their order or on the engine.
///
/// The sum of the rows' SHA-256 digests, in four words of 64 bits. It detects accidental differences; it does not
/// protect against tampering.
package struct TableSum: Sendable, Hashable {
    package private(set) var rows = 0
    /// Not `SIMD4`: a value aligned to 32 bytes in the frame of an asynchronous function corrupts the stack of its
    /// task in optimised builds (Swift 6.3).
    private var words: [UInt64] = [0, 0, 0, 0]

    mutating func add(_ row: SQLRow) {
        var bytes: [UInt8] = []
        for value in row.values { value.append(to: &bytes) }
        rows += 1
        for (word, digest) in Self.words(of: ContentHash(of: bytes)).enumerated() {
            words[word] &+= digest
        }
    }

    /// 64 hexadecimal digits.
    package var checksum: String {
        words.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func words(of hash: ContentHash) -> [UInt64] {
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, digit) in hash.description.utf8.enumerated() {
            let value = digit < UInt8(ascii: "a") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10
            words[index / 16] = words[index / 16] << 4 | UInt64(value)
        }
        return words
    }
}

extension SQLValue {
    /// A tag, and the length of values of variable length: no two rows have the same bytes.
    fileprivate func append(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(0)
        case .integer(let value): Self.append(1, UInt64(bitPattern: value), [], &bytes)
        case .real(let value): Self.append(2, value.bitPattern, [], &bytes)
        case .text(let value): Self.append(3, UInt64(value.utf8.count), value.utf8, &bytes)
        case .blob(let value): Self.append(4, UInt64(value.count), value, &bytes)
        }
    }

    private static func append(
        _ tag: UInt8,
        _ number: UInt64,
        _ content: some Collection<UInt8>,
        _ bytes: inout [UInt8]
    ) {
        bytes.append(tag)
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        bytes.append(contentsOf: content)
    }
}
