// SPDX-License-Identifier: Apache-2.0

/// What free text may hold before it can stand in a header: a subject, a display name, a field's value.
package enum HeaderText {
    /// The most octets of one unfolded value.
    package static let limit = 16 * 1024

    /// The subject with TABs as blanks and without blanks at its ends.
    ///
    /// Throws for line breaks, control characters, direction controls and more than ``limit`` octets. An empty subject is fine.
    package static func subject(_ text: String) throws(HeaderFault) -> String {
        if let reason = fault(in: text) { throw HeaderFault(.value, "The subject \(reason).") }
        guard text.utf8.count <= limit else {
            throw HeaderFault(.value, "The subject is longer than \(limit) bytes.")
        }
        return tidy(text)
    }

    /// What is wrong with the text, such as `contains a line break (U+000A)`; nil when nothing is.
    static func fault(in text: String) -> String? {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return nil }
        for scalar in text.unicodeScalars where scalar != "\t" {
            if let name = forbiddenName(scalar) { return "contains \(name) (\(codePoint(scalar)))" }
        }
        return nil
    }

    /// TABs become blanks; blanks at the ends, which no header keeps, go.
    static func tidy(_ text: String) -> String {
        let needsWork = text.utf8.contains(0x09) || text.utf8.first == 0x20 || text.utf8.last == 0x20
        guard needsWork else { return text }
        let scalars = text.unicodeScalars.map { $0 == "\t" ? " " : $0 }
        guard let first = scalars.firstIndex(where: { $0 != " " }), let last = scalars.lastIndex(where: { $0 != " " })
        else { return "" }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[first...last])
        return String(result)
    }

    /// `U+202E` and the like.
    static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// What a character is called that no header text may hold; nil for all others.
    static func forbiddenName(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: "a line break"
        case 0x00..<0x20, 0x7F..<0xA0: "a control character"
        // They turn the order of what follows, so that a name can show as another one.
        case 0x202A...0x202E, 0x2066...0x2069: "a direction control"
        default: nil
        }
    }
}
