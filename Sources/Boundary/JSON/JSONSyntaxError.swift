// SPDX-License-Identifier: Apache-2.0

/// Says where a text stops being JSON, and why.
///
/// It never quotes the text, which may be a token file.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// The line, counted from 1.
    package let line: Int
    /// The column in characters, counted from 1.
    package let column: Int
    package let reason: String

    package init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }

    package var description: String { "not valid JSON at line \(line), column \(column): \(reason)" }
}
