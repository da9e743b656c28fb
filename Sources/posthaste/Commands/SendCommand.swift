// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Queue
import Submission

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

    func run() async throws {
        let request = try content.request()
        let gateway = try await CommandLineGateway.open(config)
        let id = try await accept(request, gateway)
        let outcome = wait ? try await SendOutcome.of(id, gateway) : nil
        let record = if let outcome { outcome.record } else { try await gateway.message(id) }
        if output.json {
            Terminal.json(MessageView.message(record))
        } else {
            Terminal.line(MessageText.printable(SendOutcome.sentence(record)))
        }
        if let reason = outcome?.reason { throw CommandFailure(MessageText.printable(reason)) }
        if SendOutcome.isLost(record.state) { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    /// The message's id; the id of the first message when its idempotency key was used before.
    private func accept(_ request: JSON, _ gateway: CommandLineGateway) async throws(CommandFailure) -> String {
        do throws(Problem) {
            let replay = try content.delivery.idempotencyKey.map { (key) throws(Problem) in
                try IdempotencyKey(key, path: "send", body: request.encoded())
            }
            let answer = try await gateway.acceptance.accept(request, from: .commandLine, replay: replay)
            if answer.isReplayed {
                Terminal.error("this was sent before with the same idempotency key; nothing was sent")
            }
            return answer.ids.first ?? answer.location.flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
        } catch {
            throw CommandFailure(error)
        }
    }
}
