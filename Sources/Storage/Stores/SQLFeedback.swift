// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Feedback
import JSON
import Mail
import Queue
import SQL

/// What services report of messages, in SQL: taken in by one commit, and processed by another.
package struct SQLFeedback: FeedbackStore {
    let access: SQLAccess

    package func add(
        _ events: [FeedbackEvent],
        of provider: String?,
        now: Timestamp
    ) async throws(StoreError) {
        guard !events.isEmpty else { return }
        // Encoded here, on the caller's thread: the writer's thread is shared. In order, so that two gateways that store the
        // same events wait for each other and not in a circle.
        let rows = events.sorted { $0.id < $1.id }.map { [SQLValue.text($0.id), .text($0.json.text())] }
        let common = [SQLValue.text(provider ?? ""), now.sqlValue]
        try await access.write { (connection) throws(DatabaseError) in
            var rest = rows[...]
            while !rest.isEmpty {
                let piece = rest.prefix(FeedbackStatements.most)
                rest = rest.dropFirst(piece.count)
                try connection.post(FeedbackStatements.add[piece.count], common + piece.flatMap(\.self))
            }
        }
    }

    package func process(
        limit: Int,
        policy: FeedbackPolicy,
        now: Timestamp
    ) async throws(StoreError) -> FeedbackResult {
        do throws(StoreError) {
            return try await process(limit, policy, now)
        } catch {
            guard case .corrupt = error else { throw error }
            // One of them cannot be processed: by themselves, the others can.
            return try await processApart(limit, policy, now, because: error)
        }
    }

    /// In a transaction of its own: mail that is accepted does not wait for it, and settlements of the same commit are
    /// not overtaken.
    private func process(
        _ limit: Int,
        _ policy: FeedbackPolicy,
        _ now: Timestamp
    ) async throws(StoreError) -> FeedbackResult {
        try await access.alone { [access] (connection) throws(DatabaseError) in
            var batch = try FeedbackBatch(connection, access, limit: limit, policy: policy, now: now)
            try batch.apply(connection)
            return batch.result
        }
    }

    /// Processes events one by one; one that fails waits, and is dropped after the policy's patience.
    private func processApart(
        _ limit: Int,
        _ policy: FeedbackPolicy,
        _ now: Timestamp,
        because failure: StoreError
    ) async throws(StoreError) -> FeedbackResult {
        var result = FeedbackResult()
        for _ in 0..<limit {
            do throws(StoreError) {
                let one = try await process(1, policy, now)
                guard one.count > 0 else { break }
                result.add(one)
            } catch {
                guard case .corrupt = error else { throw error }
                let dropped = try await access.alone { (connection) throws(DatabaseError) in
                    try connection.postponeFirst(policy, now)
                }
                result.failure = "\(error)"
                if let dropped { result.unmatched.append(dropped) } else { result.waiting += 1 }
            }
        }
        return result
    }

    package func forget(
        policy: FeedbackPolicy,
        messagesBefore: Timestamp,
        now: Timestamp,
        limit: Int
    ) async throws(StoreError) -> Bool {
        let softBefore = now - (policy.softBounces?.within ?? .zero)
        return try await access.write { (connection) throws(DatabaseError) in
            let most = SQLValue.integer(Int64(limit))
            let counts = [
                try connection.execute(FeedbackStatements.forgetEvents, (now - policy.memory).sqlValue, most),
                try connection.execute(FeedbackStatements.forgetMessages, messagesBefore.sqlValue, most),
                try connection.execute(FeedbackStatements.forgetSoftBounces, softBefore.sqlValue, most),
            ]
            return counts.contains(limit)
        }
    }
}

/// The events of one commit with their messages.
private struct FeedbackBatch {
    /// A stored event; nil when another version wrote it.
    struct Entry {
        let provider: String
        let id: String
        let receivedAt: Timestamp
        let event: FeedbackEvent?
    }

