// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import JSON
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring the store's schema up to date."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Say what is applied and what is pending, and change nothing.")
    var status = false

    func run() async throws {
        let database = try await OpenStore.openDatabase(try config.load().settings.store)
        let migrator = Migrator(Features.schema)
        do throws(SchemaError) {
            if !status { try await migrator.migrate(database, now: ProcessContext.clock()) }
            show(try await migrator.status(database))
        } catch {
            throw CommandFailure(error)
        }
    }

    private func show(_ status: Migrator.Status) {
        if output.json {
            let lists = [("applied", status.applied), ("pending", status.pending)]
            return Terminal.json(.object(JSONObject(lists.map { ($0.0, .array($0.1.map(JSON.string))) })))
        }
        for step in status.applied { Terminal.line("applied  \(step)") }
        for step in status.pending { Terminal.line("pending  \(step)") }
        Terminal.line(
            status.pending.isEmpty ? "the store is up to date" : "run `posthaste migrate` to apply what is pending"
        )
    }
}
