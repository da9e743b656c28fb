// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Storage

struct MessagesRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put a message back into the queue; its age starts anew."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        let before = try await gateway.message(message.id)
        let isDone: Bool
        do throws(OutboxError) {
            isDone = try await gateway.store.stores.messages.retry(message.id, now: Machine.clock())
        } catch {
            throw CommandFailure(error)
        }
        guard isDone else {
            throw CommandFailure(
                "\(message.id) is \(before.state.rawValue): only failed, cancelled, uncertain and parked messages can be tried again"
            )
        }
        let record = try await gateway.message(message.id)
        if output.json { return Terminal.json(MessageView.message(record)) }
        Terminal.line("\(record.id) is \(record.state.rawValue)")
    }
}
