// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "The store as a whole.",
        subcommands: [StoreCopyCommand.self]
    )
}