    /// A message with what the batch changes.
    struct Target {
        let seq: Int64
        let id: String
        let createdAt: Timestamp
        let state: MessageState
        let events: Int64
        let list: String?
        let provider: String?
        var merge: FeedbackMerge
        /// The kinds and recipients of the openings, clicks and unsubscriptions that it has.
        var seen: Set<[String]> = []
        var entries: [(entry: Entry, event: FeedbackEvent, effect: FeedbackMerge.Effect)] = []
        var rows: [EventRow] = []
    }

    private let access: SQLAccess
    private let policy: FeedbackPolicy
    private let now: Timestamp
    private var entries: [Entry] = []
    private var targets: [String: Target] = [:]
    private(set) var result = FeedbackResult()

    /// Reads the events that are due, and their messages.
    init(
        _ connection: any DatabaseConnection,
        _ access: SQLAccess,
        limit: Int,
        policy: FeedbackPolicy,
        now: Timestamp
    ) throws(DatabaseError) {
        (self.access, self.policy, self.now) = (access, policy, now)
        let due = FeedbackStatements.due[connection.dialect]
        entries = try connection.records(due, now.sqlValue, .integer(Int64(limit))).map { (row) throws(DatabaseError) in
            let (id, text) = (try row[ProviderEvents.id], try row[ProviderEvents.event])
            let json = text.flatMap { try? access.parse(Array($0.utf8)) }
            return Entry(
                provider: try row[ProviderEvents.provider],
                id: id,
                receivedAt: try row[ProviderEvents.receivedAt],
                event: json.flatMap { FeedbackEvent($0, id: id) }
            )
        }
        guard !entries.isEmpty else { return }
        aliases = try named(connection)
        try readTargets(
            connection,
            Set(entries.flatMap { entry in [entry.event?.messageID, alias(of: entry)] }.compactMap(\.self))
        )
    }

    /// The ids of messages by provider and the provider's id.
    private var aliases: [[String]: String] = [:]

    private static func key(_ entry: Entry) -> [String] { [entry.provider, entry.event?.providerMessageID ?? ""] }

    private func alias(of entry: Entry) -> String? { aliases[Self.key(entry)] }

    /// Looks up the messages that providers name by their own ids, where they do not name ours.
    private func named(_ connection: any DatabaseConnection) throws(DatabaseError) -> [[String]: String] {
        var names: [[String]: String] = [:]
        let query = FeedbackStatements.named[connection.dialect]
        for (provider, entries) in Dictionary(grouping: entries, by: \.provider) {
            let ids = entries.filter { $0.event?.messageID == nil }.compactMap { $0.event?.providerMessageID }
            guard !ids.isEmpty else { continue }
            for row in try connection.records(query, .text(provider), .text(JSON.list(Set(ids)))) {
                names[[provider, try row[ProviderMessages.id]]] = try row[ProviderMessages.messageID]
            }
        }
        return names
    }

    private mutating func readTargets(
        _ connection: any DatabaseConnection,
        _ ids: Set<String>
    ) throws(DatabaseError) {
        guard let first = ids.min(), let last = ids.max() else { return }
        let query = FeedbackStatements.messages[connection.dialect]
        for row in try connection.records(query, .text(JSON.list(ids)), .text(first), .text(last)) {
            let target = try target(row)
            targets[target.id] = target
        }
        let names = Dictionary(targets.values.map { ($0.seq, $0.id) }) { $1 }
        let interactions = entries.compactMap { entry in
            entry.event.flatMap { FeedbackStatements.single.contains($0.kind.messageEvent) ? entry : nil }
        }
        let numbers = Set(interactions.compactMap { message(of: $0).flatMap { targets[$0]?.seq } })
        guard !numbers.isEmpty else { return }
        let list = numbers.sorted().map(String.init).joined(separator: ",")
        for row in try connection.records(FeedbackStatements.interactions[connection.dialect], .text("[\(list)]")) {
            let seq = try row[MessageEvents.message]
            let key = [try row[MessageEvents.kind].rawValue, try row[MessageEvents.recipient] ?? ""]
            if let id = names[seq] { targets[id]?.seen.insert(key) }
        }
    }

