// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON
import Mail
package import Queue
import Synchronization

extension MessageSubmission {
    /// Messages with the same routing key and priority, for which the dispatcher is called once.
    private struct Way: Hashable {
        let routingKey: RoutingKey
        let priority: Priority
    }

    /// The age after which a stored template version is stored again, so that the store knows it is still in use.
    private static let versionRefresh = Duration.seconds(600)

    /// The draft in its stored form, its secrets sealed.
    func message(
        _ draft: MessageDraft,
        _ sealing: SecretSealing?,
        _ principal: Principal,
        now: Timestamp
    ) throws(Problem) -> NewMessage {
        let request = draft.request
        let isScheduled = request.sendAt.map { $0 > now } ?? false
        let id = ids.message()
        return NewMessage(
            id: id,
            state: isScheduled ? .scheduled : .queued,
            priority: request.priority,
            routingKey: request.routingKey,
            due: isScheduled ? request.sendAt ?? now : now,
            holder: nil,
            createdAt: now,
            expiresAt: request.expiresAt,
            keyID: principal.keyID,
            request: request,
            sealedSecrets: try seal(draft, sealing, of: id)
        )
    }

    private func seal(_ draft: MessageDraft, _ sealing: SecretSealing?, of id: String) throws(Problem) -> [UInt8]? {
        if draft.secrets.isEmpty { return nil }
        // Without a sealing key the draft was refused, so this never stores a message without its secrets.
        guard let sealing else { throw .storeUnavailable(cause: "there is no sealing key") }
        do throws(SealingError) {
            return try sealing.seal(values: draft.secrets, of: id)
        } catch {
            throw .storeUnavailable(cause: "secrets cannot be sealed: \(error)")
        }
    }

    /// Stores messages and their contents in one transaction, and hands over those that the dispatcher has room for.
    ///
    /// - Returns: Nil when they were stored; else the response that was stored earlier under the same idempotency
    ///   key.
    func insert(
        _ messages: [NewMessage],
        _ drafts: [MessageDraft],
        _ entry: IdempotencyEntry?,
        admission: Admission? = nil,
        now: Timestamp
    ) async throws(Problem) -> SubmissionResponse? {
        if messages.isEmpty, entry == nil { return nil }
        var messages = messages
        let reserved = reserve(&messages, now: now)
        let versions = newVersions(drafts, now: now)
        let insertion = Insertion(
            messages: messages,
            templateVersions: versions,
            attachments: drafts.reduce(into: [:]) { $0.merge($1.attachments) { first, _ in first } },
            idempotency: entry,
            admission: admission
        )
        switch await result(of: insertion) {
        case .success(.stored):
            storedVersions.withLock { known in for hash in versions.keys { known[hash] = now } }
            handOver(messages)
            return nil
        case .success(.replayed(let response)):
            release(reserved)
            return SubmissionResponse(replaying: response)
        case .success(.conflict):
            release(reserved)
            throw .keyReused
        case .success(.refused):
            release(reserved)
            throw .notAdmitted
        case .failure(let error):
            release(reserved)
            dispatching?.noteUnconfirmed(messages.filter { $0.holder != nil }.map(\.id))
            throw Problem(error)
        }
    }

    private func result(of insertion: Insertion) async -> Result<InsertionResult, StoreError> {
        do throws(StoreError) {
            return .success(try await stores.outbox.insert(insertion))
        } catch {
            return .failure(error)
        }
    }

    /// Reserves room at the dispatcher for what is due now; messages that get room are leased to it.
    private func reserve(_ messages: inout [NewMessage], now: Timestamp) -> [Way: Int] {
        guard let dispatching else { return [:] }
        var counts: [Way: Int] = [:]
        for message in messages where message.due <= now {
            counts[Way(routingKey: message.routingKey, priority: message.priority), default: 0] += 1
        }
        var holders: [Way: LeaseHolder] = [:]
        for (way, count) in counts {
            holders[way] = dispatching.reserve(way.routingKey, priority: way.priority, count: count)
        }
        for position in messages.indices where messages[position].due <= now {
            messages[position].holder =
                holders[Way(routingKey: messages[position].routingKey, priority: messages[position].priority)]
        }
        return counts.filter { holders[$0.key] != nil }
    }

    private func release(_ reserved: [Way: Int]) {
        for (way, count) in reserved { dispatching?.unreserve(way.routingKey, priority: way.priority, count: count) }
    }

    private func newVersions(_ drafts: [MessageDraft], now: Timestamp) -> [ContentHash: [UInt8]] {
        var versions: [ContentHash: [UInt8]] = [:]
        storedVersions.withLock { known in
            for template in drafts.lazy.compactMap(\.template) where versions[template.version] == nil {
                if let since = known[template.version], now - since < Self.versionRefresh { continue }
                versions[template.version] = template.bundle
            }
        }
        return versions
    }

