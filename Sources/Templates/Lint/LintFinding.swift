// SPDX-License-Identifier: Apache-2.0

/// One finding about a template, a brand or a layout.
package struct LintFinding: Sendable, Hashable {
    package enum Severity: String, Sendable {
        /// Prevents the use of the file.
        case fault
        case warning
    }

    package let file: String
    /// Counted from 1; 0 when the finding has no position in the file.
    package let line: Int
    /// Counted in characters from 1.
    package let column: Int
    package let severity: Severity
    /// The fault and its remedy.
    package let message: String
}

extension LintFinding {
    init(_ error: TemplateError, _ severity: Severity) {
        self.init(file: error.file, line: error.line, column: error.column, severity: severity, message: error.message)
    }

    static func warning(_ message: String, at position: Position) -> LintFinding {
        LintFinding(position.error(message), .warning)
    }

    static func fault(_ message: String, in file: String) -> LintFinding {
        LintFinding(TemplateError(file: file, message: message), .fault)
    }

    static func warning(_ message: String, in file: String) -> LintFinding {
        LintFinding(TemplateError(file: file, message: message), .warning)
    }
}
