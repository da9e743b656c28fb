// SPDX-License-Identifier: Apache-2.0

/// Base64 with the alphabet for addresses and without padding (RFC 4648 section 5).
public enum Base64URL {
    public static func encode(_ content: some Collection<UInt8>) -> String {
        String(
            Base64.encode(content).compactMap { digit -> Character? in
                switch digit {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: digit
                }
            }
        )
    }

    /// Nil unless it is base64url; padding may stand or be missing.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        while let last = digits.last, last == "=" { digits.removeLast() }
        digits += Array(repeating: "=", count: (4 - digits.count % 4) % 4)
        return Base64.decode(String(digits))
    }
}
