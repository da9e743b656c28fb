// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

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

/// Which message a command is about.
struct MessageOptions: ParsableArguments {
    @Argument(help: "The message's id, as `messages list` shows it.")
    var id: String
}
