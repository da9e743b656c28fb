// SPDX-License-Identifier: Apache-2.0

/// The gateway's own rules for a new password; those of the directory come after.
///
/// No rules of composition (NIST SP 800-63B-4 section 3.1.1.2), no trimming and no change of what was typed.
package struct PasswordRules: Sendable, Hashable {
    /// In code points.
    package var minimumLength: Int
    package var maximumLength: Int

    package init(minimumLength: Int = 8, maximumLength: Int = 128) {
        self.minimumLength = minimumLength
        self.maximumLength = maximumLength
    }

    /// The rules that a password breaks; empty when it breaks none.
    ///
    /// `address` is the account's, as far as it is known.
    func broken(by password: String, address: String?) -> [PasswordRule] {
        let count = password.unicodeScalars.count
        var rules: [PasswordRule] = []
        if count < minimumLength { rules.append(.minimumLength(minimumLength)) }
        if count > maximumLength { rules.append(.maximumLength(maximumLength)) }
        if password.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            rules.append(.noControlCharacters)
        }
        if password.lowercased() == address?.lowercased() { rules.append(.notAddress) }
        return rules
    }

    /// For somebody who is about to choose one, with those of the directory; of two about the least length the stricter one.
    func merged(with directory: [PasswordRule]) -> [PasswordRule] {
        let lengths = directory.compactMap { if case .minimumLength(let length) = $0 { length } else { nil } }
        let others = directory.filter { if case .minimumLength = $0 { false } else { true } }
        return [.minimumLength(max(minimumLength, lengths.max() ?? 0))] + others
    }
}

extension PasswordRule {
    var concernsHistory: Bool {
        if case .notRecent = self { true } else { false }
    }

    /// In English, as a sentence.
    package var sentence: String {
        let words = words(in: .english)
        return words.last?.isPunctuation == true ? words : words + "."
    }
}
