// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "The settings file: check it, show it.",
        subcommands: [ConfigCheck.self, ConfigShow.self]
    )
}
