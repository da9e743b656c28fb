// SPDX-License-Identifier: Apache-2.0

/// The bytes of a message as they grow, with what is needed to fold header fields (RFC 5322 section 2.2.3).
///
/// Whatever is appended, a field is one field: nothing but the methods here writes a CR or an LF.
struct MessageBuffer {
    /// The octets of a header line that folding aims at.
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

    /// A field whose value is known to be short and plain.
    mutating func field(_ name: String, _ value: String) {
        beginField(name)
        bytes.append(contentsOf: value.utf8)
        newLine()
    }

    /// The visible ASCII of an identifier that stands in angle brackets, as far as it fits on a line.
    ///
    /// Identifiers are checked long before; this only makes sure that none of them breaks a header.
    mutating func appendVisible(_ text: String) {
        for byte in text.utf8.prefix(900) where byte > 0x20 && byte < 0x7F && byte != 0x3C && byte != 0x3E {
            bytes.append(byte)
        }
    }

    /// A blank, or a fold when a word of so many octets would cross the limit behind the blank.
    mutating func blankOrFold(before width: Int) {
        if column + 1 + width > Self.lineLimit { newLine() }
        bytes.append(UInt8(ascii: " "))
    }

    /// Printable ASCII, folded at its blanks; blanks at its end are left out.
    ///
    /// Blanks at its start are kept, unless it starts the field.
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
