// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Basics
import Feedback
import JSON
import Storage

struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "The receivers of events: list them, try one, look at deliveries, send again, switch on.",
        subcommands: [
            WebhooksList.self, WebhooksTest.self, WebhooksDeliveries.self, WebhooksReplay.self, WebhooksEnable.self,
        ]
    )
}

/// The webhook argument of a command.
struct WebhookOptions: ParsableArguments {
    @Argument(help: "The name of the webhook in the settings.")
    var name: String

    func endpoint(_ config: LoadedConfig) throws(CommandFailure) -> WebhookEndpoint {
        let endpoints = config.settings.webhooks
        if let endpoint = endpoints.first(where: { $0.name == name }) { return endpoint }
        let names = endpoints.map(\.name)
        guard !names.isEmpty else { throw CommandFailure("the settings have no section `webhooks`") }
        let nearest = NearestName.of(name, among: names).map { "; did you mean `\($0)`?" }
        throw CommandFailure(
            "there is no webhook `\(name)`\(nearest ?? "; the webhooks are \(names.joined(separator: ", "))")"
        )
    }
}

extension OpenStore {
    /// What operators do with webhooks.
    var webhookDesk: WebhookDesk {
        WebhookDesk(
            log: stores.events,
            store: stores.webhooks,
            caller: ProcessServices.webhooks,
            ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
            clock: ProcessContext.clock
        )
    }
}

struct WebhooksList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "The webhooks of the settings, and whether they answer."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (config, store) = try await config.open()
        let statuses = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.webhookDesk.statuses(config.settings.webhooks)
        }
        if output.json { return Terminal.json(WebhookView.endpoints(statuses)) }
        var table = Table("NAME", "STATE", "FAILING SINCE", "URL", "REASON")
        for status in statuses {
            table.add(
                status.endpoint.name,
                status.isEnabled ? "enabled" : "disabled",
                status.failingSince?.description,
                status.endpoint.shownURL,
                status.reason
            )
        }
        table.show()
    }
}

struct WebhooksTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send an event of type webhook.test from here, once; exit 1 when the receiver does not take it."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var webhook: WebhookOptions

    func run() async throws {
        let endpoint = try webhook.endpoint(try config.load())
        let ids = IDs(clock: ProcessContext.clock, random: ProcessContext.random)
        let test = await ProcessServices.webhooks.test(endpoint, id: ids.next("test_"))
        if output.json {
            Terminal.json(WebhookView.test(test))
            if !test.outcome.isSuccess { throw ExitCode(CommandFailure.Code.failed.rawValue) }
            return
        }
        guard test.outcome.isSuccess else {
            throw CommandFailure(MessageText.printable("\(endpoint.name): \(test.outcome.error ?? "no answer")"))
        }
        Terminal.line("\(endpoint.name) took \(test.id) (status \(test.outcome.status ?? 200))")
    }
}

struct WebhooksDeliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "What a webhook got and still gets, the newest event first.",
        discussion: "An event is listed once its first try has ended."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var webhook: WebhookOptions
    @Option(name: .long, help: "Only those in this state: pending, delivered or failed.")
    var state: String?
    @Option(name: .long, help: "Only events before this one, as `next` of --json gives it.")
    var after: Int64?
    @Option(name: .long, help: "How many at most, up to 1000.")
    var limit = 50

    func validate() throws {
        guard 1...1000 ~= limit else { throw ValidationError("--limit is from 1 to 1000") }
        let states = WebhookDelivery.State.allCases.map(\.rawValue)
        if let state, !states.contains(state) {
            throw ValidationError("--state is one of \(states.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let (config, store) = try await config.open()
        let name = try webhook.endpoint(config).name
        let page = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.webhookDesk.deliveries(
                of: name,
                after: after,
                state: state.flatMap { WebhookDelivery.State(rawValue: $0) },
                limit: limit
            )
        }
        if output.json { return Terminal.json(WebhookView.page(page)) }
        var table = Table("SEQUENCE", "EVENT", "STATE", "TRIES", "STATUS", "NEXT TRY", "LAST ERROR")
        for delivery in page.deliveries {
            table.add(
                "\(delivery.sequence)",
                delivery.type,
                delivery.state.rawValue,
                "\(delivery.attempts)",
                delivery.status.map(String.init),
                delivery.nextAt?.description,
                delivery.lastError
            )
        }
        table.show()
    }
}

struct WebhooksReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send the events since a time again; running gateways follow within seconds.",
        discussion: "Receivers recognise an event that they have by its `webhook-id`, which stays the same."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var webhook: WebhookOptions
    @Option(name: .long, help: "Events since then: 30m, 2h or 7d ago, or a time such as 2026-11-20T17:33:27Z.")
    var since: String

    func run() async throws {
        var faults: [String] = []
        guard let since = MessageFilterOptions.moment(since, "--since", ProcessContext.clock(), &faults) else {
            throw CommandFailure(.wrongUsage, faults)
        }
        let (config, store) = try await config.open()
        let name = try webhook.endpoint(config).name
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.webhookDesk.replay(name, since: since)
        }
        if output.json { return Terminal.json(["name": .string(name), "since": .string(since.description)]) }
        Terminal.line("\(name) gets the events since \(since) again")
    }
}

struct WebhooksEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Switch a webhook on again, and send what waits and is at most five days old."
    )

    @OptionGroup var config: ConfigOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var webhook: WebhookOptions

    func run() async throws {
        let (config, store) = try await config.open()
        let endpoint = try webhook.endpoint(config)
        let statuses = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.webhookDesk.enable(endpoint.name)
            return try await store.webhookDesk.statuses([endpoint])
        }
        if output.json { return Terminal.json(statuses.first.map(WebhookView.endpoint) ?? .null) }
        Terminal.line("\(endpoint.name) is enabled")
    }
}
