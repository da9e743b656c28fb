// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway

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
        do throws(BuildFailure) {
            Terminal.bytes(try await gateway.builder.source(record))
        } catch {
            throw CommandFailure(error)
        }
    }
}
