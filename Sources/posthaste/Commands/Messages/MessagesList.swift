// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Gateway
import JSON
import Storage

struct MessagesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Messages, newest first.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, parsing: .upToNextOption, help: "Only messages in these states.")
    var state: [String] = []
    @Option(name: .long, help: "Only messages to this address.")
    var to: String?
    @Option(name: .long, help: "Only messages of this brand.")
    var brand: String?
    @Option(name: .long, help: "Only messages of this category.")
    var category: String?
    @Option(name: .long, help: "Only messages that this provider had last.")
    var provider: String?
    @Option(name: .long, help: "Only messages older than the one with this id.")
    var after: String?
    @Option(name: .long, help: "How many at most, up to 1000.")
    var limit = 50

    func run() async throws {
        let filter = try filter()
        let store = try await config.open().store
        let records: [MessageRecord]
        do throws(OutboxError) {
            records = try await store.stores.messages.list(filter)
        } catch {
            throw CommandFailure(error)
        }
        if output.json { return Terminal.json(MessageView.page(records, limit: limit)) }
        var table = Table("ID", "STATE", "CREATED", "TO", "BRAND", "PROVIDER", "TRIES", "LAST ERROR")
        for record in records {
            let to = record.recipients.first.map { first in
                record.recipients.count > 1 ? "\(first.address) +\(record.recipients.count - 1)" : "\(first.address)"
            }
            table.add(
                record.id,
                record.state.rawValue,
                record.createdAt.description,
                to,
                record.brand,
                record.provider,
                "\(record.attempts)",
                record.failure.map { "\($0.kind) \($0.code)" }
            )
        }
        table.show()
    }

    private func filter() throws(CommandFailure) -> MessageFilter {
        guard 1...1000 ~= limit else { throw CommandFailure(.wrongUsage, ["--limit is from 1 to 1000"]) }
        var filter = MessageFilter(limit: limit)
        (filter.brand, filter.category, filter.provider, filter.after) = (brand, category, provider, after)
        let words = state.flatMap { $0.split(separator: ",").map(String.init) }
        if !words.isEmpty { filter.states = [] }
        for word in words {
            guard let state = MessageState(rawValue: word) else {
                let known = MessageState.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.wrongUsage, ["there is no state `\(word)`; the states are \(known)"])
            }
            filter.states?.insert(state)
        }
        if let to { filter.to = try Self.address(to) }
        return filter
    }

    private static func address(_ text: String) throws(CommandFailure) -> EmailAddress {
        do throws(AddressFault) {
            return try EmailAddress(parsing: text)
        } catch {
            throw CommandFailure(.wrongUsage, ["`\(text)` is no address: \(error)"])
        }
    }
}
