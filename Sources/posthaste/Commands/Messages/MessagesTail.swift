// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Mail
import Queue
import Storage

struct MessagesTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follow what happens to messages, one line for each event, until it is interrupted.",
        discussion: "With --json each line is an object of its own."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Option(name: .long, help: "Only messages to this address.")
    var to: String?
    @Option(name: .long, help: "Only messages of this brand.")
    var brand: String?
    @Option(name: .long, help: "Only messages of this category.")
    var category: String?
    @Option(name: .long, help: "Only events at this provider.")
    var provider: String?
    @Option(name: .long, help: "End after so many lines.")
    var count: Int?

    private static let interval = Duration.milliseconds(500)

    func run() async throws {
        var faults: [String] = []
        let to = to.flatMap { MessageFilterOptions.address($0, &faults) }
        guard faults.isEmpty else { throw CommandFailure(.wrongUsage, faults) }
        let gateway = try await CommandLineGateway.open(config)
        let messages = gateway.store.stores.messages
        var trail = MessageTrail(startedAt: ProcessContext.clock())
        var left = count ?? .max
        while left > 0 {
            do throws(StoreError) {
                for id in trail.changed(try await messages.marks(limit: MessageTrail.window, of: trail.followed)) {
                    guard let record = try await messages.find(id) else { continue }
                    for event in trail.events(of: record) where left > 0 && admits(event, record, to) {
                        show(event, record)
                        left -= 1
                    }
                }
            } catch {
                throw CommandFailure(error)
            }
            if left > 0 { try await Task.sleep(for: Self.interval) }
        }
    }

    private func admits(_ event: MessageEvent, _ record: MessageRecord, _ to: EmailAddress?) -> Bool {
        let isAddressed = to.map { to in record.recipients.contains { $0.address.canonical == to.canonical } } ?? true
        return isAddressed && brand ?? record.brand == record.brand && (category == nil || category == record.category)
            && (provider == nil || provider == event.provider)
    }

    private func show(_ event: MessageEvent, _ record: MessageRecord) {
        let to = record.recipients.first?.address.description
        if output.json {
            return Terminal.json(
                .object(
                    JSONObject([
                        ("id", .string(record.id)), ("at", .string(event.at.description)),
                        ("kind", .string(event.kind.rawValue)),
                        ("provider", event.provider.map(JSON.string) ?? .null),
                        ("detail", event.detail.map(JSON.string) ?? .null),
                        ("state", .string(record.state.rawValue)), ("to", to.map(JSON.string) ?? .null),
                        ("brand", .string(record.brand)), ("category", record.category.map(JSON.string) ?? .null),
                    ])
                )
            )
        }
        let words = ["\(event.at)", record.id, event.kind.rawValue, event.provider, event.detail ?? to].compactMap(
            \.self
        )
        Terminal.line(MessageText.printable(words.joined(separator: "  ")))
    }
}