    private func message(of entry: Entry) -> String? { entry.event?.messageID ?? alias(of: entry) }

    private func target(_ row: Record) throws(DatabaseError) -> Target {
        let state = try row[Messages.state]
        return Target(
            seq: try row[Messages.seq],
            id: try row[Messages.id],
            createdAt: try row[Messages.createdAt],
            state: state,
            events: try row[Messages.eventCount],
            list: try row[Messages.list],
            provider: try row[Messages.provider],
            merge: FeedbackMerge(state: state, recipients: recipients(row))
        )
    }

    /// Nil when the addresses were dropped, or cannot be read.
    private func recipients(_ row: Record) -> [RecipientStatus]? {
        guard let addresses = (try? access.json(row, MessageContents.request))?.list(Recipient.init) else { return nil }
        guard let stored = try? access.json(row, Messages.recipients) else {
            return addresses.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        }
        let statuses = zip(addresses, stored.array ?? []).compactMap { RecipientStatus($1, of: $0) }
        return statuses.count == addresses.count ? statuses : nil
    }

    // Applying

    mutating func apply(_ connection: any DatabaseConnection) throws(DatabaseError) {
        guard !entries.isEmpty else { return }
        var done: [Entry] = []
        for entry in entries {
            switch place(entry) {
            case .applied: break
            case .dropped:
                result.unmatched.append(entry.provider)
                done.append(entry)
            case .waiting: try wait(entry, connection)
            }
        }
        done += try write(connection)
        for (provider, entries) in Dictionary(grouping: done, by: \.provider) {
            let ids = JSON.list(Set(entries.map(\.id)))
            try connection.post(FeedbackStatements.finish[connection.dialect], [.text(provider), .text(ids)])
        }
    }

    private enum Placing { case applied, dropped, waiting }

    private mutating func place(_ entry: Entry) -> Placing {
        let age = now - entry.receivedAt
        // One that this version cannot read may be for another gateway.
        guard let event = entry.event, let id = message(of: entry), let target = targets[id] else {
            return age < policy.patience ? .waiting : .dropped
        }
        // The outcome of the hand-over is written first: it does not know of reports.
        guard !target.state.isUnderWay || age >= policy.memory else { return .waiting }
        let now = now
        targets[id]?.apply(event, of: entry, now: now)
        return .applied
    }

    private mutating func wait(_ entry: Entry, _ connection: any DatabaseConnection) throws(DatabaseError) {
        result.waiting += 1
        let next = policy.nextLook(receivedAt: entry.receivedAt, now: now)
        try connection.post(FeedbackStatements.wait, [.text(entry.provider), .text(entry.id), next.sqlValue])
    }

    /// Writes the messages and what belongs to them; returns the events that are done.
    private mutating func write(_ connection: any DatabaseConnection) throws(DatabaseError) -> [Entry] {
        let changed = targets.values.filter { !$0.entries.isEmpty }.sorted { $0.id < $1.id }
        let promises = try changed.map { (target) throws(DatabaseError) in
            try connection.ask(FeedbackStatements.update, target.values(now: now))
        }
        try connection.flush()
        var (done, rows, suppressions): ([Entry], [EventRow], [Suppression]) = ([], [], [])
        for (target, promise) in zip(changed, promises) {
            guard !promise.rows.isEmpty else {
                // Another commit changed the message meanwhile.
                for (entry, _, _) in target.entries { try wait(entry, connection) }
                continue
            }
            rows += target.rows
            for (row, (entry, event, effect)) in zip(target.reported, target.entries) {
                done.append(entry)
                let provider = row.event.provider ?? ""
                result.applied.append(
                    .init(
                        messageID: target.id,
                        provider: provider,
                        kind: row.event.kind,
                        at: event.at,
                        isRepeat: row.isRepeat
                    )
                )
                let isOfService = !entry.provider.isEmpty
                if let entry = try suppression(event, effect, target, provider, isOfService, connection) {
                    suppressions.append(entry)
                }
            }
        }
        try connection.append(rows)
        // In order, so that two gateways wait for each other and not in a circle.
        for entry in suppressions.sorted(by: { $0.position.text < $1.position.text }) { try connection.suppress(entry) }
        result.suppressed = suppressions.count
        return done
    }

