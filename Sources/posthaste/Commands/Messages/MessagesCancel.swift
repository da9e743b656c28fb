// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import Storage

struct MessagesCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Withdraw a message that was not handed over yet."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        let before = try await gateway.message(message.id)
        let isDone: Bool
        do throws(OutboxError) {
            isDone = try await gateway.store.stores.messages.cancel(message.id, by: Machine.actor, now: Machine.clock())
        } catch {
            throw CommandFailure(error)
        }
        guard isDone else {
            throw CommandFailure(
                "\(message.id) is \(before.state.rawValue): only scheduled, queued, parked and uncertain messages can be cancelled"
            )
        }
        let record = try await gateway.message(message.id)
        if output.json { return Terminal.json(MessageView.message(record)) }
        Terminal.line("\(record.id) is \(record.state.rawValue)")
    }
}
