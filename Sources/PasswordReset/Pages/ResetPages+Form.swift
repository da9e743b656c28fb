// SPDX-License-Identifier: Apache-2.0
import Server

extension ResetPages {
    /// The fault of the last try; the field refers to it.
    func alert(_ fault: PasswordForm.Fault?) -> Markup? {
        guard let fault else { return nil }
        let content: Markup =
            switch fault {
            case .missing: "<p>\(words.choose.missing)</p>"
            case .different: "<p>\(words.choose.different)</p>"
            case .refused(let rules): "<p>\(words.choose.refused)</p>\n\(list(rules))"
            }
        return "<div class=\"alert\" role=\"alert\" id=\"fault\">\n\(content)\n</div>\n"
    }

    /// One field with a switch that shows it; two fields without JavaScript.
    func passwordForm(_ form: PasswordForm) -> Markup {
        let again = form.fault == .different
        return """
            <form method="post" action="\(context.confirmPath)" id="form">
            <input type="hidden" name="\(PasswordForm.Field.token)" value="\(form.token)">
            \(account(form))\(rules(form))<label for="password">\(words.choose.password)</label>
            <input class="field" id="password" name="\(PasswordForm.Field.password)" type="password" \
            \(passwordAttributes(form))\(invalid(form))>
            <div class="switch" id="switch" hidden><input type="checkbox" id="show" autocomplete="off" aria-controls="password">\
            <label for="show">\(words.choose.show)</label></div>
            <noscript>
            <label for="again">\(words.choose.again)</label>
            <input class="field" id="again" name="\(PasswordForm.Field.repeated)" type="password" \
            autocomplete="new-password" autocapitalize="none" spellcheck="false" required\(again ? invalidMark : nil)>
            </noscript>
            <button class="button" type="submit">\(words.choose.button)</button>
            </form>
            """
    }

    private func passwordAttributes(_ form: PasswordForm) -> Markup {
        let least = form.rules.compactMap { if case .minimumLength(let count) = $0 { count } else { nil } }.max()
        // A browser counts UTF-16 units, never fewer than characters, so it rejects no password that the service accepts.
        let minimum: Markup? = least.map { "minlength=\"\($0)\" " }
        let hint = form.rules.passwordRules
        let generated: Markup? = hint.isEmpty ? nil : "passwordrules=\"\(hint)\" "
        return
            "autocomplete=\"new-password\" autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" \(minimum)\(generated)required"
    }

    private func invalid(_ form: PasswordForm) -> Markup? {
        let described = [form.fault.map { _ in "fault" }, form.rules.isEmpty ? nil : "rules"].compactMap(\.self)
        let description: Markup? =
            described.isEmpty ? nil : " aria-describedby=\"\(described.joined(separator: " "))\""
        guard form.fault != nil else { return description }
        return "\(description)\(invalidMark) autofocus"
    }

    private var invalidMark: Markup { " aria-invalid=\"true\"" }

    /// Names the account for a password manager.
    private func account(_ form: PasswordForm) -> Markup? {
        form.account.map {
            """
            <input class="away" type="email" autocomplete="username" value="\($0)" readonly tabindex="-1" aria-hidden="true">

            """
        }
    }

    private func rules(_ form: PasswordForm) -> Markup? {
        guard !form.rules.isEmpty else { return nil }
        return """
            <div class="rules" id="rules">
            <p>\(words.choose.rules)</p>
            \(list(form.rules))
            </div>

            """
    }

    private func list(_ rules: [PasswordRule]) -> Markup {
        let items = rules.map { rule -> Markup in "<li>\(rule.words(in: context.language))</li>\n" }
        return "<ul>\n\(items)</ul>"
    }
}

/// The form for a new password.
package struct PasswordForm: Sendable, Hashable {
    /// The fault of the last try.
    package enum Fault: Sendable, Hashable {
        /// The password is empty.
        case missing
        /// The two passwords, from a browser without JavaScript, differ.
        case different
        /// These rules are violated.
        case refused([PasswordRule])
    }

    /// The token of the link, unchecked; it goes into a hidden field.
    package var token: String
    /// Shown before the user chooses a password.
    package var rules: [PasswordRule]
    /// The account for password managers; nil when unknown.
    package var account: String?
    package var fault: Fault?

    package init(token: String, rules: [PasswordRule], account: String? = nil, fault: Fault? = nil) {
        self.token = token
        self.rules = rules
        self.account = account
        self.fault = fault
    }

    /// The names of the form fields.
    package enum Field {
        package static let token = "token"
        package static let password = "new_password"
        /// Present only in browsers without JavaScript, which cannot show what was typed.
        package static let repeated = "repeated_password"
        /// The field of the form that requests a link.
        package static let email = "email"
    }
}
