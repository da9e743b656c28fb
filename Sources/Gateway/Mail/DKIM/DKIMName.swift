// SPDX-License-Identifier: Apache-2.0
import Basics

/// The parts of the DNS name under which a public key is published (RFC 6376 section 3.6.2.1).
package enum DKIMName {
    package static let selectorRule = "it needs letters, digits and hyphens, at most 63 between two dots"

    /// A signing domain in lower-case A-labels; throws why the text is not one.
    package static func domain(_ text: String) throws(FieldError) -> String {
        guard !text.isEmpty else { throw FieldError("It is empty.") }
        return try DomainName.ascii(text[...])
    }

    /// A selector in lower case: one or more labels (RFC 6376 section 3.1); nil when the text is not one.
    package static func selector(_ text: String) -> String? {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let hyphen = UInt8(ascii: "-")
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { $0.isASCIIAlphanumeric || $0 == hyphen }
        }
        return areLabels ? text.lowercased() : nil
    }

    /// Why the two make no DNS name; nil when they do.
    package static func fault(selector: String, domain: String) -> String? {
        let length = selector.utf8.count + "._domainkey.".utf8.count + domain.utf8.count
        return length > 253 ? "the name of its DNS record has \(length) bytes, and the limit is 253" : nil
    }
}
