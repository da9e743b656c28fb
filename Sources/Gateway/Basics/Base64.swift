// SPDX-License-Identifier: Apache-2.0

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
public enum Base64 {
    /// The decoded octets; nil unless the text is strict base64.
    ///
    /// Padding is required and unused bits must be zero, so that each content has one encoding. Line breaks (CRLF or
    /// LF) between digits are skipped; any other character outside the alphabet is an error.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        if digits.contains(0x0A) || digits.contains(0x0D) { digits.removeAll { $0 == 0x0A || $0 == 0x0D } }
        guard digits.count.isMultiple(of: 4) else { return nil }
        guard let last = digits.last else { return [] }
        let padding = last == pad ? (digits[digits.count - 2] == pad ? 2 : 1) : 0
        let values = digitValues
        var output = [UInt8](repeating: 0, count: digits.count / 4 * 3 - padding)
        let groups = padding > 0 ? digits.count - 4 : digits.count
        guard decodeGroups(digits.span, count: groups, values.span, to: output.mutableSpan) else { return nil }
        return padding == 0 || decodeTail(digits.suffix(4), padding, values, to: &output) ? output : nil
    }

    private static func decodeGroups(
        _ digits: borrowing Span<UInt8>,
        count: Int,
        _ values: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>
    ) -> Bool {
        // Every digit value is below 64 and that of any other character is not, so one check at the end finds an
        // error.
        var (read, write, seen) = (0, 0, UInt8(0))
        while read < count {
            let (a, b) = (values[Int(digits[read])], values[Int(digits[read + 1])])
            let (c, d) = (values[Int(digits[read + 2])], values[Int(digits[read + 3])])
            seen |= a | b | c | d
            output[write] = a << 2 | b >> 4
            output[write + 1] = b << 4 | c >> 2
            output[write + 2] = c << 6 | d
            read += 4
            write += 3
        }
        return seen < 64
    }

    private static func decodeTail(
        _ digits: ArraySlice<UInt8>,
        _ padding: Int,
        _ values: [UInt8],
        to output: inout [UInt8]
    ) -> Bool {
        let tail = digits.dropLast(padding).map { values[Int($0)] }
        guard tail.allSatisfy({ $0 < 64 }), let last = tail.last else { return false }
        if padding == 2 {
            output[output.count - 1] = tail[0] << 2 | tail[1] >> 4
            return last & 15 == 0
        }
        output[output.count - 2] = tail[0] << 2 | tail[1] >> 4
        output[output.count - 1] = tail[1] << 4 | tail[2] >> 2
        return last & 3 == 0
    }

    /// Padded base64 without line breaks.
    public static func encode(_ content: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        append(Array(content)[...], to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The octets that ``appendLines(_:to:)`` writes for `count` octets of content.
    package static func encodedLineSize(of count: Int) -> Int {
        let digits = (count + 2) / 3 * 4
        return digits + (digits + 75) / 76 * 2
    }

    /// Appends lines of 76 digits, each ended by CRLF (RFC 2045 section 6.8).
    package static func appendLines(_ content: [UInt8], to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + encodedLineSize(of: content.count))
        var start = 0
        while start < content.count {
            let end = min(start + 57, content.count)
            append(content[start..<end], to: &bytes)
            bytes.append(0x0D)
            bytes.append(0x0A)
            start = end
        }
    }

    /// Appends padded digits without line breaks.
    package static func append(_ content: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(pad, count: (content.count + 2) / 3 * 4))
        encode(content.span, alphabet.span, to: bytes.mutableSpan, at: start)
    }

    /// Writes digits of an alphabet; the caller provides the room from `start` on.
    static func encode(
        _ content: borrowing Span<UInt8>,
        _ digits: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>,
        at start: Int
    ) {
        let whole = content.count / 3 * 3
        var (read, write) = (0, start)
        while read < whole {
            let (a, b, c) = (content[read], content[read + 1], content[read + 2])
            output[write] = digits[Int(a >> 2)]
            output[write + 1] = digits[Int((a << 4 | b >> 4) & 63)]
            output[write + 2] = digits[Int((b << 2 | c >> 6) & 63)]
            output[write + 3] = digits[Int(c & 63)]
            read += 3
            write += 4
        }
        guard whole < content.count else { return }
        let (a, b) = (content[whole], whole + 1 < content.count ? content[whole + 1] : 0)
        output[write] = digits[Int(a >> 2)]
        output[write + 1] = digits[Int((a << 4 | b >> 4) & 63)]
        if whole + 1 < content.count { output[write + 2] = digits[Int(b << 2 & 63)] }
    }

    private static let pad = UInt8(ascii: "=")
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// By character; 255 for those outside the alphabet.
    private static let digitValues: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, digit) in alphabet.enumerated() { values[Int(digit)] = UInt8(truncatingIfNeeded: value) }
        return values
    }()
}

/// Base64 with the URL-safe alphabet and without padding (RFC 4648 section 5).
public enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    public static func encode(_ content: [UInt8]) -> String {
        var bytes: [UInt8] = []
        append(content, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func append(_ content: [UInt8], to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: (content.count * 4 + 2) / 3))
        Base64.encode(content.span, alphabet.span, to: bytes.mutableSpan, at: start)
    }

    /// The decoded octets; nil unless the text is base64url, with or without padding.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        while let last = digits.last, last == "=" { digits.removeLast() }
        digits += Array(repeating: "=", count: (4 - digits.count % 4) % 4)
        return Base64.decode(String(digits))
    }
}
