// SPDX-License-Identifier: Apache-2.0

/// Base64 with the alphabet for addresses and without padding (RFC 4648 section 5).
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

    /// Nil unless it is base64url; padding may stand or be missing.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        while let last = digits.last, last == "=" { digits.removeLast() }
        digits += Array(repeating: "=", count: (4 - digits.count % 4) % 4)
        return Base64.decode(String(digits))
    }
}
