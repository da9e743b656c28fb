// SPDX-License-Identifier: Apache-2.0

/// Reads a realm's `passwordPolicy`, such as `length(12) and digits(1) and notUsername(undefined)`.
enum KeycloakPolicy {
    /// The rules that a person can follow, in plain words; what only concerns the server is left out.
    static func rules(_ policy: String) -> [String] {
        parts(policy).compactMap { part in
            let name = part.prefix { $0 != "(" }
            let value = part.dropFirst(name.count + 1).prefix { $0 != ")" }
            let number = Int(value)
            switch name {
            case "length": return number.map { "At least \($0) characters." }
            case "maxLength": return number.map { "At most \($0) characters." }
            case "digits": return number.map { "At least \($0) digit\($0 == 1 ? "" : "s")." }
            case "upperCase": return number.map { "At least \($0) capital letter\($0 == 1 ? "" : "s")." }
            case "lowerCase": return number.map { "At least \($0) small letter\($0 == 1 ? "" : "s")." }
            case "specialChars": return number.map { "At least \($0) special character\($0 == 1 ? "" : "s")." }
            case "notUsername": return "Not your user name."
            case "notContainsUsername": return "Your user name is not part of it."
            case "notEmail": return "Not your email address."
            case "passwordHistory": return number.map { "None of your last \($0) passwords." }
            case "passwordBlacklist": return "Not one of the well-known passwords."
            default: return nil
            }
        }
    }

    /// The policies in order; ` and ` inside brackets, as in a pattern, separates nothing.
    private static func parts(_ policy: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = policy[...]
        while !rest.isEmpty {
            let end = closing(rest)
            parts.append(rest[..<end])
            rest = rest[end...]
            if rest.hasPrefix(" and ") { rest = rest.dropFirst(5) } else { rest = rest.dropFirst() }
        }
        return parts
    }

    /// The end of the first policy: after the bracket that closes it, before the next ` and ` or at the end.
    private static func closing(_ text: Substring) -> Substring.Index {
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")":
                depth -= 1
                if depth == 0 { return text.index(after: index) }
            default: break
            }
        }
        return text.endIndex
    }
}
