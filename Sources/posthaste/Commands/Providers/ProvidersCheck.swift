// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import JSON

struct ProvidersCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Sign in to each provider, without sending mail."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "Only this provider.")
    var name: String?

    func run() async throws {
        let all = try config.load().read.providers
        let chosen = all.filter { name == nil || $0.name == name }
        guard !chosen.isEmpty else {
            let known = all.map(\.name).joined(separator: ", ")
            throw CommandFailure("there is no provider `\(name ?? "")`; the providers are \(known)")
        }
        var checks: [ProviderCheck] = []
        for entry in chosen { checks.append(await ProviderCheck.run(entry)) }
        if output.json {
            Terminal.json(["providers": .array(checks.map(\.json))])
        } else {
            for check in checks { Terminal.line(check.line) }
        }
        if checks.contains(where: { $0.error != nil }) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }
}
