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

    /// What is wrong with a password, in plain words; empty when nothing is.
    ///
    /// `address` is the account's, as far as it is known.
    func faults(_ password: String, address: String?) -> [String] {
        let count = password.unicodeScalars.count
        var faults: [String] = []
        if count < minimumLength { faults.append("Use at least \(minimumLength) characters.") }
        if count > maximumLength { faults.append("Use at most \(maximumLength) characters.") }
        if password.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            faults.append("Control characters cannot be part of it.")
        }
        if password.lowercased() == address?.lowercased() { faults.append("It must not be your email address.") }
        return faults
    }

    /// For somebody who is about to choose one.
    var words: [String] { ["At least \(minimumLength) characters."] }
}