    private func handOver(_ messages: [NewMessage]) {
        guard let dispatching else { return }
        let leased = messages.filter { $0.holder != nil }
        if !leased.isEmpty { dispatching.accepted(leased.map(QueuedMessage.init)) }
        var left: [Way: Timestamp] = [:]
        for message in messages where message.holder == nil {
            let way = Way(routingKey: message.routingKey, priority: message.priority)
            left[way] = min(left[way] ?? message.due, message.due)
        }
        for (way, due) in left { dispatching.stored(way.routingKey, priority: way.priority, due: due) }
    }
}

extension QueuedMessage {
    /// The record of a message right after it was stored.
    init(_ message: NewMessage) {
        self.init(
            id: message.id,
            priority: message.priority,
            routingKey: message.routingKey,
            due: message.due,
            createdAt: message.createdAt,
            expiresAt: message.expiresAt,
            agedFrom: message.due,
            attempts: 0,
            passes: 0,
            request: message.request,
            sealedSecrets: message.sealedSecrets,
            recipients: message.request.recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        )
    }
}

/// The only entry to the gateway: checks send requests, stores them, and hands them to the dispatcher.
///
/// Every frontend (the HTTP API, the command line, features that send mail) uses it. It responds only once the
/// message is on disk.
package final class MessageSubmission: Sendable {
    /// What acceptance reads and writes.
    package struct Stores: Sendable {
        let outbox: any QueueStore
        let replays: any IdempotencyStore
        let archive: any MessageStore

        package init(outbox: any QueueStore, replays: any IdempotencyStore, archive: any MessageStore) {
            self.outbox = outbox
            self.replays = replays
            self.archive = archive
        }
    }

    struct Settings: Sendable {
        var values: SubmissionSettings
        var templates: any MailTemplates
        var sealing: SecretSealing?
    }

    /// A request that is being answered, by API key and idempotency key.
    struct UnderWay: Hashable {
        let keyID: String
        let key: String
    }

    let stores: Stores
    /// Nil in a process that does not send; a running gateway then finds the messages in the store.
    let dispatching: (any Dispatching)?
    let ids: IDs
    let clock: Clock
    let underWay = Mutex<Set<UnderWay>>([])
    let storedVersions = Mutex<[ContentHash: Timestamp]>([:])
    private let settings: Mutex<Settings>

    package init(
        settings: SubmissionSettings,
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

    /// Applies a new configuration; requests under way end with the old one.
    package func configure(_ values: SubmissionSettings, templates: any MailTemplates, sealing: SecretSealing?) {
        settings.withLock { $0 = Settings(values: values, templates: templates, sealing: sealing) }
    }

    /// How raw messages are read.
    package var rawMessages: RawMessageSettings { settings.withLock(\.values.rawMessages) }

    /// Accepts one send request.
    ///
    /// `replay` identifies a repeated request. With `wait` the call waits for the outcome of the first attempt: when
    /// it arrives in time the response is 200 with the whole message, else the 202 of a request that does not wait.
    package func accept(
        _ body: JSON,
        from principal: Principal,
        replay: IdempotencyKey? = nil,
        wait: Duration? = nil
    ) async throws(Problem) -> SubmissionResponse {
        try checkScope(principal)
        return try await once(replay, principal) { () async throws(Problem) in
            let (context, sealing) = self.context(principal)
            var check = try SendRequestCheck(reading: body, in: context)
            let draft = try check.draft()
            return try await store(draft, sealing, principal, replay, wait: wait, now: context.now)
        }
    }

    func context(_ principal: Principal) -> (context: SendRequestCheck.Context, sealing: SecretSealing?) {
        let settings = settings.withLock { $0 }
        let context = SendRequestCheck.Context(
            settings: settings.values,
            templates: settings.templates,
            principal: principal,
            now: clock(),
            newID: { [ids] in ids.message() },
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
        _ replay: IdempotencyKey?,
        wait: Duration?,
        now: Timestamp
    ) async throws(Problem) -> SubmissionResponse {
        let message = try self.message(draft, sealing, principal, now: now)
        let body = Self.receipt(message).encoded()
        // Registered first, so that an immediate outcome is not missed.
        let watch = wait.flatMap { message.due <= now + $0 ? dispatching?.watch(message.id) : nil }
        let entry = replay.map { self.entry($0, principal, StoredResponse(status: 202, body: body), [message], now) }
        if let earlier = try await insert([message], [draft], entry, now: now) { return earlier }
        if let watch, let wait, await watch.outcome(within: wait), let answer = await outcome(message.id) {
            if let entry {
                let response = StoredResponse(status: answer.status, body: answer.body)
                // When this fails the first response is kept, which is equally true.
                try? await stores.replays.replace(keyID: entry.keyID, key: entry.key, response: response)
            }
            return answer
        }
        return SubmissionResponse(
            status: 202,
            body: body,
            ids: [message.id],
            location: SubmissionResponse.location(of: message.id)
        )
    }

    /// The whole message; nil when it cannot be read, because it is stored in any case.
    private func outcome(_ id: String) async -> SubmissionResponse? {
        // A message that cannot be read now gets the response of one without an outcome.
        guard let record = try? await stores.archive.find(id) else { return nil }
        let body = MessageView.message(record).encoded()
        return SubmissionResponse(status: 200, body: body, ids: [id], location: SubmissionResponse.location(of: id))
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
