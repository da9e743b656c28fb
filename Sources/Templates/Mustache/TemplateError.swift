// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a template file, or with a value put into it, and where.
///
/// Never holds a value that a sender gave; a variable is named only.
public struct TemplateError: Error, Sendable, Hashable {
    public let file: String
    /// Counted from 1; 0 when the fault has no place in the file.
    public let line: Int
    /// Counted in characters from 1.
    public let column: Int
    public let message: String
    /// The line of the file with a caret below the place.
    public let excerpt: String?
    /// The variable whose value is refused, for faults that are found while rendering.
    public let variable: String?

    package init(
        file: String,
        line: Int = 0,
        column: Int = 0,
        message: String,
        excerpt: String? = nil,
        variable: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.excerpt = excerpt
        self.variable = variable
    }
}

extension TemplateError: CustomStringConvertible {
    /// One line: `body.html:3:7: what is wrong`.
    public var description: String {
        line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
    }

    /// The line of ``description`` followed by the excerpt.
    public var report: String {
        excerpt.map { "\(description)\n\($0)" } ?? description
    }
}
