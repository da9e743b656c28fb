// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Delivery
import JSON
import Mail
import OAuth
import Queue
import Submission

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
        let loaded = try config.load()
        let all = loaded.read.providers
        // Only tokens in the database need the store.
        if ProcessServices.tokens.requests.contains(where: { $0.key != nil }) { _ = try await config.open() }
        let chosen = all.filter { name == nil || $0.name == name }
        guard !chosen.isEmpty else {
            let known = all.map(\.name).joined(separator: ", ")
            throw CommandFailure("there is no provider `\(name ?? "")`; the providers are \(known)")
        }
        var checks: [ProviderCheck] = []
        let senders = Self.senders(loaded)
        for entry in chosen { checks.append(await ProviderCheck.run(entry, senders: senders)) }
        if output.json {
            Terminal.json(["providers": .array(checks.map(\.json))])
        } else {
            for check in checks {
                Terminal.line(check.line)
                for advice in check.advice {
                    let word = advice.isFault ? "fault" : "warning"
                    Terminal.line(MessageText.printable(MessageText.row(word, advice.text)))
                }
            }
        }
        if checks.contains(where: { !$0.isGood }) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    /// The addresses that the brands send from.
    private static func senders(_ config: LoadedConfig) -> [EmailAddress] {
        let templates = OpenTemplates(config.settings)
        let addresses = config.brandNames.compactMap { templates.templates.brand($0)?.from?.address }
        return Array(Set(addresses)).sorted { $0.description < $1.description }
    }
}
