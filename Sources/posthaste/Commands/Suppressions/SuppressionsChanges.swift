// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Mail
import Queue
import Storage
import Submission

struct SuppressionsAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Mail this address no more; running gateways follow within a second.",
        discussion:
            "With --list only mail of that list stops. An entry that is there already gets the new reason. `unsubscribe` "
            + "does not stop critical mail."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: AddressOptions
    @OptionGroup var list: ListOptions
    @Option(name: .long, help: "Why: bounce, complaint, unsubscribe or manual.")
    var reason = "manual"

    func run() async throws {
        let (address, list) = (try options.parsed(), try list.parsed())
        guard let reason = Suppression.Reason(rawValue: reason) else {
            let known = Suppression.Reason.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.wrongUsage, ["there is no reason `\(reason)`; the reasons are \(known)"])
        }
        let suppression = Suppression(
            address: address,
            list: list,
            reason: reason,
            createdAt: ProcessContext.clock()
        )
        let store = try await config.open().store
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.suppressions.put(suppression)
        }
        if output.json { return Terminal.json(SuppressionView.suppression(suppression)) }
        let mail = list.map { "gets no mail of the list \($0)" } ?? "is not mailed"
        Terminal.line("\(address) \(mail) any more (\(reason.rawValue))")
    }
}

struct SuppressionsRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take an address off, so that it is mailed again.",
        discussion: "With --list the entry for that list is removed, otherwise the one for all mail."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: AddressOptions
    @OptionGroup var list: ListOptions

    func run() async throws {
        let (address, list) = (try options.parsed(), try list.parsed())
        let store = try await config.open().store
        let wasListed = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.suppressions.delete(address, list: list)
        }
        let what = list.map { "mail of the list \($0)" } ?? "all mail"
        guard wasListed else { throw CommandFailure("\(address) is not suppressed for \(what)") }
        if output.json {
            return Terminal.json([
                "address": .string("\(address)"), "list": MessageView.text(list), "removed": true,
            ])
        }
        Terminal.line("\(address) is mailed again (\(what))")
    }
}
