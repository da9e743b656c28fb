// SPDX-License-Identifier: Apache-2.0

/// Bodies in their transfer encodings.
extension MessageBuffer {
    /// The fields and the body of a text, the line after it begun.
    mutating func append(_ part: TextPart) {
        append("Content-Type: text/")
        append(part.subtype)
        append("; charset=utf-8\r\nContent-Transfer-Encoding: ")
        append(part.encoding.rawValue)
        append("\r\n\r\n")
        switch part.encoding {
        case .sevenBit: appendLines(of: part.text)
        case .quotedPrintable: appendQuotedPrintable(part.text)
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

    /// Lines of at most 76 octets (RFC 2045 section 6.7), and nothing at the start of one that a relay may trip over.
    private mutating func appendQuotedPrintable(_ text: [UInt8]) {
        var position = 0
        while position < text.count {
            lineStart = bytes.count
            let end = Self.lineEnd(in: text.span, from: position)
            appendQuotedPrintable(line: position..<end, of: text)
            newLine()
            position = Self.lineStart(in: text, after: end)
        }
    }

    private mutating func appendQuotedPrintable(line: Range<Int>, of text: [UInt8]) {
        var position = line.lowerBound
        // A blank at the very end would be lost on the way.
        let endsBlank = !line.isEmpty && (text[line.upperBound - 1] == 0x20 || text[line.upperBound - 1] == 0x09)
        let end = endsBlank ? line.upperBound - 1 : line.upperBound
        while position < line.upperBound {
            let isLast = position + 1 == line.upperBound
            if column == 0, Self.isRisky(text.span, position, line.upperBound) {
                appendHex(text[position], after: UInt8(ascii: "="))
                position += 1
                continue
            }
            let stop = Self.plainEnd(in: text.span, from: position, to: min(end, position + (Self.lineLimit - 1 - column)))
            bytes.append(contentsOf: text[position..<stop])
            if stop > position {
                position = stop
                continue
            }
            let isPlain = position < end && text[position].isQuotedPrintablePlain
            let limit = isLast ? Self.lineLimit : Self.lineLimit - 1
            if column + (isPlain ? 1 : 3) > limit {
                bytes.append(UInt8(ascii: "="))
                newLine()
            } else {
                if isPlain { bytes.append(text[position]) } else { appendHex(text[position], after: UInt8(ascii: "=")) }
                position += 1
            }
        }
    }

    private static func plainEnd(in text: borrowing Span<UInt8>, from start: Int, to limit: Int) -> Int {
        var position = start
        while position < limit, text[position].isQuotedPrintablePlain { position += 1 }
        return position
    }

    /// A dot, which SMTP doubles, or `From `, which mailbox files quote.
    private static func isRisky(_ text: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        text[start] == UInt8(ascii: ".") || text.hasFrom(at: start, end)
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

extension UInt8 {
    fileprivate var isQuotedPrintablePlain: Bool {
        (self >= 0x20 && self < 0x7F && self != UInt8(ascii: "=")) || self == 0x09
    }
}
