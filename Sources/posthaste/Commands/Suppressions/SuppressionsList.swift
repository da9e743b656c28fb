// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Queue
import Storage
import Submission

struct SuppressionsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The addresses that are not mailed, in the order of the alphabet."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only entries after this address.")
    var after: String?
    @Option(name: .long, help: "How many at most, up to 1000.")
    var limit = 200

    func validate() throws {
        guard 1...1000 ~= limit else { throw ValidationError("--limit is from 1 to 1000") }
    }

    func run() async throws {
        let store = try await config.open().store
        let page = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.suppressions.list(
                after: after.map { .init($0) },
                limit: limit,
                now: ProcessContext.clock()
            )
        }
        if output.json { return Terminal.json(SuppressionView.page(page, limit: limit)) }
        var table = Table("ADDRESS", "LIST", "REASON", "SINCE", "UNTIL", "MESSAGE")
        for entry in page {
            table.add(
                "\(entry.address)",
                entry.list ?? "all mail",
                entry.reason.rawValue,
                entry.createdAt.description,
                entry.expiresAt?.description ?? "",
                entry.source?.message ?? ""
            )
        }
        table.show()
    }
}
