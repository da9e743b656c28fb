// SPDX-License-Identifier: Apache-2.0
import Basics

/// Decodes encoded words in header text (RFC 2047).
package enum EncodedWords {
    /// A word that waits for the next one: words of one set that follow each other are decoded together.
    private struct Pending {
        var charset: ArraySlice<UInt8>
        var octets: [UInt8]
    }

    /// The text of a value.
    ///
    /// Line breaks of folds are dropped. Takes what is met in the wild: a word beside other text or in a quoted string, and a character that is split over two
    /// words. Raw octets above 127 are read as UTF-8, else as windows-1252. A word in an unknown character set stays as it is.
    package static func decode(_ value: ArraySlice<UInt8>) -> String {
        let mark = UInt8(ascii: "=")
        var value = value
        if value.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            value = value.filter { $0 != 0x0A && $0 != 0x0D }[...]
        }
        guard value.contains(mark) else { return Charset.guess(value) }
        var text = ""
        var pending: Pending?
        // Where the text begins that is not written yet; after a word, blanks alone are not written.
        var (literal, position) = (value.startIndex, value.startIndex)
        while let start = value[position...].firstIndex(of: mark) {
            guard let word = Word(value[start...]) else {
                position = start + 1
                continue
            }
            let gap = value[literal..<start]
            if pending == nil || !gap.allSatisfy(\.isBlank) {
                flush(&pending, to: &text)
                text += Charset.guess(gap)
            }
            if pending != nil, pending?.charset.elementsEqual(word.charset) == false { flush(&pending, to: &text) }
            if pending == nil { pending = Pending(charset: word.charset, octets: []) }
            pending?.octets += word.octets
            (literal, position) = (word.end, word.end)
        }
        flush(&pending, to: &text)
        text += Charset.guess(value[literal...])
        return text
    }

    private static func flush(_ pending: inout Pending?, to text: inout String) {
        guard let word = pending else { return }
        text += Charset(named: word.charset)?.decode(word.octets[...]) ?? ""
        pending = nil
    }

    /// `=?charset?B?text?=` at the start of a text.
    private struct Word {
        let charset: ArraySlice<UInt8>
        let octets: [UInt8]
        /// The position after the word.
        let end: Int

        init?(_ text: ArraySlice<UInt8>) {
            let question = UInt8(ascii: "?")
            let start = text.startIndex
            guard text.count > 6, text[start + 1] == question else { return nil }
            guard let second = text[(start + 2)...].prefix(48).firstIndex(of: question), second + 2 < text.endIndex,
                text[second + 2] == question
            else { return nil }
            charset = text[(start + 2)..<second]
            // The text of a word has no question mark, so that the search for its end is short.
            guard let third = text[(second + 3)...].firstIndex(of: question), third + 1 < text.endIndex,
                text[third + 1] == UInt8(ascii: "="), Charset(named: charset) != nil, !charset.isEmpty
            else { return nil }
            let content = text[(second + 3)..<third]
            switch text[second + 1].asciiLowercased {
            case UInt8(ascii: "b"): octets = TransferDecoding.base64(content)
            case UInt8(ascii: "q"): octets = TransferDecoding.q(content)
            default: return nil
            }
            end = third + 2
        }
    }
}
