// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Templates

struct TemplatesLint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Everything worth an author's attention; exit code 1 when there is a fault."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let open = OpenTemplates(try config.load().settings)
        let findings = open.library.lint()
        if output.json {
            Terminal.json(["findings": .array(findings.map(Self.json))])
        } else {
            for finding in findings { Terminal.line(Self.line(finding, in: open.folder)) }
            if findings.isEmpty { Terminal.line("\(open.library.names.count) templates, nothing to remark") }
        }
        let hasFault = findings.contains { $0.severity == .fault }
        if hasFault { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private static func line(_ finding: LintFinding, in folder: String) -> String {
        let place = finding.line > 0 ? ":\(finding.line):\(finding.column)" : ""
        let file = finding.file.hasPrefix("/") ? finding.file : "\(folder)/\(finding.file)"
        return "\(file)\(place): \(finding.severity.rawValue): \(finding.message)"
    }

    private static func json(_ finding: LintFinding) -> JSON {
        .object(
            JSONObject([
                ("severity", .string(finding.severity.rawValue)), ("file", .string(finding.file)),
                ("line", .integer(finding.line)), ("column", .integer(finding.column)),
                ("message", .string(finding.message)),
            ])
        )
    }
}
