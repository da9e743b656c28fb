// SPDX-License-Identifier: Apache-2.0

extension PasswordRule {
    /// Converts a realm policy such as `digits` with `2`; nil for a policy for the server alone, and for a pattern, which is no
    /// useful hint.
    static func keycloak(policy name: some StringProtocol, _ value: some StringProtocol) -> PasswordRule? {
        let count = Int(value)
        switch String(name) {
        case "length": return count.map(PasswordRule.minimumLength)
        case "maxLength": return count.map(PasswordRule.maximumLength)
        case "digits": return count.map(PasswordRule.digits)
        case "upperCase": return count.map(PasswordRule.upperCase)
        case "lowerCase": return count.map(PasswordRule.lowerCase)
        case "specialChars": return count.map(PasswordRule.specialCharacters)
        case "notUsername": return .notUserName
        case "notContainsUsername": return .withoutUserName
        case "notEmail": return .notAddress
        case "passwordHistory": return .notRecent(count)
        case "passwordBlacklist": return .notWellKnown
        default: return nil
        }
    }

    /// The violated rule: `code` is the `error` of the response, such as `invalidPasswordMinLengthMessage`.
    ///
    /// `words` is its sentence, which alone contains the number.
    static func keycloak(refusal code: String, _ words: String) -> PasswordRule {
        let count = words.split { !$0.isNumber }.last.flatMap { Int($0) }
        let counted: ((Int) -> PasswordRule)?
        switch code {
        case "invalidPasswordMinLengthMessage": counted = PasswordRule.minimumLength
        case "invalidPasswordMaxLengthMessage": counted = PasswordRule.maximumLength
        case "invalidPasswordMinDigitsMessage": counted = PasswordRule.digits
        case "invalidPasswordMinUpperCaseCharsMessage": counted = PasswordRule.upperCase
        case "invalidPasswordMinLowerCaseCharsMessage": counted = PasswordRule.lowerCase
        case "invalidPasswordMinSpecialCharsMessage": counted = PasswordRule.specialCharacters
        case "invalidPasswordNotUsernameMessage": return .notUserName
        case "invalidPasswordNotContainsUsernameMessage": return .withoutUserName
        case "invalidPasswordNotEmailMessage": return .notAddress
        case "invalidPasswordHistoryMessage": return .notRecent(count)
        case "invalidPasswordBlacklistedMessage": return .notWellKnown
        case "invalidPasswordRegexPatternMessage": return .pattern
        // Older servers have no code for it.
        default: return words.contains("old passwords") ? .notRecent(count) : .other(words)
        }
        return count.flatMap { count in counted.map { $0(count) } } ?? .other(words)
    }
}
