// SPDX-License-Identifier: Apache-2.0

/// The form that takes a new password.
package struct PasswordForm: Sendable, Hashable {
    /// What was wrong with the last try.
    package enum Fault: Sendable, Hashable {
        /// No password was typed.
        case missing
        /// The two passwords, of a browser without JavaScript, are not the same.
        case different
        /// These rules were not met.
        case refused([PasswordRule])
    }

    /// Of the link, whatever it was; it goes into a hidden field.
    package var token: String
    /// Shown before a password is chosen.
    package var rules: [PasswordRule]
    /// The account, for password managers, as far as it is known.
    package var account: String?
    package var fault: Fault?

    package init(token: String, rules: [PasswordRule], account: String? = nil, fault: Fault? = nil) {
        self.token = token
        self.rules = rules
        self.account = account
        self.fault = fault
    }

    /// The names of its fields, as the form sends them.
    package enum Field {
        package static let token = "token"
        package static let password = "new_password"
        /// Only there in browsers without JavaScript, which cannot show what was typed.
        package static let repeated = "repeated_password"
        /// Of the form that asks for a link.
        package static let email = "email"
    }
}
