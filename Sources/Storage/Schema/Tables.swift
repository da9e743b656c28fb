// SPDX-License-Identifier: Apache-2.0
import SQL

/// A table that a copy transfers from one store to another.
///
/// The columns of the key come first in every row.
package struct CopiedTable: Sendable, Hashable {
    /// The column that names a row's message, and the column of `messages` that it refers to.
    struct Owner: Sendable, Hashable {
        let column: String
        let names: String
    }

    package let name: String
    /// The primary key, in its order.
    package let key: [String]
    /// All columns, the key's first.
    package let columns: [String]
    /// Columns that may hold megabytes.
    var large: [String] = []
    /// Timestamp columns that other programs read; here they are milliseconds.
    var moments: [String] = []
    /// JSON columns that other programs read; engines may write the same value differently.
    var documents: [String] = []
    var owner: Owner?

    init(_ name: String, key: [String], _ others: [String]) {
        self.name = name
        self.key = key
        columns = key + others
    }

    /// A copy with some properties changed.
    private func with(_ change: (inout CopiedTable) -> Void) -> CopiedTable {
        var table = self
        change(&table)
        return table
    }

    /// The key of a row.
    func key(of row: SQLRow) -> [SQLValue] { Array(row.values.prefix(key.count)) }

    /// A value of a row by its column.
    func value(_ column: String, of row: SQLRow) -> SQLValue {
        columns.firstIndex(of: column).map { row[$0] } ?? .null
    }
}

extension CopiedTable {
    /// All tables of a store, in the order in which they are copied.
    ///
    /// The messages come last: after an interrupted copy the target has no message without its content.
    package static let all: [CopiedTable] =
        contents + settings + passwordReset + [
            CopiedTable("message_contents", key: ["seq"], ["template_version", "request"]).with {
                $0.large = ["request"]
                $0.owner = Owner(column: "seq", names: "seq")
            },
            CopiedTable("message_recipients", key: ["address", "message_id"], []).with {
                $0.owner = Owner(column: "message_id", names: "id")
            },
            CopiedTable("message_events", key: ["message_seq", "number"], ["at", "kind", "provider", "detail"]).with {
                $0.owner = Owner(column: "message_seq", names: "seq")
            },
            CopiedTable("message_attachments", key: ["hash", "message_seq"], []).with {
                $0.owner = Owner(column: "message_seq", names: "seq")
            },
            messages,
        ]

    static let messages = CopiedTable(
        "messages",
        key: ["seq"],
        [
            "id", "state", "lane", "brand", "category", "pin", "due_at", "claim_at", "lease", "created_at",
            "updated_at",
            "expires_at", "aged_from", "parked_at", "key_id", "provider", "provider_message_id", "attempts", "passes",
            "event_count", "failure", "recipients", "secrets",
        ]
    )

    /// The tables of the processes and not of the store's content: the steps of its schema, the gateways that serve
    /// it, and which of them currently renews a token.
    package static let leftOut = [
        "schema_migrations", "gateways", "token_renewals", "provider_probes", "provider_reports",
    ]

    private static let contents = [
        CopiedTable("template_versions", key: ["hash"], ["used_at", "content"]).with { $0.large = ["content"] },
        CopiedTable("attachments", key: ["hash"], ["used_at", "content"]).with { $0.large = ["content"] },
        CopiedTable("idempotency", key: ["key_id", "key"], ["digest", "expires_at", "status", "response"]).with {
            $0.large = ["response"]
        },
    ]

    private static let settings = [
        CopiedTable("suppressions", key: ["address"], ["reason", "created_at"]),
        CopiedTable(
            "api_keys",
            key: ["id"],
            ["name", "digest", "brands", "senders", "scopes", "created_at", "revoked_at"]
        ),
        CopiedTable("paused_providers", key: ["provider"], ["paused_at"]),
        CopiedTable("provider_usage", key: ["day", "provider"], ["messages"]),
        CopiedTable(
            "provider_states",
            key: ["provider"],
            ["version", "gateway", "circuit", "held_until", "reason", "remedy"]
        ),
        CopiedTable(
            "oauth_tokens",
            key: ["provider", "account"],
            ["token_data", "expires_at", "version", "created_at", "updated_at"]
        ).with {
            $0.moments = ["expires_at", "created_at", "updated_at"]
            $0.documents = ["token_data"]
        },
        CopiedTable(
            "alert_episodes",
            key: ["key"],
            [
                "version", "since", "ended_at", "title", "severity", "alerted_at", "saying", "claimed_by", "claimed_at",
                "told", "sightings", "ends",
            ]
        ),
    ]

    private static let passwordReset = [
        CopiedTable(
            "reset_tokens",
            key: ["digest"],
            ["user_id", "address", "brand", "locale", "request", "expires_at", "reserved_until", "refusals"]
        ),
        CopiedTable("reset_calls", key: ["subject"], ["calls", "expires_at"]),
    ]
}
