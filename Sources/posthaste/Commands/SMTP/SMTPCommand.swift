// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Mail
import SMTPServer
import Settings

struct SMTPCommandGroup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smtp",
        abstract: "The SMTP listeners.",
        subcommands: [SMTPTest.self]
    )
}

struct SMTPTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Look at an SMTP listener as a client would, and say what works; sends nothing without --to."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "HOST:PORT; without it, every listener of the settings.")
    var address: String?
    @Option(help: "The secret of an API key, to log in.")
    var key: String?
    @Option(help: "The user name of the login; the name of a brand picks that brand.")
    var user = "posthaste"
    @Option(help: "The sender of the mail that --to sends.")
    var from: String?
    @Option(help: "Send one mail to this address; needs --key and --from.")
    var to: String?

    func validate() throws {
        if to != nil, key == nil || from == nil { throw ValidationError("--to needs --key and --from") }
        for text in [from, to].compactMap(\.self) where (try? EmailAddress(parsing: text)) == nil {
            throw ValidationError("`\(text)` is no address; write it like ana@example.org")
        }
    }

    func run() async throws {
        let mail = from.flatMap { from in to.map { SMTPProbe.Mail(from: from, to: $0) } }
        var isGood = true
        var views: [JSON] = []
        for target in try targets() {
            let findings = await SMTPProbe.run(
                target,
                user: user,
                key: key.map { Secret($0) },
                mail: mail,
                now: ProcessContext.clock()
            )
            isGood = isGood && !findings.contains { $0.verdict == .fault }
            if output.json {
                views.append(Self.view(target, findings))
            } else {
                Terminal.line("\(target.host):\(target.port)")
                for finding in findings { Terminal.line("  \(Self.line(finding))") }
            }
        }
        if output.json { Terminal.json(["listeners": .array(views)]) }
        if !isGood { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func targets() throws(CommandFailure) -> [SMTPProbe.Target] {
        if let address {
            guard let parsed = ListenAddress(address) else {
                throw CommandFailure(.wrongUsage, ["`\(address)` is no address and port; write it like localhost:587"])
            }
            let isImplicit = parsed.port == 465
            return [SMTPProbe.Target(host: parsed.host, port: parsed.port, name: parsed.host, isImplicit: isImplicit)]
        }
        guard let smtp = try config.load().settings.smtp else {
            throw CommandFailure("the settings have no section `smtp`; see docs/smtp.md, or name HOST:PORT")
        }
        return smtp.listeners.map { smtp.target($0) }
    }

    private static func line(_ finding: SMTPProbe.Finding) -> String {
        MessageText.printable(
            MessageText.row(finding.verdict.rawValue, MessageText.row(finding.subject, finding.detail))
        )
    }

    private static func view(_ target: SMTPProbe.Target, _ findings: [SMTPProbe.Finding]) -> JSON {
        let checks = findings.map { finding -> JSON in
            .object(
                JSONObject([
                    ("check", .string(finding.subject)), ("verdict", .string(finding.verdict.rawValue)),
                    ("detail", .string(finding.detail)),
                ])
            )
        }
        return ["address": .string("\(target.host):\(target.port)"), "checks": .array(checks)]
    }
}
