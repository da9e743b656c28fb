// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Mail

struct SuppressionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppressions",
        abstract: "Addresses that are not mailed: list them, add one, take one off.",
        subcommands: [SuppressionsList.self, SuppressionsAdd.self, SuppressionsRemove.self]
    )
}

/// The address argument of a command.
struct AddressOptions: ParsableArguments {
    @Argument(help: "The address, such as ana@example.org.")
    var address: String

    func parsed() throws(CommandFailure) -> EmailAddress {
        var faults: [String] = []
        guard let address = MessageFilterOptions.address(address, &faults) else {
            throw CommandFailure(.wrongUsage, faults)
        }
        return address
    }
}

/// The list of an entry.
struct ListOptions: ParsableArguments {
    @Option(name: .long, help: "Only mail of this list, such as newsletter; all mail without it.")
    var list: String?

    func parsed() throws(CommandFailure) -> String? {
        guard let list, let fault = LabelRules.fault(ofWord: list) else { return list }
        throw CommandFailure(.wrongUsage, ["--list: \(fault)"])
    }
}
