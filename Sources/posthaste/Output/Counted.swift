// SPDX-License-Identifier: Apache-2.0

/// Numbers with the word for what they count.
enum Counted {
    /// `1 template`, `2 templates`; `many` is for words that do not end in a plain `s`.
    static func text(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
