// SPDX-License-Identifier: Apache-2.0
import Basics

/// Searches that every parser of mail needs; each looks at an octet a bounded number of times.
extension Span<UInt8> {
    /// The octets that are looked at together, so that the compiler can use vector instructions.
    private static var block: Int { 32 }

    /// The first position of `byte` in `start..<end`, or `end`.
    func position(of byte: UInt8, from start: Int, to end: Int) -> Int {
        var position = start
        while position + Self.block <= end {
            let part = extracting(position..<(position + Self.block))
            var difference: UInt8 = 0
            // 1 where the octets are equal.
            for index in part.indices { difference |= part[index] == byte ? 1 : 0 }
            if difference != 0 { break }
            position += Self.block
        }
        while position < end, self[position] != byte { position += 1 }
        return position
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

    /// A blank or an octet of a line break, which in a folded value is none.
    var isFoldingBlank: Bool { isBlank || self == 0x0D || self == 0x0A }
}

extension ArraySlice<UInt8> {
    /// Without blanks and line breaks at the ends.
    var trimmed: ArraySlice<UInt8> {
        guard let first = firstIndex(where: { !$0.isFoldingBlank }), let last = lastIndex(where: { !$0.isFoldingBlank })
        else { return self[endIndex..<endIndex] }
        return self[first...last]
    }

    /// The octets as text in lower case; nil unless all are ASCII.
    var asciiLowercased: String? {
        guard allSatisfy({ $0 < 0x80 }) else { return nil }
        return String(decoding: map(\.asciiLowercased), as: UTF8.self)
    }
}
