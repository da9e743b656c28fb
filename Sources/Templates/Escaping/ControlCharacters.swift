// SPDX-License-Identifier: Apache-2.0

/// Removes control characters from values for headers and text parts.
enum ControlCharacters {
    /// Replaces line breaks, C0 and C1 controls and direction overrides with a blank, because a subject is one line.
    static func appendLine(_ text: String, to output: inout [UInt8]) {
        append(text, to: &output) { $0.isControl || $0.breaksLine || $0.overridesDirection }
    }

    /// Replaces controls except line breaks and tabs with a blank, and CR LF and CR with a line feed.
    static func appendText(_ text: String, to output: inout [UInt8]) {
        if text.utf8.contains(.carriageReturn) {
            let lines = text.split(omittingEmptySubsequences: false) { $0 == "\r\n" || $0 == "\r" || $0 == "\n" }
            return appendText(lines.joined(separator: "\n"), to: &output)
        }
        append(text, to: &output) { $0.isControl && $0 != "\n" && $0 != "\t" }
    }

    private static func append(
        _ text: String,
        to output: inout [UInt8],
        replacing isReplaced: (Unicode.Scalar) -> Bool
    ) {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            output.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars {
            if isReplaced(scalar) {
                output.append(.space)
            } else {
                output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1.
    var isControl: Bool { value < 0x20 || (value >= 0x7F && value < 0xA0) }
    var breaksLine: Bool { value == 0x2028 || value == 0x2029 }
    var overridesDirection: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }
}
