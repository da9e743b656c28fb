// SPDX-License-Identifier: Apache-2.0
import Basics

/// The limits of the labels that a sender gives a message; each function returns what is wrong, or nil.
package enum LabelRules {
    package static let mostTags = 10
    package static let mostMetadata = 100
    package static let longestMetadata = 4096
    package static let tagLength = 1...128

    /// Brands, categories, providers and lists: one word of letters, digits, `-`, `_` and `.`.
    package static func fault(ofWord text: String) -> String? {
        let isWord = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        guard isWord, (1...64).contains(text.utf8.count) else {
            return "expected one word of 1 to 64 letters, digits, `-`, `_` and `.`"
        }
        return nil
    }

    /// Characters that no header may contain, and the number of characters.
    package static func faults(ofLabel text: String, _ length: ClosedRange<Int>) -> [String] {
        var faults = HeaderText.fault(in: text).map { [$0] } ?? []
        if !length.contains(text.unicodeScalars.count) {
            faults.append("expected \(length.lowerBound) to \(length.upperBound) characters")
        }
        return faults
    }

    package static func fault(ofMetadata value: String) -> String? {
        let count = value.utf8.count
        return count > longestMetadata ? "at most \(longestMetadata) bytes, found \(count)" : nil
    }

    /// How far ahead a message may be scheduled.
    package static let furthest = Duration.seconds(366 * 86_400)
}
