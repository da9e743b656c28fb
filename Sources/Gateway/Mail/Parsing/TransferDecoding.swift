// SPDX-License-Identifier: Apache-2.0
import Basics

/// The transfer encoding of a part (RFC 2045 section 6).
public enum TransferEncoding: String, Sendable, Hashable {
    case sevenBit = "7bit"
    case eightBit = "8bit"
    case binary
    case quotedPrintable = "quoted-printable"
    case base64
    /// One that the parser cannot decode.
    case unknown

    /// The encoding of a field's value; a missing field is 7bit.
    init(_ value: ArraySlice<UInt8>) {
        let word = value.trimmed.prefix { $0 != UInt8(ascii: ";") && !$0.isFoldingBlank && $0 != UInt8(ascii: "(") }
        let known = Self.names.first { word.isWord($0.name) }
        self = known?.encoding ?? (word.isEmpty ? .sevenBit : .unknown)
    }

    private static let names: [(name: String, encoding: TransferEncoding)] = [
        ("base64", .base64), ("quoted-printable", .quotedPrintable), ("7bit", .sevenBit), ("8bit", .eightBit),
        ("binary", .binary), ("base-64", .base64), ("quotedprintable", .quotedPrintable), ("7-bit", .sevenBit),
        ("7bits", .sevenBit), ("8-bit", .eightBit), ("8bits", .eightBit),
    ]

    /// True when the octets of the content are written as they are.
    var isIdentity: Bool { self != .quotedPrintable && self != .base64 }
}

/// Decoders that take what is met in the wild: none of them refuses an input.
enum TransferDecoding {
    static func decode(_ octets: ArraySlice<UInt8>, _ encoding: TransferEncoding) -> [UInt8] {
        switch encoding {
        case .base64: base64(octets)
        case .quotedPrintable: quotedPrintable(octets)
        case .sevenBit, .eightBit, .binary, .unknown: Array(octets)
        }
    }

    private static let alphabet: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for (value, digit) in digits.utf8.enumerated() { values[Int(digit)] = UInt8(truncatingIfNeeded: value) }
        return values
    }()

    /// Octets outside the alphabet are passed over; padding in the middle starts again, and missing padding is no fault.
    static func base64(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: text.count / 4 * 3 + 3)
        let count = base64(text.span, alphabet.span, to: output.mutableSpan)
        output.removeLast(output.count - count)
        return output
    }

    private static func base64(
        _ text: borrowing Span<UInt8>,
        _ values: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>
    ) -> Int {
        var (read, write) = (0, 0)
        var (bits, held): (UInt32, Int) = (0, 0)
        while read < text.count {
            // Four digits in a row: nearly all of the text.
            while held == 0, read + 4 <= text.count {
                let (a, b) = (values[Int(text[read])], values[Int(text[read + 1])])
                let (c, d) = (values[Int(text[read + 2])], values[Int(text[read + 3])])
                guard a | b | c | d < 64 else { break }
                output[write] = a << 2 | b >> 4
                output[write + 1] = b << 4 | c >> 2
                output[write + 2] = c << 6 | d
                read += 4
                write += 3
            }
            guard read < text.count else { break }
            let value = values[Int(text[read])]
            if value < 64 {
                bits = bits << 6 | UInt32(value)
                held += 1
                if held == 4 { write = put(&bits, &held, &output, write) }
            } else if text[read] == UInt8(ascii: "=") {
                write = put(&bits, &held, &output, write)
            }
            read += 1
        }
        return put(&bits, &held, &output, write)
    }

    /// Writes the whole octets of up to four digits, and forgets the digits.
    private static func put(
        _ bits: inout UInt32,
        _ held: inout Int,
        _ output: inout MutableSpan<UInt8>,
        _ start: Int
    ) -> Int {
        let whole = held * 6 / 8
        let aligned = bits << UInt32(24 - held * 6)
        for place in 0..<whole { output[start + place] = UInt8(truncatingIfNeeded: aligned >> UInt32(16 - 8 * place)) }
        (bits, held) = (0, 0)
        return start + whole
    }

    /// Quoted-printable (RFC 2045 section 6.7): a `=` that starts no escape stays, blanks at the end of a line are dropped.
    static func quotedPrintable(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: text.count)
        let count = quotedPrintable(text.span, to: output.mutableSpan)
        output.removeLast(output.count - count)
        return output
    }

    private static func quotedPrintable(
        _ text: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>
    ) -> Int {
        // What lies before `kept` was escaped, or ends in a line break: no blank of it is dropped.
        var (read, write, kept) = (0, 0, 0)
        while read < text.count {
            let byte = text[read]
            if byte == UInt8(ascii: "=") {
                let (octet, next) = escape(text, read)
                if let octet {
                    output[write] = octet
                    write += 1
                }
                (read, kept) = (next, write)
                continue
            }
            if byte == 0x0A {
                let hasReturn = write > kept && output[write - 1] == 0x0D
                if hasReturn { write -= 1 }
                while write > kept, output[write - 1].isBlank { write -= 1 }
                if hasReturn {
                    output[write] = 0x0D
                    write += 1
                }
                kept = write + 1
            }
            output[write] = byte
            write += 1
            read += 1
        }
        return write
    }

    /// What the `=` at the position means, nil for a soft line break, and the position after it.
    private static func escape(_ text: borrowing Span<UInt8>, _ start: Int) -> (octet: UInt8?, next: Int) {
        if start + 2 < text.count, let high = text[start + 1].hexValue, let low = text[start + 2].hexValue {
            return (high << 4 | low, start + 3)
        }
        // A soft line break, perhaps with blanks that were added on the way.
        var end = start + 1
        while end < text.count, text[end].isBlank || text[end] == 0x0D { end += 1 }
        if end == text.count { return (nil, end) }
        return text[end] == 0x0A ? (nil, end + 1) : (text[start], start + 1)
    }

    /// The Q encoding of RFC 2047 section 4.2.
    static func q(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = text.startIndex
        while position < text.endIndex {
            let byte = text[position]
            if byte == UInt8(ascii: "="), position + 2 < text.endIndex, let high = text[position + 1].hexValue,
                let low = text[position + 2].hexValue
            {
                output.append(high << 4 | low)
                position += 3
            } else {
                output.append(byte == UInt8(ascii: "_") ? 0x20 : byte)
                position += 1
            }
        }
        return output
    }
}
