// SPDX-License-Identifier: Apache-2.0

/// Formats numbers with their nouns.
enum Counted {
    /// `1 template`, `2 templates`; `many` is for plurals that do not end in a plain `s`.
    static func text(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
