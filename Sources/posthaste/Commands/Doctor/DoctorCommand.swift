// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Server

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything the gateway needs, and say what would mend what is wrong."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let findings = await DoctorChecks.run(config)
        if output.json {
            Terminal.json(["checks": .array(findings.map(\.json))])
        } else {
            for finding in findings { Terminal.line(finding.line) }
        }
        let faults = findings.filter { $0.verdict == .fault }
        if faults.contains(where: { $0.subject == "config" }) { throw ExitCode(CommandFailure.Code.badConfig.rawValue) }
        if !faults.isEmpty { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }
}
