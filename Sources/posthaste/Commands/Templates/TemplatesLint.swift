// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Templates

struct TemplatesLint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Everything worth an author's attention; exit code 1 when there is a fault."
    )

    @OptionGroup var source: TemplatesOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The templates to look at (else all, and the brands).")
    var names: [String] = []
    @Flag(name: .long, help: "Exit code 1 for warnings, too.")
    var strict = false

    func run() async throws {
        let work = try source.open(only: names)
        for name in names where !work.library.names.contains(name) && work.faults(of: name).isEmpty {
            try work.check(template: name)
        }
        let progress = ProgressLine("templates looked at")
        let findings = work.library.snapshot.lint(names.isEmpty ? nil : Set(names)) { progress.show($0, of: $1) }
        progress.clear()
        if output.json {
            Terminal.json(["findings": .array(findings.map(FindingView.json))])
        } else {
            var view = FindingView(folder: work.folder)
            for finding in findings {
                for line in view.lines(finding) { Terminal.line(line) }
            }
            Terminal.line(Self.summary(findings, templates: work.library.names.count))
        }
        let counts = findings.contains { strict || $0.severity == .fault }
        if counts { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    static func summary(_ findings: [LintFinding], templates: Int) -> String {
        let faults = findings.count { $0.severity == .fault }
        let found = [count(faults, "fault"), count(findings.count - faults, "warning")].compactMap(\.self)
        let result = found.isEmpty ? "nothing to remark" : found.joined(separator: ", ")
        return "\(Counted.text(templates, "template")): \(result)"
    }

    private static func count(_ number: Int, _ word: String) -> String? {
        number == 0 ? nil : Counted.text(number, word)
    }
}
