// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Queue
import Submission

struct MessagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "The outbox: look at messages, withdraw them, send them again.",
        subcommands: [
            MessagesList.self, MessagesShow.self, MessagesExplain.self, MessagesCancel.self, MessagesRetry.self,
            MessagesSource.self, MessagesTail.self,
        ]
    )
}

struct MessagesShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One message with its events.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let record = try await CommandLineGateway.open(config).message(message.id)
        if output.json { return Terminal.json(MessageView.message(record)) }
        for line in MessageText.lines(record) { Terminal.line(line) }
    }
}

struct MessagesSource: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "The built MIME message, its secrets masked."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        let record = try await gateway.message(message.id)
        do throws(BuildError) {
            Terminal.bytes(try await gateway.builder.source(record))
        } catch {
            throw CommandFailure(error)
        }
    }
}
