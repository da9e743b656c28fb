// SPDX-License-Identifier: Apache-2.0
import Basics
import Text

/// Replaces `${NAME}` and `${NAME:-default}` with the values of environment variables.
///
/// `$${` yields `${`; any other `$` is unchanged, and substituted values are not resolved again.
struct ScalarResolver {
    let environment: [String: String]

    /// True when the text names an environment variable, whose value is fixed at the start of the process.
    static func usesEnvironment(_ text: String) -> Bool { text.replacing("$${", with: "").contains("${") }

    func resolve(_ text: String) throws(TextError) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.hasPrefix("${") {
                result += "${"
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("{") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw TextError(
                        problem: "`${` is not closed",
                        remedy: "write ${NAME} or ${NAME:-default}, and $${ for ${"
                    )
                }
                result += try value(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }

    private func value(_ expression: Substring) throws(TextError) -> String {
        let mark = expression.utf8.firstIndex { !Self.isNameByte($0) } ?? expression.endIndex
        let name = String(expression[..<mark])
        let fallback = expression[mark...]
        guard !name.isEmpty, fallback.isEmpty || fallback.hasPrefix(":-") else {
            throw TextError(
                problem: "`${\(expression)}` names no environment variable",
                remedy: "write ${NAME} or ${NAME:-default}, and $${ for ${"
            )
        }
        if let value = environment[name], !(value.isEmpty && !fallback.isEmpty) { return value }
        guard !fallback.isEmpty else {
            throw TextError(
                problem: "the environment variable \(name) is not set",
                remedy: "set it, or give a default: ${\(name):-default}"
            )
        }
        return String(fallback.dropFirst(2))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_")
    }
}