    /// The entry that an event makes; nil when it makes none.
    private func suppression(
        _ event: FeedbackEvent,
        _ effect: FeedbackMerge.Effect,
        _ target: Target,
        _ provider: String,
        _ isOfService: Bool,
        _ connection: any DatabaseConnection
    ) throws(DatabaseError) -> Suppression? {
        // An address that the message does not have is suppressed by nothing; once its addresses were dropped, the
        // word of a service counts, and that of a mail does not.
        let address =
            if let recipients = target.merge.recipients {
                effect.isNamed ? effect.recipient.map { recipients[$0].address } : nil
            } else {
                isOfService ? event.recipient : nil
            }
        guard let address else { return nil }
        // The call that made it has suppressed the address already, and the recipient may have come back since.
        if event.kind == .unsubscribed, !isOfService { return nil }
        var reason = policy.reason(of: event.kind)
        if event.kind == .bounced(.soft), let rule = policy.softBounces {
            try connection.post(
                FeedbackStatements.addSoftBounce,
                [.text(address.canonical), .text(target.id), now.sqlValue]
            )
            try connection.flush()
            let since = (now - rule.within).sqlValue
            let count = try connection.row(FeedbackStatements.countSoftBounces, .text(address.canonical), since)?.int(0)
            if count ?? 0 >= Int64(rule.after) { reason = .bounce }
        }
        guard let reason else { return nil }
        return Suppression(
            address: address,
            list: event.kind == .unsubscribed ? target.list : nil,
            reason: reason,
            source: Suppression.Source(
                event: event.kind.messageEvent,
                provider: provider.isEmpty ? nil : provider,
                message: target.id
            ),
            createdAt: now,
            expiresAt: policy.expiry[reason].map { now + $0 }
        )
    }
}

extension FeedbackBatch.Target {
    /// Applies an event, and notes its row.
    fileprivate mutating func apply(_ event: FeedbackEvent, of entry: FeedbackBatch.Entry, now: Timestamp) {
        let effect = merge.apply(event)
        let kind = event.kind.messageEvent
        let key = [kind.rawValue, effect.recipient.map(String.init) ?? event.recipient?.canonical ?? ""]
        let isFirst = seen.insert(key).inserted
        let isRepeat = FeedbackStatements.single.contains(kind) ? !isFirst : !effect.isNews
        if state == .uncertain, rows.isEmpty { settle(entry, now: now) }
        entries.append((entry, event, effect))
        rows.append(
            EventRow(
                message: seq,
                number: events + Int64(rows.count) + 1,
                event: MessageEvent(
                    at: min(max(event.at, createdAt), now),
                    kind: kind,
                    provider: entry.provider.isEmpty ? provider : entry.provider,
                    detail: event.words,
                    // Addresses go with the content.
                    recipient: merge.recipients == nil || !effect.isNamed ? nil : event.recipient,
                    bounceClass: event.kind.bounceClass
                ),
                state: merge.state,
                recipient: effect.recipient,
                isRepeat: isRepeat
            )
        )
    }

    /// Notes that the message was handed over: a service that knows it has it.
    private mutating func settle(_ entry: FeedbackBatch.Entry, now: Timestamp) {
        let event = MessageEvent(
            at: now,
            kind: .sent,
            provider: entry.provider.isEmpty ? provider : entry.provider,
            detail: "a report of the service settled it"
        )
        rows.append(EventRow(message: seq, number: events + 1, event: event, state: .sent))
    }

    /// The rows of events, without the one that ``settle(_:now:)`` added.
    var reported: ArraySlice<EventRow> { rows.suffix(entries.count) }

