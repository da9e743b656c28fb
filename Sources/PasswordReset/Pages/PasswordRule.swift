// SPDX-License-Identifier: Apache-2.0

/// A rule for passwords, in no language yet.
package enum PasswordRule: Sendable, Hashable {
    /// At least so many characters.
    case minimumLength(Int)
    /// At most so many characters.
    case maximumLength(Int)
    case digits(Int)
    case upperCase(Int)
    case lowerCase(Int)
    case specialCharacters(Int)
    case noControlCharacters
    case notUserName
    case withoutUserName
    case notAddress
    /// None of the last so many passwords; nil when it is not told how many.
    case notRecent(Int?)
    /// On no list of passwords that everybody tries.
    case notWellKnown
    /// A form that only whoever made the rule can explain.
    case pattern
    /// A rule of the directory's in its own words.
    case other(String)

    /// The rule for somebody who is to keep to it, such as `At least 12 characters`; without a full stop.
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
    /// For Apple's password manager, so that what it makes up keeps to the rules.
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
