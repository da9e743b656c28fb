// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway

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
