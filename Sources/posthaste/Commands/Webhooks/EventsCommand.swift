// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Feedback
import JSON
import Mail
import Queue
import Storage

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "The events of all messages, the oldest first, as webhooks and the feed have them.",
        discussion: "With --json each line is an object of its own."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: .long, help: "Go on with new events until interrupted; without --after, begin with the next one.")
    var follow = false
    @Option(name: .long, help: "Only events after this sequence number.")
    var after: Int64?
    @Option(name: .long, help: "Only these kinds, such as bounced,complained.")
    var kinds: String?
    @Option(name: .long, help: "Only messages of this brand.")
    var brand: String?
    @Option(name: .long, help: "End after so many events (without --follow 200).")
    var limit: Int?

    private static let page = 200
    private static let interval = Duration.milliseconds(500)

    func run() async throws {
        let filter = EventFilter(kinds: try wanted(), brands: brand.map { [$0] })
        let log = try await config.open().store.stores.events
        var left = limit ?? (follow ? .max : Self.page)
        do throws(StoreError) {
            var position: Int64 = 0
            if let after { position = after } else if follow { position = try await log.lastSequence() }
            while left > 0 {
                let page = try await log.firstEvents(after: position, matching: filter, limit: min(left, Self.page))
                for event in page.events { show(event) }
                left -= page.events.count
                guard page.next > position || follow else { return }
                let isAtEnd = page.next <= position || page.events.isEmpty
                position = max(position, page.next)
                // A cancelled sleep ends the command.
                if isAtEnd, follow, (try? await Task.sleep(for: Self.interval)) == nil { return }
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    private func wanted() throws(CommandFailure) -> Set<MessageEvent.Kind>? {
        guard let kinds else { return nil }
        let known = MessageEvent.Kind.allCases.map(\.rawValue)
        let words = kinds.split(separator: ",").map { $0.filter { $0 != " " } }
        let faults = words.filter { !known.contains($0) }.map { word in
            let nearest = NearestName.of(word, among: known).map { "did you mean `\($0)`?" }
            return "there is no event `\(word)`; \(nearest ?? "the events are \(known.joined(separator: ", "))")"
        }
        guard faults.isEmpty else { throw CommandFailure(.wrongUsage, faults) }
        return Set(words.compactMap { MessageEvent.Kind(rawValue: $0) })
    }

    private func show(_ event: LoggedEvent) {
        if output.json { return Terminal.json(WebhookPayload.entry(event)) }
        let words = [
            "\(event.event.at)", event.messageID, event.event.kind.rawValue, event.event.bounceClass?.rawValue,
            event.provider, event.event.recipient?.description, event.event.detail,
        ]
        Terminal.line(MessageText.printable(words.compactMap(\.self).joined(separator: "  ")))
    }
}
