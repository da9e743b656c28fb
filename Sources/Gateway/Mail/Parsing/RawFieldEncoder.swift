// SPDX-License-Identifier: Apache-2.0

/// Writes header fields again that have raw octets above 127 in them, or lines that are too long.
enum RawFieldEncoder {
    /// The longest line without its line break (RFC 5322 section 2.1.1).
    static let lineLimit = 998

    /// True for a field that cannot be passed on as it is.
    static func needsWork(_ bytes: borrowing Span<UInt8>, _ field: ParsedField) -> Bool {
        bytes.hasHighOctet(in: field.range) || bytes.hasLine(longerThan: lineLimit, in: field.range)
    }

    /// The field in ASCII, in short lines, with its line break.
    ///
    /// Raw octets are read as UTF-8, else as windows-1252, and become encoded words (RFC 2047), an extended parameter (RFC 2231)
    /// or an A-label. A local part that is not ASCII stays as it is, because it has no other form (RFC 6532). From and Sender
    /// are written from their one mailbox, so that no part of them can be read in another way.
    static func encoded(_ bytes: [UInt8], _ field: ParsedField) -> [UInt8] {
        let name = bytes.name(of: field)
        let value = bytes.value(of: field)
        if isSender(name), let mailbox = AddressList(value[...]).single {
            return self.field(name, mailbox)
        }
        var buffer = MessageBuffer(capacity: field.range.count * 2)
        buffer.beginField(name)
        let isHigh = value.contains { $0 >= 0x80 }
        // A word that leaves no place for a fold.
        let hasLongWord = value.split(whereSeparator: \.isBlank).contains { $0.count > longestValue }
        switch name.lowercased() {
        case _ where !isHigh && !hasLongWord: buffer.appendFolding(value[...])
        case "content-type", "content-disposition": appendParameters(value[...], to: &buffer)
        case let name where addressFields.contains(name): appendAddresses(value[...], to: &buffer)
        case let name where isHigh || isText(name): buffer.appendText(EncodedWords.decode(value[...]))
        default: buffer.appendFolding(value[...])
        }
        buffer.newLine()
        return buffer.bytes
    }

    /// True for a field (in lower case) that is free text, in which encoded words may be.
    private static func isText(_ name: String) -> Bool {
        ["subject", "comments", "content-description"].contains(name) || name.hasPrefix("x-")
    }

    /// True for a field whose mailbox decides who may send the message.
    static func isSender(_ name: String) -> Bool { ["from", "sender"].contains(name.lowercased()) }

    private static func field(_ name: String, _ mailbox: Mailbox) -> [UInt8] {
        var buffer = MessageBuffer(capacity: 200)
        buffer.field(name, CollectionOfOne(mailbox))
        return buffer.bytes
    }

    private static let addressFields: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-to", "resent-cc",
        "resent-bcc", "disposition-notification-to", "return-receipt-to", "errors-to", "apparently-to",
    ]

    /// The longest name of a parameter that is kept: no known one is longer, and the name takes its place on each line.
    private static let longestName = 40
    /// The longest value that is written in one piece.
    private static let longestValue = 900

    /// A type or a disposition with its parameters: those in ASCII in quotes, the others extended.
    private static func appendParameters(_ value: ArraySlice<UInt8>, to buffer: inout MessageBuffer) {
        let (head, parameters) = FieldParameters.parse(value)
        buffer.bytes += head.filter { $0 >= 0x20 && $0 < 0x7F }
        for name in parameters.names where name.utf8.count <= longestName && name.utf8.allSatisfy({ $0.isAtomText }) {
            append(name, of: parameters, to: &buffer)
        }
    }

    private static func append(_ name: String, of parameters: FieldParameters, to buffer: inout MessageBuffer) {
        let isFileName = name == "name" || name == "filename"
        // The delimiters in the body have these octets.
        if !isFileName, let octets = parameters.plainOctets(name), name == "boundary" || isPlain(octets) {
            buffer.appendQuotedParameter(name, octets)
            return
        }
        guard let text = parameters[name] else { return }
        if isPlain(text.utf8) {
            buffer.appendQuotedParameter(name, text)
        } else {
            buffer.appendExtendedParameter(name, HeaderText.cleaned(text))
        }
    }

    private static func isPlain(_ text: some Collection<UInt8>) -> Bool {
        text.count <= longestValue && text.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// Pieces in ASCII stay as they are.
    private static func appendAddresses(_ value: ArraySlice<UInt8>, to buffer: inout MessageBuffer) {
        let pieces = AddressList(value).pieces
        for (position, piece) in pieces.enumerated() {
            let text = value[piece.range].trimmed
            if !text.isEmpty {
                let isASCII = text.allSatisfy { $0 < 0x80 }
                let written = isASCII ? Array(text) : encoded(text, piece.entry)
                if buffer.bytes.last != 0x20 { buffer.blankOrFold(before: min(written.count, 60)) }
                if isASCII, written.count > longestValue {
                    buffer.appendFolding(written[...])
                } else {
                    buffer.appendLines(written)
                }
            }
            let isLast = position == pieces.count - 1
            if let separator = piece.separator ?? (isLast ? nil : UInt8(ascii: ",")) { buffer.append(separator) }
        }
    }

    /// A piece: its address as the writer of messages writes it, else its text as encoded words.
    private static func encoded(_ text: ArraySlice<UInt8>, _ entry: AddressList.Entry?) -> [UInt8] {
        if case .mailbox(let mailbox)? = entry { return Array(field("To", mailbox).dropFirst(4).dropLast(2)) }
        var buffer = MessageBuffer(capacity: text.count * 2)
        let name = AddressList.displayName(text.filter { $0 != UInt8(ascii: "\"") }) ?? ""
        buffer.appendEncoded(Array(name.utf8)[...], after: [])
        return buffer.bytes
    }
}

extension MessageBuffer {
    /// Appends text with folds in it, and notes where its last line begins.
    fileprivate mutating func appendLines(_ text: [UInt8]) {
        bytes += text
        if let lineFeed = text.lastIndex(of: 0x0A) { lineStart = bytes.count - (text.count - lineFeed - 1) }
    }
}

extension Span<UInt8> {
    func hasHighOctet(in range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let part = extracting(position..<Swift.min(position + 4096, range.upperBound))
            var all: UInt8 = 0
            for index in part.indices { all |= part[index] }
            if all >= 0x80 { return true }
            position += part.count
        }
        return false
    }

    /// True when a line of the range has more than `limit` octets without its line break.
    func hasLine(longerThan limit: Int, in range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start + limit < range.upperBound {
            let lineFeed = position(of: 0x0A, from: start, to: range.upperBound)
            let hasReturn = lineFeed < range.upperBound && lineFeed > start && self[lineFeed - 1] == 0x0D
            if lineFeed - start - (hasReturn ? 1 : 0) > limit { return true }
            start = lineFeed + 1
        }
        return false
    }
}
