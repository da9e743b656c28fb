// SPDX-License-Identifier: Apache-2.0
package import JSON
import Synchronization

/// The one way into the gateway: checks send requests, stores them, and hands them to the dispatcher.
///
/// Every front (the HTTP API, the command line, features that send mail) comes through here. An answer is given only once the
/// message is on disk.
package final class Acceptance: Sendable {
    /// What acceptance reads and writes.
    package struct Stores: Sendable {
        let outbox: any Outbox
        let replays: any IdempotencyStore
        let archive: any MessageArchive

        package init(outbox: any Outbox, replays: any IdempotencyStore, archive: any MessageArchive) {
            self.outbox = outbox
            self.replays = replays
            self.archive = archive
        }
    }

    struct Settings: Sendable {
        var values: AcceptanceSettings
        var templates: any MailTemplates
        var sealing: SecretSealing?
    }

    /// A request that is being answered, by API key and idempotency key.
    struct UnderWay: Hashable {
        let keyID: String
        let key: String
    }

    let stores: Stores
    /// Nil in a process that does not send; the gateway then finds the messages in the store.
    let dispatching: (any Dispatching)?
    let ids: IDs
    let clock: Clock
    let underWay = Mutex<Set<UnderWay>>([])
    let storedVersions = Mutex<[ContentHash: Timestamp]>([:])
    private let settings: Mutex<Settings>

    package init(
        settings: AcceptanceSettings,
        templates: any MailTemplates,
        sealing: SecretSealing?,
        stores: Stores,
        dispatching: (any Dispatching)?,
        ids: IDs,
        clock: @escaping Clock
    ) {
        self.settings = Mutex(Settings(values: settings, templates: templates, sealing: sealing))
        self.stores = stores
        self.dispatching = dispatching
        self.ids = ids
        self.clock = clock
    }

    /// Takes a new configuration; requests under way end with the old one.
    package func configure(_ values: AcceptanceSettings, templates: any MailTemplates, sealing: SecretSealing?) {
        settings.withLock { $0 = Settings(values: values, templates: templates, sealing: sealing) }
    }

    /// Accepts one send request.
    ///
    /// `replay` tells a repeated request from a new one. With `wait` the outcome of the first attempt is waited for: when it comes
    /// in time the answer is 200 with the whole message, else the 202 of a request that does not wait.
    package func accept(
        _ body: JSON,
        from principal: Principal,
        replay: ReplayKey? = nil,
        wait: Duration? = nil
    ) async throws(Problem) -> Answer {
        try checkScope(principal)
        return try await once(replay, principal) { () async throws(Problem) in
            let (context, sealing) = self.context(principal)
            let draft = try SendRequestReader.draft(body, in: context)
            return try await store(draft, sealing, principal, replay, wait: wait, now: context.now)
        }
    }

    func context(_ principal: Principal) -> (context: SendRequestReader.Context, sealing: SecretSealing?) {
        let settings = settings.withLock { $0 }
        let context = SendRequestReader.Context(
            settings: settings.values,
            templates: settings.templates,
            principal: principal,
            now: clock(),
            canSeal: settings.sealing != nil
        )
        return (context, settings.sealing)
    }

    func checkScope(_ principal: Principal) throws(Problem) {
        guard principal.scopes.contains(.send) else { throw .missingScope(.send) }
    }

    private func store(
        _ draft: MessageDraft,
        _ sealing: SecretSealing?,
        _ principal: Principal,
        _ replay: ReplayKey?,
        wait: Duration?,
        now: Timestamp
    ) async throws(Problem) -> Answer {
        let message = try self.message(draft, sealing, principal, now: now)
        let body = Self.receipt(message).encoded()
        // Registered first, so that not even an outcome that is there at once is missed.
        let watch = wait.flatMap { message.due <= now + $0 ? dispatching?.watch(message.id) : nil }
        let entry = replay.map { self.entry($0, principal, StoredResponse(status: 202, body: body), [message], now) }
        if let earlier = try await insert([message], [draft], entry, now: now) { return earlier }
        if let watch, let wait, await watch.outcome(within: wait), let answer = await outcome(message.id) {
            if let entry {
                let response = StoredResponse(status: answer.status, body: answer.body)
                // The first answer is kept when this fails, and is as true as this one.
                try? await stores.replays.replace(keyID: entry.keyID, key: entry.key, response: response)
            }
            return answer
        }
        return Answer(status: 202, body: body, ids: [message.id], location: Answer.location(of: message.id))
    }

    /// The whole message; nil when it cannot be read, for it is stored all the same.
    private func outcome(_ id: String) async -> Answer? {
        // A message that cannot be read now is answered like one without an outcome.
        guard let record = try? await stores.archive.find(id) else { return nil }
        let body = MessageView.message(record).encoded()
        return Answer(status: 200, body: body, ids: [id], location: Answer.location(of: id))
    }

    private static func receipt(_ message: NewMessage) -> JSON {
        .object(
            JSONObject([
                ("id", .string(message.id)), ("state", .string(message.state.rawValue)),
                ("created_at", .string(message.createdAt.description)),
            ])
        )
    }
}
