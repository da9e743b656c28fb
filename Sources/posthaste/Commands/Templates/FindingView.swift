// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Templates

/// Findings of lint as authors and programs read them.
struct FindingView {
    /// The templates folder, which the names of files begin with.
    let folder: String

    /// `templates/welcome/body.html:3:7: warning: what is wrong`, then the line with a caret below the place.
    func lines(_ finding: LintFinding) -> [String] {
        let place = finding.line > 0 ? ":\(finding.line):\(finding.column)" : ""
        let head = "\(path(finding))\(place): \(finding.severity.rawValue): \(finding.message)"
        return ([head] + excerpt(finding)).map(MessageText.printable)
    }

    private func path(_ finding: LintFinding) -> String {
        finding.file.hasPrefix("/") || finding.file == folder ? finding.file : "\(folder)/\(finding.file)"
    }

    private func excerpt(_ finding: LintFinding) -> [String] {
        // Without its line a finding is still told.
        guard finding.line > 0, let text = try? InputFile.text(path(finding)) else {
            return []
        }
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard finding.line <= lines.count else { return [] }
        let caret = max(finding.column - 1, 0)
        let skipped = caret > 90 ? caret - 60 : 0
        let shown = lines[finding.line - 1].dropFirst(skipped).prefix(110)
        guard caret - skipped <= shown.count else { return [] }
        return ["    \(shown)", "    \(String(repeating: " ", count: caret - skipped))^"]
    }

    static func json(_ finding: LintFinding) -> JSON {
        .object(
            JSONObject([
                ("severity", .string(finding.severity.rawValue)), ("file", .string(finding.file)),
                ("line", .integer(finding.line)), ("column", .integer(finding.column)),
                ("message", .string(finding.message)),
            ])
        )
    }

    static func json(_ error: TemplateError) -> JSON {
        .object(
            JSONObject([
                ("file", .string(error.file)), ("line", .integer(error.line)), ("column", .integer(error.column)),
                ("message", .string(error.message)),
            ])
        )
    }
}
