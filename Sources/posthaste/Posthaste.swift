// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Server

/// The command line.
@main
struct Posthaste: AsyncParsableCommand {
    static let version = "0.2.0"

    static let configuration = CommandConfiguration(
        commandName: "posthaste",
        abstract: "A self-hosted mail gateway: apps post send requests, operators choose the providers.",
        version: Self.version,
        subcommands: [
            InitCommand.self, ServeCommand.self, SendCommand.self, MessagesCommand.self, KeysCommand.self,
            ProvidersCommand.self, SuppressionsCommand.self, WebhooksCommand.self, EventsCommand.self,
            SMTPCommandGroup.self, TokensCommand.self,
            TemplatesCommand.self,
            MigrateCommand.self, StoreCommand.self,
            DKIMCommand.self, ConsoleCommand.self, ConfigCommand.self, DoctorCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            for line in failure.lines { Terminal.error(line) }
            Foundation.exit(failure.code.rawValue)
        } catch  where exitCode(for: error) == .validationFailure {
            let words = message(for: error).split(separator: "\n").joined(separator: " ")
            Terminal.error(UsageFault(Array(CommandLine.arguments.dropFirst()), root: self).line(words))
            Foundation.exit(ExitCode.validationFailure.rawValue)
        } catch  where error is ExitCode || error is CleanExit || exitCode(for: error) == .success {
            exit(withError: error)
        } catch {
            // A system error that no command has handled.
            Terminal.error(ListenFailure.plain(error))
            Foundation.exit(CommandFailure.Code.failed.rawValue)
        }
    }
}
