// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Converts a domain name to its DNS form.
///
/// Instead of the UTS 46 tables it maps with NFKC and lower case, and accepts only letters, marks and digits. Characters that
/// browsers drop or map beyond that, such as a zero width joiner or an emoji, are refused.
package enum HostLabels {
    /// Punctuation that RFC 5892 appendix A permits within a label.
    private static let allowedSigns: Set<Unicode.Scalar> = ["-", "_", "\u{B7}", "\u{30FB}", "\u{5F3}", "\u{5F4}"]
    private static let longestLabel = 63
    private static let longestName = 253

    /// The labels in lower case, those of other scripts as A-labels; nil for an invalid domain name.
    ///
    /// One trailing dot, which represents the root, is dropped.
    static func labels(_ text: String) -> [String]? {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let mapped = isASCII ? text.lowercased() : mapped(text)
        var parts = mapped.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        var labels: [String] = []
        for part in parts {
            guard let label = label(part) else { return nil }
            labels.append(label)
        }
        let length = labels.reduce(labels.count - 1) { $0 + $1.utf8.count }
        return length <= longestName ? labels : nil
    }

    /// The non-transitional mapping of UTS 46 for everything that IDNA 2008 permits: ß and final sigma remain.
    package static func mapped(_ text: String) -> String {
        text.precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCompatibilityMapping
            .replacing("\u{3002}", with: ".")
    }

    private static func label(_ text: Substring) -> String? {
        let scalars = Array(text.unicodeScalars)
        guard !scalars.isEmpty, scalars.count <= longestLabel, scalars.allSatisfy(isAllowed) else { return nil }
        if scalars.allSatisfy(\.isASCII) {
            let isValid = !text.hasPrefix("xn--") || Punycode.decode(text.dropFirst(4).utf8) != nil
            return isValid ? String(text) : nil
        }
        guard let first = scalars.first, !isMark(first), !text.hasPrefix("xn--") else { return nil }
        let encoded = "xn--" + Punycode.encode(scalars)
        return encoded.utf8.count <= longestLabel ? encoded : nil
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: true
        case .nonspacingMark, .spacingMark: !scalar.properties.isDefaultIgnorableCodePoint
        default: allowedSigns.contains(scalar)
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .nonspacingMark || scalar.properties.generalCategory == .spacingMark
    }
}
