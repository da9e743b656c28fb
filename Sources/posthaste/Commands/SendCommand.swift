// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import JSON

struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract:
            "Accept a message as the API does, straight into the store; a running gateway sends it within a second."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var content: SendContentOptions
    @Flag(name: .long, help: "Wait up to 30 s for the outcome.")
    var wait = false

    /// How long `--wait` waits, and how often it looks.
    private static let patience = Duration.seconds(30)
    private static let interval = Duration.milliseconds(100)

    func run() async throws {
        let request = try content.request()
        let gateway = try await CommandLineGateway.open(config)
        let id = try await accept(request, gateway)
        let record = wait ? try await outcome(of: id, gateway) : try await gateway.message(id)
        if output.json {
            Terminal.json(MessageView.message(record))
        } else {
            Terminal.line(MessageText.printable(Self.sentence(record)))
        }
        if wait, !Self.isSettled(record) {
            throw CommandFailure(
                "nothing came of \(id) in 30 s; is `posthaste serve` running? See `posthaste messages explain \(id)`"
            )
        }
        if Self.isLost(record.state) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private func accept(_ request: JSON, _ gateway: CommandLineGateway) async throws(CommandFailure) -> String {
        do throws(Problem) {
            let answer = try await gateway.acceptance.accept(request, from: .commandLine)
            return answer.ids.first ?? ""
        } catch {
            throw CommandFailure(error)
        }
    }

    private func outcome(of id: String, _ gateway: CommandLineGateway) async throws -> MessageRecord {
        let deadline = ContinuousClock.now + Self.patience
        var record = try await gateway.message(id)
        while !Self.isSettled(record), ContinuousClock.now < deadline {
            try await Task.sleep(for: Self.interval)
            record = try await gateway.message(id)
        }
        return record
    }

    private static func isSettled(_ record: MessageRecord) -> Bool {
        record.state.isFinal || record.state == .uncertain
    }

    private static func isLost(_ state: MessageState) -> Bool {
        [.failed, .uncertain, .expired, .cancelled, .suppressed, .bounced].contains(state)
    }

    private static func sentence(_ record: MessageRecord) -> String {
        var words = "\(record.id) is \(record.state.rawValue)"
        if record.state == .sent, let provider = record.provider { words += " by \(provider)" }
        if let failure = record.failure, isLost(record.state) { words += ": \(failure.detail)" }
        return words
    }
}
