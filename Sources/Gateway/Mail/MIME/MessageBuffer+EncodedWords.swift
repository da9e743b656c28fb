// SPDX-License-Identifier: Apache-2.0
import Basics

/// Text in header fields: unencoded where possible, else as encoded words (RFC 2047).
extension MessageBuffer {
    /// The longest word that is written unencoded; RFC 5322 allows a line of 998 octets.
    private static let longestWord = 900
    /// The longest run of blanks that is written unencoded, so that a fold always leaves room for an encoded word
    /// after it.
    private static let longestGap = 40
    private static let overhead = "=?utf-8?Q??=".utf8.count

    /// Appends an unstructured value such as a subject.
    ///
    /// Only the words that need it, and those between them, are encoded. Control characters, which a checked text
    /// does not contain, become blanks.
    mutating func appendText(_ text: String) {
        var value = Array(text.utf8)
        if Self.isPlain(value) {
            appendFolding(value[...])
            return
        }
        for position in value.indices where value[position] < 0x20 || value[position] == 0x7F { value[position] = 0x20 }
        guard let span = Self.encodedSpan(of: value) else {
            appendFolding(value[...])
            return
        }
        let head = value[..<span.lowerBound]
        let gap = head.lastIndex { $0 != 0x20 }.map { $0 + 1 } ?? head.startIndex
        appendFolding(head[..<gap])
        appendEncoded(value[span], after: head[gap...])
        appendFolding(value[span.upperBound...])
    }

    /// Appends the whole text as encoded words, after the given blanks or a fold; no word splits a character.
    ///
    /// The character set is the restricted one of display names, which is valid everywhere (RFC 2047 section 5).
    mutating func appendEncoded(_ text: ArraySlice<UInt8>, after blanks: ArraySlice<UInt8>) {
        let usesQ = Self.usesQ(text)
        var (position, gap) = (text.startIndex, blanks)
        while position < text.endIndex {
            // The longest character takes 12 octets in Q.
            if Self.lineLimit - column - gap.count < Self.overhead + 12 {
                newLine()
                if gap.isEmpty { gap = [0x20] }
            }
            bytes.append(contentsOf: gap)
            let room = min(75, Self.lineLimit - column) - Self.overhead
            let end = Self.end(of: text[position...], fitting: room, usesQ: usesQ)
            bytes.append(contentsOf: (usesQ ? "=?utf-8?Q?" : "=?utf-8?B?").utf8)
            if usesQ { appendQ(text[position..<end]) } else { Base64.append(text[position..<end], to: &bytes) }
            bytes.append(contentsOf: "?=".utf8)
            (position, gap) = (end, [0x20])
        }
    }

    /// The width in octets of the text as one encoded word.
    static func encodedWidth(of text: ArraySlice<UInt8>) -> Int {
        overhead + (usesQ(text) ? text.count + 2 * needy(text) : (text.count + 2) / 3 * 4)
    }

    /// Q where fewer than a third of the octets need an escape, so that most of the text remains readable.
    private static func usesQ(_ text: ArraySlice<UInt8>) -> Bool { needy(text) * 3 < text.count }

    private static func needy(_ text: ArraySlice<UInt8>) -> Int {
        text.count { !$0.isEncodedWordSafe && $0 != 0x20 }
    }

    private mutating func appendQ(_ text: ArraySlice<UInt8>) {
        for byte in text {
            if byte == 0x20 {
                bytes.append(UInt8(ascii: "_"))
            } else if byte.isEncodedWordSafe {
                bytes.append(byte)
            } else {
                appendHex(byte, after: UInt8(ascii: "="))
            }
        }
    }

    /// Appends the octet as `sign` and two upper-case hexadecimal digits.
    mutating func appendHex(_ byte: UInt8, after sign: UInt8) {
        bytes.append(sign)
        bytes.append((byte >> 4).hexDigit)
        bytes.append((byte & 15).hexDigit)
    }

    /// The end of the longest part of the text that fits into `room` octets, always after a whole character.
    private static func end(of text: ArraySlice<UInt8>, fitting room: Int, usesQ: Bool) -> Int {
        if !usesQ {
            let limit = text.startIndex + room / 4 * 3
            return limit >= text.endIndex ? text.endIndex : text.characterStart(at: limit)
        }
        var (position, used) = (text.startIndex, 0)
        while position < text.endIndex {
            used += text[position].isEncodedWordSafe || text[position] == 0x20 ? 1 : 3
            if used > room { return text.characterStart(at: position) }
            position += 1
        }
        return position
    }

    private static func isPlain(_ text: [UInt8]) -> Bool {
        guard text.count <= lineLimit else { return false }
        var previous = UInt8(0)
        for byte in text {
            if byte < 0x20 || byte > 0x7E { return false }
            if byte == UInt8(ascii: "?"), previous == UInt8(ascii: "=") { return false }
            previous = byte
        }
        return text.first != 0x20 && text.last != 0x20
    }

    /// From the start of the first word that must be encoded to the end of the last; nil when none must.
    private static func encodedSpan(of text: [UInt8]) -> Range<Int>? {
        var span: Range<Int>?
        var (position, longestBlanks) = (text.startIndex, 0)
        while position < text.endIndex {
            let word = text[position...].firstIndex { $0 != 0x20 } ?? text.endIndex
            if word > text.startIndex, word < text.endIndex {
                longestBlanks = max(longestBlanks, word - position)
            }
            let end = text[word...].firstIndex(of: 0x20) ?? text.endIndex
            if mustEncode(text[word..<end]) { span = (span?.lowerBound ?? word)..<end }
            position = end
        }
        guard longestBlanks > longestGap else { return span }
        guard let first = text.firstIndex(where: { $0 != 0x20 }), let last = text.lastIndex(where: { $0 != 0x20 })
        else { return nil }
        return first..<(last + 1)
    }

    private static func mustEncode(_ word: ArraySlice<UInt8>) -> Bool {
        // Receivers would decode a literal `=?`.
        word.count > longestWord || word.contains { $0 >= 0x7F } || word.hasEncodedWordMark
    }
}

extension ArraySlice<UInt8> {
    /// True when receivers might take part of the text for an encoded word.
    var hasEncodedWordMark: Bool {
        indices.dropFirst().contains { self[$0] == UInt8(ascii: "?") && self[$0 - 1] == UInt8(ascii: "=") }
    }

    /// The start of the UTF-8 character that the position lies in.
    fileprivate func characterStart(at position: Int) -> Int {
        var position = position
        while position > startIndex, self[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }
}

extension UInt8 {
    /// The octets that Q leaves unescaped in a display name (RFC 2047 section 5, rule 3).
    fileprivate var isEncodedWordSafe: Bool {
        isASCIIAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "!") || self == UInt8(ascii: "*")
            || self == UInt8(ascii: "+") || self == UInt8(ascii: "/")
    }
}
