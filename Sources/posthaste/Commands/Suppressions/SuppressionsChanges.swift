// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Queue
import Storage
import Submission

struct SuppressionsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Mail this address no more; running gateways follow within a second.",
        discussion:
            "An address that is on the list already gets the new reason. `unsubscribe` does not stop critical mail."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: AddressOptions
    @Option(name: .long, help: "Why: bounce, complaint, unsubscribe or manual.")
    var reason = "manual"

    func run() async throws {
        let address = try options.parsed()
        guard let reason = Suppression.Reason(rawValue: reason) else {
            let known = Suppression.Reason.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.wrongUsage, ["there is no reason `\(reason)`; the reasons are \(known)"])
        }
        let suppression = Suppression(address: address, reason: reason, createdAt: ProcessContext.clock())
        let store = try await config.open().store
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.suppressions.put(suppression)
        }
        if output.json { return Terminal.json(SuppressionView.suppression(suppression)) }
        Terminal.line("\(address) is not mailed any more (\(reason.rawValue))")
    }
}

struct SuppressionsRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take an address off the list, so that it is mailed again."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: AddressOptions

    func run() async throws {
        let address = try options.parsed()
        let store = try await config.open().store
        let wasListed = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.suppressions.delete(address)
        }
        guard wasListed else { throw CommandFailure("\(address) is not on the list") }
        if output.json { return Terminal.json(["address": .string("\(address)"), "removed": true]) }
        Terminal.line("\(address) is mailed again")
    }
}
