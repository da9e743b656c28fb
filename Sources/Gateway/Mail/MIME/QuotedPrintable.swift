// SPDX-License-Identifier: Apache-2.0
import Basics

/// Text as quoted-printable (RFC 2045 section 6.7).
enum QuotedPrintable {
    private static let lineLimit = 76
    private static let equals = UInt8(ascii: "=")

    /// The encoded text; its last line ends in CRLF.
    static func encoded(_ text: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: TextPart.sizeBound(of: text, .quotedPrintable))
        let end = encode(text.span, to: output.mutableSpan, at: 0)
        output.removeLast(output.count - end)
        return output
    }

    /// Writes the encoded text and returns its end; the caller provides enough room after `start`.
    ///
    /// Line breaks of any kind become CRLF, and the last line gets one. Blanks before a line break, and at the start
    /// of a line dots, which SMTP doubles, `From `, which mailbox files quote, and `--`, which delimiters of a multipart
    /// begin with, are escaped.
    static func encode(
        _ text: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>,
        at start: Int
    ) -> Int {
        var (read, write, lineStart) = (0, start, start)
        while read < text.count {
            // The common case first: a run that is not at the start of a line, and without a blank that might be at
            // its end.
            let stop = write > lineStart ? min(text.count - 1, read + lineStart + lineLimit - 1 - write) : read
            while read < stop {
                let byte = text[read]
                guard byte &- 0x20 < 0x5F, byte != equals, byte > 0x20 || text[read + 1] > 0x20 else { break }
                output[write] = byte
                write += 1
                read += 1
            }
            let byte = text[read]
            if byte == 0x0A || byte == 0x0D {
                read += byte == 0x0D && read + 1 < text.count && text[read + 1] == 0x0A ? 2 : 1
            } else {
                let isLast = read + 1 == text.count || text[read + 1] == 0x0A || text[read + 1] == 0x0D
                let isPlain = staysPlain(byte, in: text, at: read, isFirst: write == lineStart, isLast: isLast)
                let room = lineStart + lineLimit - (isLast ? 0 : 1) - write
                if room >= (isPlain ? 1 : 3) {
                    write = isPlain ? put(byte, &output, write) : escape(byte, &output, write)
                    read += 1
                    if read < text.count { continue }
                } else {
                    write = put(equals, &output, write)
                }
            }
            write = put(0x0A, &output, put(0x0D, &output, write))
            lineStart = write
        }
        return write
    }

    /// True for an octet that is written unescaped at its position.
    private static func staysPlain(
        _ byte: UInt8,
        in text: borrowing Span<UInt8>,
        at position: Int,
        isFirst: Bool,
        isLast: Bool
    ) -> Bool {
        if byte == 0x20 || byte == 0x09 { return !isLast }
        guard byte > 0x20, byte < 0x7F, byte != equals else { return false }
        guard isFirst else { return true }
        switch byte {
        case UInt8(ascii: "."): return false
        case UInt8(ascii: "-"): return position + 1 == text.count || text[position + 1] != byte
        default: return !text.hasFrom(at: position, text.count)
        }
    }

    private static func put(_ byte: UInt8, _ output: inout MutableSpan<UInt8>, _ position: Int) -> Int {
        output[position] = byte
        return position + 1
    }

    private static func escape(_ byte: UInt8, _ output: inout MutableSpan<UInt8>, _ position: Int) -> Int {
        output[position] = equals
        output[position + 1] = (byte >> 4).hexDigit
        output[position + 2] = (byte & 15).hexDigit
        return position + 3
    }
}
