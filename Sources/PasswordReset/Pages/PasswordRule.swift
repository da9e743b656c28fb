// SPDX-License-Identifier: Apache-2.0
package import Server

/// A password rule, independent of any language.
package enum PasswordRule: Sendable, Hashable {
    /// The minimum number of characters.
    case minimumLength(Int)
    /// The maximum number of characters.
    case maximumLength(Int)
    case digits(Int)
    case upperCase(Int)
    case lowerCase(Int)
    case specialCharacters(Int)
    case noControlCharacters
    case notUserName
    case withoutUserName
    case notAddress
    /// Differs from this many last passwords; nil when the number is unknown.
    case notRecent(Int?)
    /// Is not in a list of common passwords.
    case notWellKnown
    /// Matches a pattern that only its author can explain.
    case pattern
    /// A rule in the directory's own words.
    case other(String)

    /// The rule as a hint, such as `At least 12 characters`; without a full stop.
    package func words(in language: PageLanguage) -> String {
        let words = PageWords.of(language).rules
        switch self {
        case .minimumLength(let count): return words.minimumLength.text(count)
        case .maximumLength(let count): return words.maximumLength.text(count)
        case .digits(let count): return words.digits.text(count)
        case .upperCase(let count): return words.upperCase.text(count)
        case .lowerCase(let count): return words.lowerCase.text(count)
        case .specialCharacters(let count): return words.specialCharacters.text(count)
        case .noControlCharacters: return words.noControlCharacters
        case .notUserName: return words.notUserName
        case .withoutUserName: return words.withoutUserName
        case .notAddress: return words.notAddress
        case .notRecent(let count): return count.map { words.notRecent.text($0) } ?? words.notBefore
        case .notWellKnown: return words.notWellKnown
        case .pattern: return words.pattern
        case .other(let text): return text
        }
    }
}

extension [PasswordRule] {
    /// The rules for Apple's password manager, so that generated passwords satisfy them.
    ///
    /// https://developer.apple.com/password-rules/
    var passwordRules: String {
        compactMap { rule in
            switch rule {
            case .minimumLength(let count): "minlength: \(count);"
            case .maximumLength(let count): "maxlength: \(count);"
            case .digits: "required: digit;"
            case .upperCase: "required: upper;"
            case .lowerCase: "required: lower;"
            case .specialCharacters: "required: special;"
            default: nil
            }
        }.joined(separator: " ")
    }
}
