// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import JSON
import Queue
import Storage
import Submission

struct MessagesRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Put messages back into the queue; their age starts anew.",
        discussion: """
            Name one message, or say which: `messages retry --state failed --since 2h --provider relay`. Without --state these are \
            the failed ones. More than one is asked about at a terminal, and needs --yes elsewhere.
            """
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @Argument(help: "The message's id, as `messages list` shows it.")
    var id: String?
    @OptionGroup var options: MessageFilterOptions
    @Flag(name: .long, help: "Say which messages would be tried again, and change nothing.")
    var dryRun = false
    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    func validate() throws {
        guard (id == nil) != options.isEmpty else {
            throw ValidationError("Name a message, or say which ones with --state, --since and the other filters.")
        }
    }

    func run() async throws {
        if let id { return try await retry(id) }
        let filter = try filter()
        let gateway = try await CommandLineGateway.open(config)
        let ids = try await BulkRetry.ids(filter, gateway)
        if dryRun || ids.isEmpty { return show(BulkRetry.Outcome(found: ids, retried: [])) }
        try confirm(ids.count)
        let outcome = await BulkRetry.retry(ids, gateway)
        show(outcome)
        if let failure = outcome.failure { throw failure }
        if outcome.retried.count < ids.count { throw ExitCode(CommandFailure.Code.failed.rawValue) }
    }

    private static let retryable = "only \(MessageState.retryable.words) messages can be tried again"

    private func retry(_ id: String) async throws {
        let gateway = try await CommandLineGateway.open(config)
        let before = try await gateway.message(id)
        if dryRun { return show(BulkRetry.Outcome(found: before.state.isRetryable ? [id] : [], retried: [])) }
        let outcome = await BulkRetry.retry([id], gateway)
        if let failure = outcome.failure { throw failure }
        guard outcome.retried == [id] else {
            throw CommandFailure("\(id) is \(before.state.rawValue): \(Self.retryable)")
        }
        let record = try await gateway.message(id)
        if output.json { return Terminal.json(MessageView.message(record)) }
        Terminal.line("\(record.id) is \(record.state.rawValue)")
    }

    private func filter() throws(CommandFailure) -> MessageFilter {
        var filter = try options.filter(limit: BulkRetry.pageSize, now: ProcessContext.clock())
        let states = filter.states ?? [.failed]
        let wrong = states.filter { !$0.isRetryable }.map(\.rawValue).sorted()
        guard wrong.isEmpty else {
            throw CommandFailure(.wrongUsage, ["--state \(wrong.joined(separator: ",")): \(Self.retryable)"])
        }
        filter.states = states
        return filter
    }

    private func confirm(_ count: Int) throws(CommandFailure) {
        guard count > 1, !yes else { return }
        guard Terminal.canAsk else {
            throw CommandFailure("\(count) messages would be tried again: say --yes, or look at them with --dry-run")
        }
        guard Terminal.agrees(to: "Try \(count) messages again?") else { throw CommandFailure("nothing was changed") }
    }

    private func show(_ outcome: BulkRetry.Outcome) {
        if output.json {
            return Terminal.json([
                "found": .integer(outcome.found.count), "retried": .integer(outcome.retried.count),
                "dry_run": .bool(dryRun),
                "messages": .array((dryRun ? outcome.found : outcome.retried).map(JSON.string)),
            ])
        }
        if dryRun { for id in outcome.found { Terminal.line(id) } }
        let count = dryRun ? outcome.found.count : outcome.retried.count
        let what = count == 1 ? "1 message" : "\(count) messages"
        let left = outcome.found.count - outcome.retried.count
        let reason =
            outcome.failure == nil
            ? "changed meanwhile, or their content was dropped"
            : "are as they were, or the store did not answer for them"
        let rest = left > 0 && !dryRun ? "; \(left) \(reason)" : ""
        Terminal.line(dryRun ? "\(what) would be tried again" : "\(what) queued again\(rest)")
    }
}

struct MessagesCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Withdraw a message that was not handed over yet."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var message: MessageOptions

    func run() async throws {
        let gateway = try await CommandLineGateway.open(config)
        let before = try await gateway.message(message.id)
        let isDone = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await gateway.store.stores.messages.cancel(
                message.id,
                by: ProcessContext.actor,
                now: ProcessContext.clock()
            )
        }
        guard isDone else {
            throw CommandFailure(
                "\(message.id) is \(before.state.rawValue): only \(MessageState.cancellable.words) messages can be cancelled"
            )
        }
        let record = try await gateway.message(message.id)
        if output.json { return Terminal.json(MessageView.message(record)) }
        Terminal.line("\(record.id) is \(record.state.rawValue)")
    }
}
