// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Templates

/// Formats lint findings for authors and programs.
struct FindingView {
    /// The templates folder, with which file names begin.
    let folder: String
    /// The lines of the files shown so far, by path.
    private var files: [String: [ArraySlice<UInt8>]] = [:]

    init(folder: String) {
        self.folder = folder
    }

    /// `templates/welcome/body.html:3:7: warning: what is wrong`, then the line with a caret below the place.
    mutating func lines(_ finding: LintFinding) -> [String] {
        let place = finding.line > 0 ? ":\(finding.line):\(finding.column)" : ""
        let head = "\(path(finding))\(place): \(finding.severity.rawValue): \(finding.message)"
        return ([head] + excerpt(finding)).map(MessageText.printable)
    }

    private func path(_ finding: LintFinding) -> String {
        finding.file.hasPrefix("/") || finding.file == folder ? finding.file : "\(folder)/\(finding.file)"
    }

    private mutating func excerpt(_ finding: LintFinding) -> [String] {
        let lines = finding.line > 0 ? lines(ofFile: path(finding)) : []
        guard lines.indices.contains(finding.line - 1) else { return [] }
        let caret = max(finding.column - 1, 0)
        let skipped = caret > 90 ? caret - 60 : 0
        let shown = String(decoding: lines[finding.line - 1], as: UTF8.self).dropFirst(skipped).prefix(110)
        guard caret - skipped <= shown.count else { return [] }
        return ["    \(shown)", "    \(String(repeating: " ", count: caret - skipped))^"]
    }

    /// The lines as findings count them: only a line feed ends a line.
    ///
    /// Empty for a file that cannot be read: the finding is shown without its line.
    private mutating func lines(ofFile path: String) -> [ArraySlice<UInt8>] {
        if let known = files[path] { return known }
        let bytes = Array((try? InputFile.text(path))?.utf8 ?? "".utf8)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        files[path] = lines
        return lines
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
