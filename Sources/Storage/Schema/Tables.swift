// SPDX-License-Identifier: Apache-2.0
import Basics
import Monitoring
import Queue
package import SQL

extension Table {
    /// Everything that a store holds but for the tables of features, in the order in which it is copied.
    ///
    /// The messages come last: a copy that was interrupted then holds no message that lacks its content.
    package static let all: [Table] = [
        TemplateVersions.table, Attachments.table, IdempotencyKeys.table, Suppressions.table, APIKeys.table,
        PausedProviders.table, ProviderUsage.table, ProviderStates.table, OAuthTokens.table, AlertEpisodes.table,
        ProviderEvents.table, ProviderMessages.table, SoftBounces.table, EventReaders.table, Statistics.table,
        WebhookEndpoints.table, WebhookDeliveries.table,
        MessageContents.table, MessageRecipients.table, MessageEvents.table, MessageAttachments.table, Messages.table,
    ]

    /// The tables of the processes and not of the store's content: the steps of its schema, the gateways that serve
    /// it, and which of them currently renews a token.
    package static func leftOut(_ dialect: SQLDialect) -> [String] {
        let tables = [
            "schema_migrations", "gateways", "token_renewals", "provider_probes", "provider_reports", "console_links",
        ]
        // A sequence on PostgreSQL; a copy carries its value over.
        return dialect == .sqlite ? tables + ["event_numbers"] : tables
    }
}

// What belongs to a message

enum MessageContents {
    static let seq = Column<Int64>("seq")
    static let templateVersion = Column<String?>("template_version")
    /// Null where a message has no content any more.
    static let request = Column<String?>("request", .large)
    static let table = Table(
        "message_contents",
        key: [seq],
        [templateVersion, request],
        owner: Table.Owner(column: seq.name, names: Messages.seq.name)
    )
}

enum MessageRecipients {
    static let address = Column<String>("address")
    static let messageID = Column<String>("message_id")
    static let table = Table(
        "message_recipients",
        key: [address, messageID],
        [],
        owner: Table.Owner(column: messageID.name, names: Messages.id.name)
    )
}

enum MessageEvents {
    static let message = Column<Int64>("message_seq")
    static let number = Column<Int64>("number")
    static let at = Column<Timestamp>("at")
    static let kind = Column<MessageEvent.Kind>("kind")
    static let provider = Column<String?>("provider")
    static let detail = Column<String?>("detail")
    /// The position in the order of all events; null for an event of an earlier version.
    static let sequence = Column<Int64?>("sequence")
    /// A position in the message's recipients, so that the address goes with the content; else an address.
    static let recipient = Column<String?>("recipient")
    static let bounceClass = Column<String?>("class")
    /// The state of the message after the event; null where the kind tells it.
    static let state = Column<String?>("state")
    /// True for an event of a recipient that does not count, such as a second opening.
    static let isRepeat = Column<Bool?>("is_repeat")
    static let table = Table(
        "message_events",
        key: [message, number],
        [at, kind, provider, detail, sequence, recipient, bounceClass, state, isRepeat],
        owner: Table.Owner(column: message.name, names: Messages.seq.name)
    )
}

enum MessageAttachments {
    static let hash = Column<String>("hash")
    static let message = Column<Int64>("message_seq")
    static let table = Table(
        "message_attachments",
        key: [hash, message],
        [],
        owner: Table.Owner(column: message.name, names: Messages.seq.name)
    )
}

// Contents, stored once by their hash

enum TemplateVersions {
    static let hash = Column<String>("hash")
    static let usedAt = Column<Timestamp>("used_at")
    static let content = Column<[UInt8]>("content", .large)
    static let table = Table("template_versions", key: [hash], [usedAt, content])
}

enum Attachments {
    static let hash = Column<String>("hash")
    static let usedAt = Column<Timestamp>("used_at")
    static let content = Column<[UInt8]>("content", .large)
    static let table = Table("attachments", key: [hash], [usedAt, content])
}

// The other tables

enum IdempotencyKeys {
    static let keyID = Column<String>("key_id")
    static let key = Column<String>("key")
    static let digest = Column<ContentHash>("digest")
    static let expiresAt = Column<Timestamp>("expires_at")
    static let status = Column<Int>("status")
    static let response = Column<[UInt8]>("response", .large)
    static let table = Table("idempotency", key: [keyID, key], [digest, expiresAt, status, response])
}

enum Suppressions {
    static let address = Column<StoredAddress>("address")
    /// Empty for all mail.
    static let list = Column<String>("list")
    static let reason = Column<Suppression.Reason>("reason")
    static let createdAt = Column<Timestamp>("created_at")
    static let expiresAt = Column<Timestamp?>("expires_at")
    /// Null for an entry that an operator made.
    static let sourceEvent = Column<MessageEvent.Kind?>("source_event")
    static let sourceProvider = Column<String?>("source_provider")
    static let sourceMessage = Column<String?>("source_message")
    static let table = Table(
        "suppressions",
        key: [address, list],
        [reason, createdAt, expiresAt, sourceEvent, sourceProvider, sourceMessage]
    )
}

