// SPDX-License-Identifier: Apache-2.0

/// A fault of a template file, or of a value inserted into it, with its position.
///
/// Never contains a value from a sender; a variable is only named.
public struct TemplateError: Error, Sendable, Hashable {
    public let file: String
    /// Counted from 1; 0 when the fault has no position in the file.
    public let line: Int
    /// Counted in characters from 1.
    public let column: Int
    public let message: String
    /// The line of the file with a caret below the position.
    public let excerpt: String?
    /// The variable whose value is refused, for faults at rendering.
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
