// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Queue
import Storage

struct ProvidersProbe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Let the running gateways try a provider now; when it works, its parked mail leaves.",
        discussion: "`providers check` signs in from here instead, and needs no running gateway."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The provider's name.")
    var name: String

    /// The time limit of the gateways, and the interval at which their reports are read.
    private static let (patience, interval) = (Duration.seconds(60), Duration.milliseconds(200))

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        try gateway.checkProvider(name)
        let before = try await reports(gateway)
        guard !before.isEmpty else {
            throw CommandFailure(
                "no gateway runs on this store; `posthaste providers check \(name)` signs in from here"
            )
        }
        guard !before.contains(where: { $0.state == .paused }) else {
            throw CommandFailure("\(name) is paused; run `posthaste providers resume \(name)` first")
        }
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await gateway.store.stores.controls.askForProbe(of: name, now: ProcessContext.clock())
        }
        let answers = try await answers(gateway, before)
        show(answers)
        guard !answers.isEmpty else {
            throw CommandFailure(
                "no gateway has tried \(name) within \(Self.patience.components.seconds) s; see the log of the gateway"
            )
        }
        if answers.contains(where: { $0.probe?.failure != nil }) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func reports(_ gateway: CommandLineGateway) async throws(CommandFailure) -> [ProviderReport] {
        try await gateway.reports().filter { $0.provider == name }
    }

    /// The reports of the gateways that have probed the provider since `before`.
    private func answers(_ gateway: CommandLineGateway, _ before: [ProviderReport]) async throws -> [ProviderReport] {
        let earlier = Dictionary(before.map { ($0.gateway, $0.probe) }) { $1 }
        let deadline = ContinuousClock.now + Self.patience
        var answers: [ProviderReport] = []
        repeat {
            try await Task.sleep(for: Self.interval)
            let now = try await reports(gateway)
            answers = now.filter { $0.probe != nil && $0.probe != earlier[$0.gateway] ?? nil }
            if !now.isEmpty, answers.count == now.count { break }
        } while ContinuousClock.now < deadline
        return answers
    }

    private func show(_ answers: [ProviderReport]) {
        if output.json {
            let probes = answers.map { answer -> JSON in
                [
                    "gateway": .integer(Int(answer.gateway.number)), "ok": .bool(answer.probe?.failure == nil),
                    "state": .string(answer.state.rawValue), "error": answer.probe?.failure.map(JSON.string) ?? .null,
                    "remedy": answer.remedy.map(JSON.string) ?? .null,
                ]
            }
            return Terminal.json(["provider": .string(name), "probes": .array(probes)])
        }
        for answer in answers {
            let place = answers.count > 1 ? " (gateway \(answer.gateway.number))" : ""
            let words = answer.probe?.failure.map { [$0, answer.remedy].compactMap(\.self).joined(separator: "; ") }
            let line = words.map { "\(name)\(place): \($0)" } ?? "\(name)\(place) works"
            Terminal.line(MessageText.printable(line))
        }
    }
}
