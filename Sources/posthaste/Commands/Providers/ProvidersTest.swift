// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Delivery
import JSON
import Mail
import OAuth
import Queue
import Submission

struct ProvidersTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Try the laws of providers with one of them, by sending a few messages to an address of yours.",
        discussion: """
            Each law is printed as `kept: …` or `broken: …`; exit 1 when one is broken. The messages go straight to the provider, past \
            the queue and its limits. It asks before it sends, and needs --yes elsewhere.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The provider's name.")
    var name: String
    @Option(name: .customLong("to"), help: "The address that gets the messages.")
    var recipient: String
    @Option(name: .customLong("from"), help: "The sender (else that of the default brand, else the address of --to).")
    var sender: String?
    @Flag(name: .long, help: "Send without asking.")
    var yes = false

    /// How many messages are sent at once, and how long a cancelled attempt may go on.
    private static let (parallelCount, patience) = (4, Duration.seconds(10))

    func run() async throws {
        let loaded = try config.load()
        let entry = try entry(loaded)
        let recipient = try Self.address(recipient, "--to")
        let sender = try sender.map { (text) throws(CommandFailure) in try Self.address(text, "--from") }
        // Only tokens in the database need the store.
        if ProcessServices.tokens.requests.contains(where: { $0.provider == name && $0.key != nil }) {
            _ = try await config.open()
        }
        let mail = TrialMail(
            from: sender ?? Self.sender(loaded) ?? recipient,
            to: recipient,
            subject: "Posthaste: a test of \(name),",
            run: "test\(String(ProcessContext.random(), radix: 36))-",
            date: ProcessContext.clock()
        )
        let trial = ProviderTrial(
            entry.provider,
            mail: mail,
            patience: Self.patience,
            parallelCount: Self.parallelCount
        )
        try confirm(trial)
        let verdicts = await verdicts(of: trial, entry)
        await entry.provider.stopIfStarted()
        if output.json { Terminal.json(Self.json(name, verdicts)) }
        if verdicts.contains(where: { $0.fault != nil }) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func entry(_ loaded: LoadedConfig) throws(CommandFailure) -> DeliverySettings.ProviderEntry {
        if let entry = loaded.read.providers.first(where: { $0.name == name }) { return entry }
        let names = loaded.read.providers.map(\.name)
        let nearest = NearestName.of(name, among: names).map { "; did you mean `\($0)`?" }
        throw CommandFailure(
            "there is no provider `\(name)`\(nearest ?? "; the providers are \(names.joined(separator: ", "))")"
        )
    }

    private static func address(_ text: String, _ option: String) throws(CommandFailure) -> Mailbox {
        do throws(FieldError) {
            return Mailbox(try EmailAddress(parsing: text))
        } catch {
            throw CommandFailure(.wrongUsage, ["\(option) \(text): \(error)"])
        }
    }

    /// The sender of the default brand.
    private static func sender(_ config: LoadedConfig) -> Mailbox? {
        OpenTemplates(config.settings).templates.brand(config.settings.defaultBrand)?.from
    }

    private func confirm(_ trial: ProviderTrial) throws(CommandFailure) {
        guard !yes else { return }
        let words = "up to \(trial.mailCount) messages to \(recipient) through \(name)"
        guard Terminal.canAsk else { throw CommandFailure("this would send \(words): say --yes") }
        guard Terminal.agrees(to: "Send \(words)?") else { throw CommandFailure("nothing was sent") }
    }

    /// Tries law after law, and prints each verdict as soon as it is known.
    private func verdicts(of trial: ProviderTrial, _ entry: DeliverySettings.ProviderEntry) async -> [LawVerdict] {
        var verdicts: [LawVerdict] = []
        for law in ProviderLaw.withAnyService {
            let verdict = LawVerdict(law.text, fault: await trial.fault(of: law))
            show(verdict)
            verdicts.append(verdict)
        }
        guard let own = entry.provider as? any SelfTestingProvider else { return verdicts }
        for verdict in await own.verdictsOnOwnLaws() {
            show(verdict)
            verdicts.append(verdict)
        }
        return verdicts
    }

    private func show(_ verdict: LawVerdict) {
        guard !output.json else { return }
        let line = verdict.fault.map { "broken: \(verdict.law): \($0)" } ?? "kept: \(verdict.law)"
        Terminal.line(MessageText.printable(line))
    }

    private static func json(_ name: String, _ verdicts: [LawVerdict]) -> JSON {
        let laws = verdicts.map { verdict -> JSON in
            [
                "law": .string(verdict.law), "kept": .bool(verdict.fault == nil),
                "fault": verdict.fault.map(JSON.string) ?? .null,
            ]
        }
        return ["provider": .string(name), "laws": .array(laws)]
    }
}

extension Provider {
    /// Stops what a call of this provider has started.
    func stopIfStarted() async { await (self as? any StartableProvider)?.stop(afterCalls: false) }
}
