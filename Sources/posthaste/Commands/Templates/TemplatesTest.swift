// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Templates

struct TemplatesTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Compare every brand, locale and template with what it looked like before.",
        discussion: """
            Each mail is rendered from its sample and compared with golden/BRAND/LOCALE/NAME.subject.txt, .html and .txt in \
            the templates folder; --update writes these files. Exit code 1 when anything differs or cannot be rendered.
            """
    )

    @OptionGroup var source: TemplatesOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "One template (else all).")
    var name: String?
    @Flag(name: .long, help: "Take what is rendered now as good, and remove golden files that no mail belongs to.")
    var update = false

    func run() async throws {
        let work = try source.open(only: name.map { [$0] } ?? [])
        if let name { try work.check(template: name) }
        let check = GoldenCheck(work, template: name)
        if update { return try write(check, work) }
        if output.json { Terminal.json(check.json) } else { show(check, work) }
        if !check.isPassed { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func write(_ check: GoldenCheck, _ work: TemplateWork) throws {
        // An incomplete set of mails must not count as success.
        guard check.faults.isEmpty else {
            let faults = check.faults.flatMap(TemplateWork.lines)
            throw CommandFailure(.failed, faults + ["nothing was written: mend the faults first"])
        }
        let golden = GoldenFiles(folder: work.folder)
        let stale = Set(check.results.filter { $0.status == .different || $0.status == .missing }.map(\.file))
        for part in check.parts where stale.contains(part.file) { try golden.write(part) }
        let orphans = check.results.filter { $0.status == .orphaned }.map(\.file)
        for file in orphans { try golden.remove(file) }
        if output.json {
            return Terminal.json([
                "mails": .integer(check.mails), "written": .integer(stale.count), "removed": .integer(orphans.count),
            ])
        }
        let mails = Counted.text(check.mails, "mail")
        Terminal.line("\(mails): \(Counted.text(stale.count, "file")) written, \(orphans.count) removed")
    }

    private func show(_ check: GoldenCheck, _ work: TemplateWork) {
        for fault in check.faults { TemplateWork.lines(fault).forEach(Terminal.error) }
        if !check.hasGoldenFiles {
            return Terminal.line(
                "\(Counted.text(check.mails, "mail")), and no golden files to compare with: write them with "
                    + "`posthaste templates test --update`"
            )
        }
        for result in check.results {
            let file = "\(work.folder)/\(result.file)"
            switch result.status {
            case .equal: break
            case .missing: Terminal.line("\(file): there is no such golden file yet")
            case .orphaned: Terminal.line("\(file): no mail belongs to this golden file any more")
            case .different:
                let lines = ["--- \(file)", "+++ as rendered now"] + result.difference
                for line in lines { Terminal.line(Terminal.isColoured ? Self.coloured(line) : line) }
            }
        }
        Terminal.line(summary(check))
    }

    private func summary(_ check: GoldenCheck) -> String {
        let found = [
            (check.faults.count, "fault", "faults"), (check.count(.different), "file differs", "files differ"),
            (check.count(.missing), "golden file is missing", "golden files are missing"),
            (check.count(.orphaned), "golden file is left over", "golden files are left over"),
        ].filter { $0.0 > 0 }.map { Counted.text($0.0, $0.1, $0.2) }
        let mails = Counted.text(check.mails, "mail")
        guard !found.isEmpty else { return "\(mails): \(check.mails == 1 ? "as it was" : "all as they were")" }
        let remedy = "look, then take them as good with `posthaste templates test --update`"
        return "\(mails): \(found.joined(separator: ", ")); \(remedy)"
    }

    private static func coloured(_ line: String) -> String {
        switch line.first {
        case "+": "\u{1B}[32m\(line)\u{1B}[0m"
        case "-": "\u{1B}[31m\(line)\u{1B}[0m"
        case "@": "\u{1B}[36m\(line)\u{1B}[0m"
        default: line
        }
    }
}
