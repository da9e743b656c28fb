// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "API keys: make, list and revoke them.",
        subcommands: [KeysCreate.self, KeysList.self, KeysRevoke.self]
    )
}