enum APIKeys {
    static let id = Column<String>("id")
    static let name = Column<String>("name")
    static let digest = Column<ContentHash>("digest")
    static let brands = Column<String?>("brands")
    static let senders = Column<String?>("senders")
    static let scopes = Column<String>("scopes")
    static let createdAt = Column<Timestamp>("created_at")
    static let revokedAt = Column<Timestamp?>("revoked_at")
    static let table = Table("api_keys", key: [id], [name, digest, brands, senders, scopes, createdAt, revokedAt])
}

enum PausedProviders {
    static let provider = Column<String>("provider")
    static let pausedAt = Column<Timestamp>("paused_at")
    static let table = Table("paused_providers", key: [provider], [pausedAt])
}

enum ProviderUsage {
    static let day = Column<String>("day")
    static let provider = Column<String>("provider")
    static let messages = Column<Int>("messages")
    static let table = Table("provider_usage", key: [day, provider], [messages])
}

enum ProviderStates {
    static let provider = Column<String>("provider")
    static let version = Column<Int64>("version")
    static let gateway = Column<LeaseHolder>("gateway")
    static let circuit = Column<ProviderFinding.Circuit>("circuit")
    static let heldUntil = Column<Timestamp?>("held_until")
    static let reason = Column<String?>("reason")
    static let remedy = Column<String?>("remedy")
    static let table = Table(
        "provider_states",
        key: [provider],
        [version, gateway, circuit, heldUntil, reason, remedy]
    )
}

enum OAuthTokens {
    static let provider = Column<String>("provider")
    static let account = Column<String>("account")
    static let data = Column<String>("token_data", .document)
    static let expiresAt = Column<Timestamp?>("expires_at", .instant)
    static let version = Column<Int>("version")
    static let createdAt = Column<Timestamp>("created_at", .instant)
    static let updatedAt = Column<Timestamp>("updated_at", .instant)
    static let table = Table(
        "oauth_tokens",
        key: [provider, account],
        [data, expiresAt, version, createdAt, updatedAt]
    )
}

enum AlertEpisodes {
    static let key = Column<String>("key")
    static let version = Column<Int64>("version")
    static let since = Column<Timestamp>("since")
    static let endedAt = Column<Timestamp?>("ended_at")
    static let title = Column<String>("title")
    static let severity = Column<AlertSeverity>("severity")
    static let alertedAt = Column<Timestamp>("alerted_at")
    static let saying = Column<NotificationKind>("saying")
    static let claimedBy = Column<String>("claimed_by")
    static let claimedAt = Column<Timestamp>("claimed_at")
    static let isTold = Column<Bool>("told")
    static let sightings = Column<String>("sightings")
    static let ends = Column<String>("ends")
    static let table = Table(
        "alert_episodes",
        key: [key],
        [
            version, since, endedAt, title, severity, alertedAt, saying, claimedBy, claimedAt, isTold, sightings, ends,
        ]
    )
}

// The tables of the processes

enum Gateways {
    static let number = Column<Int64>("number")
    static let startedAt = Column<Timestamp>("started_at")
    static let seenAt = Column<Timestamp>("seen_at")
    static let table = Table("gateways", key: [number], [startedAt, seenAt])
}

enum ProviderProbes {
    static let provider = Column<String>("provider")
    static let asked = Column<Int64>("asked")
    static let askedAt = Column<Timestamp>("asked_at")
    static let table = Table("provider_probes", key: [provider], [asked, askedAt])
}

enum ProviderReports {
    static let gateway = Column<LeaseHolder>("gateway")
    static let provider = Column<String>("provider")
    static let state = Column<ProviderStatus.State>("state")
    static let since = Column<Timestamp>("since")
    static let until = Column<Timestamp?>("until")
    static let reason = Column<String?>("reason")
    static let remedy = Column<String?>("remedy")
    static let running = Column<Int>("running")
    static let waiting = Column<Int>("waiting")
    static let lastSent = Column<Timestamp?>("last_sent_at")
    static let probedAt = Column<Timestamp?>("probed_at")
    static let probeError = Column<String?>("probe_error")
    static let table = Table(
        "provider_reports",
        key: [gateway, provider],
        [state, since, until, reason, remedy, running, waiting, lastSent, probedAt, probeError]
    )
}

enum SchemaMigrations {
    static let number = Column<Int>("number")
    static let name = Column<String>("name")
    static let checksum = Column<String>("checksum")
    static let appliedAt = Column<Timestamp>("applied_at")
    static let table = Table("schema_migrations", key: [number], [name, checksum, appliedAt])
}
