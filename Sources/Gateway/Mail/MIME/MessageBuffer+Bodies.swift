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

    /// Lines of at most 76 octets (RFC 2045 section 6.7), and nothing at the start of one that a relay may trip over.
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
