// SPDX-License-Identifier: Apache-2.0

/// Parses a realm's `passwordPolicy`, such as `length(12) and digits(1) and notUsername(undefined)`.
enum KeycloakPolicy {
    /// The rules that a person can follow; rules for the server alone are left out.
    static func rules(_ policy: String) -> [PasswordRule] {
        parts(policy).compactMap { part in
            let name = part.prefix { $0 != "(" }
            return .keycloak(policy: name, part.dropFirst(name.count + 1).prefix { $0 != ")" })
        }
    }

    /// The policies in order; ` and ` inside brackets, as in a pattern, does not separate.
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

    /// The end of the first policy: after its closing bracket, before the next ` and ` or at the end.
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