    /// The parameters of ``FeedbackStatements/update``.
    fileprivate func values(now: Timestamp) -> [SQLValue] {
        let recipients = merge.recipients.map { JSONColumn.text($0) }
        return [
            .text(id), .integer(events), state.sqlValue, merge.state.sqlValue, SQLValue(recipients),
            .integer(Int64(rows.count)), now.sqlValue, SQLValue(rows.first?.event.provider),
            .integer(merge.state.wasTaken ? 1 : 0),
        ]
    }
}

extension FeedbackEvent {
    /// Code and words of the service, for people.
    fileprivate var words: String? {
        guard let code else { return detail }
        guard let detail else { return "\(code)" }
        return detail.contains("\(code)") ? detail : "\(code) \(detail)"
    }
}

extension MessageState {
    /// The outcome of its hand-over is not stored yet.
    fileprivate var isUnderWay: Bool { Self.open.contains(self) && self != .uncertain }
}

extension JSON {
    /// A JSON list of texts, as a parameter.
    fileprivate static func list(_ texts: Set<String>) -> String { JSON.array(texts.sorted().map(JSON.string)).text() }
}

/// The statements on reports, created once: statements whose text stays the same are prepared once.
private enum FeedbackStatements {
    /// The most rows of one statement.
    static let most = 100

    /// Events of which only the first of a kind and a recipient counts.
    static let single: Set<MessageEvent.Kind> = [.opened, .clicked, .unsubscribed]

    /// Inserts 0, 1, 2 … events of provider `$1` at `$2`.
    static let add: [String] = (0...most).map { count in
        let rows = (0..<count).map { "($1, $\(2 * $0 + 3), $2, $2, $\(2 * $0 + 4))" }.joined(separator: ", ")
        return """
            INSERT INTO provider_events (provider, id, received_at, due_at, event) VALUES \(rows) ON CONFLICT DO NOTHING
            """
    }

    static let due = PerDialect { dialect in
        Query(
            Selection(
                ProviderEvents.table,
                [ProviderEvents.provider, ProviderEvents.id, ProviderEvents.receivedAt, ProviderEvents.event]
            )
        ) { "SELECT \($0) FROM provider_events WHERE due_at <= $1 ORDER BY due_at LIMIT $2\(dialect.skipLocked)" }
    }

    static let named = PerDialect { dialect in
        Query(
            Selection(
                ProviderMessages.table,
                [ProviderMessages.provider, ProviderMessages.id, ProviderMessages.messageID]
            )
        ) { "SELECT \($0) FROM provider_messages WHERE provider = $1 AND id \(dialect.isAmong("$2"))" }
    }

    /// Reads the messages with the ids in `$1`, which are between `$2` and `$3`: that leaves other days out.
    static let messages = PerDialect { dialect in
        let recipients = dialect.member("recipients", of: "c.request")
        let selection = Selection(
            Messages.table,
            [
                Messages.seq, Messages.id, Messages.state, Messages.createdAt, Messages.recipients,
                Messages.eventCount, Messages.list, Messages.provider,
                MessageContents.request.from(recipients, in: MessageContents.table.name),
            ],
            as: "m"
        )
        return Query(selection) {
            """
            SELECT \($0) FROM \(Messages.recordSource)
            WHERE m.id \(dialect.isAmong("$1")) AND m.id >= $2 AND m.id <= $3
            """
        }
    }

    static let interactions = PerDialect { dialect in
        let kinds = single.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")
        return Query(
            Selection(MessageEvents.table, [MessageEvents.message, MessageEvents.kind, MessageEvents.recipient])
        ) {
            """
            SELECT \($0) FROM message_events WHERE message_seq \(dialect.isAmongNumbers("$1")) AND kind IN (\(kinds))
                AND is_repeat IS NULL
            """
        }
    }

