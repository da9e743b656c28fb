// SPDX-License-Identifier: Apache-2.0
import Basics

/// A growing message, with support for folding header fields (RFC 5322 section 2.2.3).
///
/// Whatever is appended, a field stays one field: only the methods here write a CR or an LF.
struct MessageBuffer {
    /// The target length of a header line in octets.
    static let lineLimit = 76

    var bytes: [UInt8] = []
    /// Where the current line of a header field or of quoted-printable text begins.
    var lineStart = 0

    /// The octets on the current line.
    var column: Int { bytes.count - lineStart }

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(_ byte: UInt8) {
        bytes.append(byte)
    }

    /// Ends the line.
    mutating func newLine() {
        bytes.append(0x0D)
        bytes.append(0x0A)
        lineStart = bytes.count
    }

    mutating func beginField(_ name: String) {
        lineStart = bytes.count
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(UInt8(ascii: " "))
    }

    /// Appends a field whose value is known to be short and plain.
    mutating func field(_ name: String, _ value: String) {
        beginField(name)
        bytes.append(contentsOf: value.utf8)
        newLine()
    }

    /// Appends the visible ASCII of an identifier in angle brackets, as far as it fits on a line.
    ///
    /// Identifiers are checked earlier; this only ensures that none of them breaks a header.
    mutating func appendVisible(_ text: String) {
        for byte in text.utf8.prefix(900) where byte > 0x20 && byte < 0x7F && byte != 0x3C && byte != 0x3E {
            bytes.append(byte)
        }
    }

    /// Appends a blank, or a fold when a word of `width` octets would cross the limit after it.
    mutating func blankOrFold(before width: Int) {
        if column + 1 + width > Self.lineLimit { newLine() }
        bytes.append(UInt8(ascii: " "))
    }

    /// Appends printable ASCII, folded at its blanks; trailing blanks are dropped.
    ///
    /// Leading blanks are kept, except at the start of the field.
    mutating func appendFolding(_ text: ArraySlice<UInt8>) {
        if column + text.count <= Self.lineLimit, text.last != 0x20 {
            bytes.append(contentsOf: text)
            return
        }
        var position = text.startIndex
        while position < text.endIndex {
            let word = text[position...].firstIndex { $0 != 0x20 } ?? text.endIndex
            guard word < text.endIndex else { return }
            let end = text[word...].firstIndex(of: 0x20) ?? text.endIndex
            if word > position, column + end - position > Self.lineLimit { newLine() }
            bytes.append(contentsOf: text[position..<end])
            position = end
        }
    }
}

/// Addresses in header fields (RFC 5322 section 3.4).
extension MessageBuffer {
    /// Appends a field with a list of mailboxes; nothing when the list is empty.
    mutating func field(_ name: String, _ mailboxes: some Collection<Mailbox>) {
        guard !mailboxes.isEmpty else { return }
        beginField(name)
        var rest = mailboxes.count
        for mailbox in mailboxes {
            append(mailbox, isFirst: rest == mailboxes.count, isLast: rest == 1)
            rest -= 1
        }
        newLine()
    }

    private mutating func append(_ mailbox: Mailbox, isFirst: Bool, isLast: Bool) {
        let address = mailbox.address
        // Two angle brackets, the @ and a comma.
        let width = address.local.utf8.count + address.domain.utf8.count + 4
        if let name = mailbox.name {
            append(phrase: Array(name.utf8), isFirst: isFirst)
            blankOrFold(before: width)
            bytes.append(UInt8(ascii: "<"))
            append(address)
            bytes.append(UInt8(ascii: ">"))
        } else {
            if !isFirst { blankOrFold(before: width - 2) }
            append(address)
        }
        if !isLast { bytes.append(UInt8(ascii: ",")) }
    }

    /// A non-ASCII local part is written unencoded (RFC 6532); only a provider with SMTPUTF8 gets such a message.
    private mutating func append(_ address: EmailAddress) {
        bytes.append(contentsOf: address.local.utf8)
        bytes.append(UInt8(ascii: "@"))
        bytes.append(contentsOf: address.domain.utf8)
    }

    /// The longest word of a display name that is written unencoded; a line cannot be folded within it.
    private static let longestNameWord = 64

    /// Appends a display name: bare when it consists of atoms, quoted when it is ASCII, else as encoded words.
    private mutating func append(phrase: [UInt8], isFirst: Bool) {
        let isASCII = phrase.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
        let isFoldable = phrase.split(separator: 0x20).allSatisfy { $0.count <= Self.longestNameWord }
        if !isASCII || !isFoldable || phrase[...].hasEncodedWordMark {
            // A name in one encoded word survives readers that keep a blank between two.
            if !isFirst, column + 1 + Self.encodedWidth(of: phrase[...]) > Self.lineLimit { newLine() }
            appendEncoded(phrase[...], after: isFirst ? [] : [0x20])
            return
        }
        // Receivers collapse several blanks between atoms into one.
        let isAtoms = phrase.split(separator: 0x20, omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isAtomText) }
        let written = isAtoms ? phrase : Self.quoted(phrase)
        if !isFirst {
            blankOrFold(before: (written.firstIndex(of: 0x20) ?? written.count))
        }
        appendFolding(written[...])
    }

    /// A quoted string (RFC 5322 section 3.2.4).
    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { quoted.append(UInt8(ascii: "\\")) }
            quoted.append(byte)
        }
        quoted.append(UInt8(ascii: "\""))
        return quoted
    }
}

/// Bodies in their transfer encodings.
extension MessageBuffer {
    /// Appends the fields and the body of a text; the line after it is begun.
    mutating func append(_ part: TextPart) {
        append("Content-Type: text/")
        append(part.subtype)
        append("; charset=utf-8\r\nContent-Transfer-Encoding: ")
        append(part.encoding.rawValue)
        append("\r\n\r\n")
        switch part.encoding {
        case .sevenBit: appendLines(of: part.text)
        case .quotedPrintable: appendQuotedPrintable(part)
        case .base64: Base64.appendLines(part.normalized, to: &bytes)
        }
    }

    private mutating func appendLines(of text: [UInt8]) {
        var position = 0
        while position < text.count {
            let end = Self.lineEnd(in: text.span, from: position)
            bytes.append(contentsOf: text[position..<end])
            newLine()
            position = Self.lineStart(in: text, after: end)
        }
    }

    /// Lines of at most 76 octets (RFC 2045 section 6.7), and nothing at the start of a line that a relay may change.
    private mutating func appendQuotedPrintable(_ part: TextPart) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: part.sizeBound))
        let end = QuotedPrintable.encode(part.text.span, to: bytes.mutableSpan, at: start)
        bytes.removeLast(bytes.count - end)
        lineStart = end
    }

    private static func lineEnd(in text: borrowing Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
        return end
    }

    private static func lineStart(in text: [UInt8], after end: Int) -> Int {
        end + 1 < text.count && text[end] == 0x0D && text[end + 1] == 0x0A ? end + 2 : end + 1
    }
}
