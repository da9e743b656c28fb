// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PasswordReset
@testable import Server

@Suite struct KeycloakRuleTests {
    @Test(arguments: [
        ("length", "12", PasswordRule.minimumLength(12)), ("maxLength", "128", .maximumLength(128)),
        ("digits", "1", .digits(1)), ("upperCase", "2", .upperCase(2)), ("lowerCase", "3", .lowerCase(3)),
        ("specialChars", "4", .specialCharacters(4)), ("notUsername", "undefined", .notUserName),
        ("notContainsUsername", "undefined", .withoutUserName), ("notEmail", "undefined", .notAddress),
        ("passwordHistory", "3", .notRecent(3)), ("passwordBlacklist", "list.txt", .notWellKnown),
        ("regexPattern", "^a+$", nil), ("hashIterations", "5", nil), ("length", "undefined", nil), ("", "", nil),
    ])
    func policiesAreTheRulesForPeople(_ name: String, _ value: String, _ rule: PasswordRule?) {
        #expect(PasswordRule.keycloak(policy: name, value) == rule)
    }

    @Test(arguments: [
        ("invalidPasswordMinLengthMessage", "Invalid password: minimum length 12.", PasswordRule.minimumLength(12)),
        ("invalidPasswordMaxLengthMessage", "Invalid password: maximum length 64.", .maximumLength(64)),
        ("invalidPasswordMinDigitsMessage", "Invalid password: must contain at least 1 numerical digits.", .digits(1)),
        ("invalidPasswordMinUpperCaseCharsMessage", "… at least 2 upper case characters.", .upperCase(2)),
        ("invalidPasswordMinLowerCaseCharsMessage", "… at least 3 lower case characters.", .lowerCase(3)),
        ("invalidPasswordMinSpecialCharsMessage", "… at least 1 special characters.", .specialCharacters(1)),
        ("invalidPasswordNotUsernameMessage", "…", .notUserName),
        ("invalidPasswordNotContainsUsernameMessage", "…", .withoutUserName),
        ("invalidPasswordNotEmailMessage", "…", .notAddress),
        ("invalidPasswordHistoryMessage", "… any of last 3 passwords.", .notRecent(3)),
        ("invalidPasswordBlacklistedMessage", "…", .notWellKnown),
        ("invalidPasswordRegexPatternMessage", "…", .pattern),
        (
            "Resetting to N old passwords is not allowed.", "Resetting to N old passwords is not allowed.",
            .notRecent(nil)
        ),
        ("invalidPasswordMinLengthMessage", "Ungültiges Passwort.", .other("Ungültiges Passwort.")),
        ("invalidPasswordNewRuleMessage", "Not on Mondays.", .other("Not on Mondays.")),
    ])
    func refusalsAreTheRulesThatWereBroken(_ code: String, _ words: String, _ rule: PasswordRule) {
        #expect(PasswordRule.keycloak(refusal: code, words) == rule)
    }
}
