// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Queue
import Storage
import Submission

struct MessagesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Messages, newest first.")

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: MessageFilterOptions
    @Option(name: .long, help: "Only messages older than the one with this id.")
    var after: String?
    @Option(name: .long, help: "How many at most, up to 1000.")
    var limit = 50

    func run() async throws {
        let filter = try filter()
        let gateway = try await CommandLineGateway.open(config)
        let page: MessagePage
        do throws(StoreError) {
            // A caller that asks for a number of messages waits until they are found or none is left.
            page = try await gateway.builder.search(gateway.store.stores.messages).page(filter, pages: .max)
        } catch {
            throw CommandFailure(error)
        }
        if output.json { return Terminal.json(MessageView.page(page)) }
        var table = Table("ID", "STATE", "CREATED", "TO", "BRAND", "PROVIDER", "TRIES", "LAST ERROR")
        for record in page.records {
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
        var filter = try options.filter(limit: limit, now: ProcessContext.clock())
        filter.after = after
        return filter
    }
}
