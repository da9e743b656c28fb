// SPDX-License-Identifier: Apache-2.0
import Basics

/// Searches that every parser of mail needs; each looks at an octet a bounded number of times.
extension Span<UInt8> {
    /// The first position of `byte` in `start..<end`, or `end`.
    ///
    /// Looks at 32 octets at a time, as vector instructions do, and at 512 when the octet is not near.
    func position(of byte: UInt8, from start: Int, to end: Int) -> Int {
        var (position, size) = (start, 32)
        while position + size <= end {
            if size == 32 {
                if has(byte, position, 32) { break }
                position += 32
                if position - start >= 128 { size = 512 }
            } else {
                if has(byte, position, 512) { break }
                position += 512
            }
        }
        while position + 32 <= end, !has(byte, position, 32) { position += 32 }
        let rest = extracting(position..<end)
        var offset = 0
        while offset < rest.count, rest[offset] != byte { offset += 1 }
        return position + offset
    }

    /// True when `byte` is one of the octets; without a branch for each, so that the compiler can vectorize it.
    @inline(__always)
    private func has(_ byte: UInt8, _ start: Int, _ count: Int) -> Bool {
        let part = extracting(start..<(start + count))
        var found: UInt8 = 0
        // The top bit of (x - 1) & ~x is 1 only for 0.
        for index in 0..<part.count { found |= ((part[index] ^ byte) &- 1) & ~(part[index] ^ byte) }
        return found >= 0x80
    }

    /// True when the octets of the range are `text` in any case; `text` is in lower case.
    func isWord(_ range: Range<Int>, _ text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        var position = range.lowerBound
        for byte in text.utf8 {
            guard self[position].asciiLowercased == byte else { return false }
            position += 1
        }
        return true
    }

    /// True when `text` begins at the position, in this case.
    func has(_ text: String, at start: Int) -> Bool {
        guard start >= 0, start + text.utf8.count <= count else { return false }
        var position = start
        for byte in text.utf8 {
            guard self[position] == byte else { return false }
            position += 1
        }
        return true
    }
}

extension UInt8 {
    /// The octet in lower case when it is an ASCII letter.
    var asciiLowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }

    var isBlank: Bool { self == 0x20 || self == 0x09 }

    /// A blank or an octet of a line break, which in a folded value is not one.
    var isFoldingBlank: Bool { isBlank || self == 0x0D || self == 0x0A }
}

extension ArraySlice<UInt8> {
    /// Without blanks and line breaks at the ends.
    var trimmed: ArraySlice<UInt8> {
        guard let first = firstIndex(where: { !$0.isFoldingBlank }), let last = lastIndex(where: { !$0.isFoldingBlank })
        else { return self[endIndex..<endIndex] }
        return self[first...last]
    }

    /// True when the octets are `text` in any case; `text` is in lower case.
    func isWord(_ text: String) -> Bool { count == text.utf8.count && span.isWord(0..<count, text) }

    /// The octets as text in lower case; nil unless all are ASCII.
    var asciiLowercased: String? {
        guard allSatisfy({ $0 < 0x80 }) else { return nil }
        return String(decoding: map(\.asciiLowercased), as: UTF8.self)
    }
}
