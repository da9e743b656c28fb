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
    /// or an A-label. A local part that is not ASCII stays as it is, because it has no other form (RFC 6532).
    static func encoded(_ bytes: [UInt8], _ field: ParsedField) -> [UInt8] {
        let name = bytes.name(of: field)
        var buffer = MessageBuffer(capacity: field.range.count * 2)
        buffer.beginField(name)
        let value = bytes.value(of: field)
        if !value.contains(where: { $0 >= 0x80 }) {
            buffer.appendFolding(value[...])
        } else {
            switch name.lowercased() {
            case "content-type", "content-disposition": appendParameters(value[...], to: &buffer)
            case let name where addressFields.contains(name): appendAddresses(value[...], to: &buffer)
            default: buffer.appendText(EncodedWords.decode(value[...]))
            }
        }
        buffer.newLine()
        return buffer.bytes
    }

    private static let addressFields: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-to", "resent-cc",
        "resent-bcc", "disposition-notification-to", "return-receipt-to", "errors-to", "apparently-to",
    ]

    /// A type or a disposition with its parameters: those in ASCII in quotes, the others extended.
    private static func appendParameters(_ value: ArraySlice<UInt8>, to buffer: inout MessageBuffer) {
        let (head, parameters) = FieldParameters.parse(value)
        buffer.bytes += head.filter { $0 >= 0x20 && $0 < 0x7F }
        for name in parameters.names where name.utf8.allSatisfy({ $0.isAtomText }) {
            guard let text = parameters[name] else { continue }
            if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
                buffer.appendQuotedParameter(name, text)
            } else {
                buffer.appendExtendedParameter(name, HeaderText.cleaned(text))
            }
        }
    }

    /// Entries in ASCII stay as they are.
    private static func appendAddresses(_ value: ArraySlice<UInt8>, to buffer: inout MessageBuffer) {
        for (entry, separator) in entries(value) {
            let text = entry.trimmed
            if !text.isEmpty {
                let written =
                    text.contains { $0 >= 0x80 } ? encoded(text, isGroup: separator == UInt8(ascii: ":")) : Array(text)
                if buffer.bytes.last != 0x20 { buffer.blankOrFold(before: min(written.count, 60)) }
                buffer.appendLines(written)
            }
            if let separator { buffer.append(separator) }
        }
    }

    /// An entry: its address as the writer of messages writes it, else its text as encoded words.
    private static func encoded(_ text: ArraySlice<UInt8>, isGroup: Bool) -> [UInt8] {
        if !isGroup, let mailbox = AddressList(text).mailboxes.first {
            var buffer = MessageBuffer(capacity: text.count * 2)
            buffer.field("To", CollectionOfOne(mailbox))
            return Array(buffer.bytes.dropFirst(4).dropLast(2))
        }
        var buffer = MessageBuffer(capacity: text.count * 2)
        let name = AddressList.displayName(text.filter { $0 != UInt8(ascii: "\"") }) ?? ""
        buffer.appendEncoded(Array(name.utf8)[...], after: [])
        return buffer.bytes
    }

    /// The value cut after commas, semicolons and colons that are in no quotes, brackets or comments.
    private static func entries(_ value: ArraySlice<UInt8>) -> [(entry: ArraySlice<UInt8>, separator: UInt8?)] {
        var entries: [(ArraySlice<UInt8>, UInt8?)] = []
        var (start, position, depth, isQuoted, isAngle) = (value.startIndex, value.startIndex, 0, false, false)
        while position < value.endIndex {
            switch value[position] {
            case UInt8(ascii: "\\"): position += 1
            case UInt8(ascii: "\"") where depth == 0: isQuoted.toggle()
            case UInt8(ascii: "(") where !isQuoted: depth += 1
            case UInt8(ascii: ")") where !isQuoted: depth = max(0, depth - 1)
            case UInt8(ascii: "<") where !isQuoted && depth == 0: isAngle = true
            case UInt8(ascii: ">") where !isQuoted && depth == 0: isAngle = false
            case let byte where !isQuoted && depth == 0 && !isAngle && ",;:".utf8.contains(byte):
                entries.append((value[start..<position], byte))
                start = position + 1
            default: break
            }
            position += 1
        }
        entries.append((value[start...], nil))
        return entries
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
