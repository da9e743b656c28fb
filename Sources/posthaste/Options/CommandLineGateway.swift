// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Queue
import Storage
import Submission

/// The services of a command that works directly on the store and sends nothing itself.
struct CommandLineGateway: Sendable {
    let config: LoadedConfig
    let store: OpenStore
    let templates: OpenTemplates
    let acceptance: MessageSubmission
    let builder: MessageBuilder

    /// `open` are the templates if they are open already.
    init(_ config: LoadedConfig, _ store: OpenStore, templates open: OpenTemplates? = nil) {
        self.config = config
        self.store = store
        templates = open ?? OpenTemplates(config.settings)
        let sealing = SecretSealing(keys: config.settings.sealingKeys)
        let messages = store.stores.messages
        var settings = config.acceptance
        settings.startsProviders = false
        acceptance = MessageSubmission(
            settings: settings,
            templates: templates.templates,
            sealing: sealing,
            stores: MessageSubmission.Stores(outbox: messages, replays: store.stores.idempotency, archive: messages),
            dispatching: nil,
            ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
            clock: ProcessContext.clock
        )
        builder = MessageBuilder(
            contents: messages,
            templates: templates.templates,
            sealing: sealing,
            links: UnsubscribeLinks(publicURL: config.settings.publicURL, sealing: sealing)
        )
    }

    static func open(_ options: ConfigOptions) async throws(CommandFailure) -> CommandLineGateway {
        let (config, store) = try await options.open()
        return CommandLineGateway(config, store)
    }

    /// A gateway without a report for this long counts as stopped.
    private static let lifetime = Duration.seconds(20)

    /// The provider reports of the running gateways.
    func reports() async throws(CommandFailure) -> [ProviderReport] {
        try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.reports.reports(timeout: Self.lifetime, now: ProcessContext.clock())
        }
    }

    /// Throws unless the settings have a provider of this name.
    func checkProvider(_ name: String) throws(CommandFailure) {
        let names = config.settings.providers.map(\.name)
        guard !names.contains(name) else { return }
        let nearest = NearestName.of(name, among: names).map { "; did you mean `\($0)`?" }
        throw CommandFailure(
            "there is no provider `\(name)`\(nearest ?? "; the providers are \(names.joined(separator: ", "))")"
        )
    }

    /// The report on the queue, from the store alone.
    func report() async throws(CommandFailure) -> OfflineReport {
        let now = ProcessContext.clock()
        return try await translating(CommandFailure.init) { () async throws(StoreError) in
            OfflineReport(
                settings: config.delivery,
                usage: try await store.stores.messages.usage(now.utcDay),
                paused: try await store.stores.controls.pausedProviders(),
                reports: try await store.stores.reports.reports(timeout: Self.lifetime, now: now),
                now: now
            )
        }
    }

    /// The message with this id and its events.
    func message(_ id: String) async throws(CommandFailure) -> MessageRecord {
        let record = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await store.stores.messages.find(id)
        }
        guard let record else { throw CommandFailure("there is no message `\(id)`") }
        return record
    }
}
