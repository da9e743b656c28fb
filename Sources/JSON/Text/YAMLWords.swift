// SPDX-License-Identifier: Apache-2.0

/// Explains YAML faults together with a remedy.
package enum YAMLWords {
    /// Explains a syntax fault that the parser describes as `problem`; `line` is the text of its line.
    package static func syntax(_ problem: String, line: some StringProtocol) -> String {
        let indentation = line.prefix { $0 == " " || $0 == "\t" }
        if indentation.contains("\t") || problem.contains("tab")
            || problem.contains("cannot start any token") && line.contains("\t")
        {
            return "this is no YAML: a tab cannot indent a line; use blanks"
        }
        return "this is no YAML: \(problem)"
    }

    package static let mapIsDue = "this is a list (its items begin with `-`), and a map of `name: value` is due"
    package static let listIsDue =
        "this is a map of `name: value`, and a list is due, each item on a line that begins with `- `"

    package static func twice(_ name: String) -> String { "`\(name)` is written twice; keep one of them" }
}
