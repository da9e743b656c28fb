// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Mail
import Queue

/// The options that select messages by their properties.
struct MessageFilterOptions: ParsableArguments {
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
    @Option(name: .long, help: "Only messages with this tag.")
    var tag: String?
    @Option(name: .long, help: "Only messages with these words in the subject, in small or capital letters.")
    var subject: String?
    @Option(
        name: .long,
        help: "Only messages accepted since then: 30m, 2h or 7d ago, or a time such as 2026-11-20T17:33:27Z."
    )
    var since: String?
    @Option(name: .long, help: "Only messages accepted before then, written as --since is.")
    var until: String?

    /// True when no option was given.
    var isEmpty: Bool {
        state.isEmpty && [to, brand, category, provider, tag, subject, since, until].allSatisfy { $0 == nil }
    }

    /// The filter; throws all faults of the options.
    func filter(limit: Int, now: Timestamp) throws(CommandFailure) -> MessageFilter {
        var filter = MessageFilter(limit: limit)
        var faults: [String] = []
        (filter.brand, filter.category, filter.provider) = (brand, category, provider)
        (filter.tag, filter.subject) = (tag, subject)
        filter.states = states(&faults)
        filter.to = to.flatMap { Self.address($0, &faults) }
        filter.since = since.flatMap { Self.moment($0, "--since", now, &faults) }
        filter.until = until.flatMap { Self.moment($0, "--until", now, &faults) }
        guard faults.isEmpty else { throw CommandFailure(.wrongUsage, faults) }
        return filter
    }

    private func states(_ faults: inout [String]) -> Set<MessageState>? {
        let words = state.flatMap { $0.split(separator: ",").map(String.init) }
        guard !words.isEmpty else { return nil }
        var states: Set<MessageState> = []
        for word in words {
            if let state = MessageState(rawValue: word) {
                states.insert(state)
            } else {
                let known = MessageState.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append("there is no state `\(word)`; the states are \(known)")
            }
        }
        return states
    }

    static func address(_ text: String, _ faults: inout [String]) -> EmailAddress? {
        do throws(FieldError) {
            return try EmailAddress(parsing: text)
        } catch {
            faults.append("`\(text)` is no address: \(error)")
            return nil
        }
    }

    /// A duration before now, or a time in RFC 3339.
    static func moment(_ text: String, _ option: String, _ now: Timestamp, _ faults: inout [String])
        -> Timestamp?
    {
        if let span = Duration(setting: text) { return now - span }
        if let moment = Timestamp(text) { return moment }
        faults.append("\(option) `\(text)` is no time: write 30m, 2h or 7d ago, or a time such as 2026-11-20T17:33:27Z")
        return nil
    }
}