    static let update = """
        UPDATE messages SET state = $4, recipients = COALESCE($5, recipients), event_count = event_count + $6,
            updated_at = CASE WHEN state <> $4 THEN $7 ELSE updated_at END, provider = COALESCE(provider, $8),
            failure = CASE WHEN $9 = 1 THEN NULL ELSE failure END, secrets = CASE WHEN $9 = 1 THEN NULL ELSE secrets END
        WHERE id = $1 AND event_count = $2 AND state = $3 RETURNING seq
        """

    static let first = PerDialect { dialect in
        Query(Selection(ProviderEvents.table, [ProviderEvents.provider, ProviderEvents.id, ProviderEvents.receivedAt]))
        {
            "SELECT \($0) FROM provider_events WHERE due_at <= $1 ORDER BY due_at LIMIT 1\(dialect.skipLocked)"
        }
    }

    static let wait = "UPDATE provider_events SET due_at = $3 WHERE provider = $1 AND id = $2"

    static let finish = PerDialect { dialect in
        "UPDATE provider_events SET due_at = NULL, event = NULL WHERE provider = $1 AND id \(dialect.isAmong("$2"))"
    }

    static let addSoftBounce = """
        INSERT INTO soft_bounces (address, message_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """
    static let countSoftBounces = "SELECT count(*) FROM soft_bounces WHERE address = $1 AND at > $2"

    static let forgetEvents = """
        DELETE FROM provider_events WHERE (provider, id) IN (
            SELECT provider, id FROM provider_events WHERE received_at < $1 AND due_at IS NULL
            ORDER BY received_at LIMIT $2)
        """
    static let forgetMessages = """
        DELETE FROM provider_messages WHERE (provider, id) IN (
            SELECT provider, id FROM provider_messages WHERE sent_at < $1 ORDER BY sent_at LIMIT $2)
        """
    static let forgetSoftBounces = """
        DELETE FROM soft_bounces WHERE (address, message_id) IN (
            SELECT address, message_id FROM soft_bounces WHERE at < $1 ORDER BY at LIMIT $2)
        """
}

extension DatabaseConnection {
    /// Lets the first event that is due wait; returns its provider when it is too old for that, and is dropped.
    fileprivate func postponeFirst(_ policy: FeedbackPolicy, _ now: Timestamp) throws(DatabaseError) -> String? {
        guard let row = try record(FeedbackStatements.first[dialect], now.sqlValue) else { return nil }
        let (provider, id) = (try row[ProviderEvents.provider], try row[ProviderEvents.id])
        let receivedAt = try row[ProviderEvents.receivedAt]
        guard now - receivedAt < policy.patience else {
            let list = JSON.list([id])
            try post(FeedbackStatements.finish[dialect], [.text(provider), .text(list)])
            return provider
        }
        let next = policy.nextLook(receivedAt: receivedAt, now: now)
        try post(FeedbackStatements.wait, [.text(provider), .text(id), next.sqlValue])
        return nil
    }
}

extension SQLDialect {
    /// The JSON text of a member of an object in JSON text; null where it is absent.
    func member(_ name: String, of column: String) -> String {
        switch self {
        case .sqlite: "json_extract(\(column), '$.\(name)')"
        case .postgres: "CAST(CAST(\(column) AS JSON) -> '\(name)' AS TEXT)"
        }
    }

    /// Whether a text is in a JSON list of texts.
    fileprivate func isAmong(_ list: String) -> String {
        switch self {
        case .sqlite: "IN (SELECT value FROM json_each(\(list)))"
        case .postgres: "= ANY (ARRAY(SELECT json_array_elements_text(CAST(\(list) AS JSON))))"
        }
    }

    /// Whether a number is in a JSON list of numbers.
    func isAmongNumbers(_ list: String) -> String {
        switch self {
        case .sqlite: "IN (SELECT value FROM json_each(\(list)))"
        case .postgres: "= ANY (ARRAY(SELECT CAST(json_array_elements_text(CAST(\(list) AS JSON)) AS BIGINT)))"
        }
    }
}
