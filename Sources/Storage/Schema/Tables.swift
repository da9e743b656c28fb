// SPDX-License-Identifier: Apache-2.0
package import SQL

extension Table {
    /// Everything that a store holds but for the tables of features, in the order in which it is copied.
    ///
    /// The messages come last: a copy that was interrupted then holds no message that lacks its content.
    package static let all: [Table] =
        contents + settings + [
            Table("message_contents", key: ["seq"], ["template_version", "request"]).with {
                $0.large = ["request"]
                $0.owner = Owner(column: "seq", names: "seq")
            },
            Table("message_recipients", key: ["address", "message_id"], []).with {
                $0.owner = Owner(column: "message_id", names: "id")
            },
            Table("message_events", key: ["message_seq", "number"], ["at", "kind", "provider", "detail"]).with {
                $0.owner = Owner(column: "message_seq", names: "seq")
            },
            Table("message_attachments", key: ["hash", "message_seq"], []).with {
                $0.owner = Owner(column: "message_seq", names: "seq")
            },
            messages,
        ]

    static let messages = Table(
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
        Table("template_versions", key: ["hash"], ["used_at", "content"]).with { $0.large = ["content"] },
        Table("attachments", key: ["hash"], ["used_at", "content"]).with { $0.large = ["content"] },
        Table("idempotency", key: ["key_id", "key"], ["digest", "expires_at", "status", "response"]).with {
            $0.large = ["response"]
        },
    ]

    private static let settings = [
        Table("suppressions", key: ["address"], ["reason", "created_at"]),
        Table(
            "api_keys",
            key: ["id"],
            ["name", "digest", "brands", "senders", "scopes", "created_at", "revoked_at"]
        ),
        Table("paused_providers", key: ["provider"], ["paused_at"]),
        Table("provider_usage", key: ["day", "provider"], ["messages"]),
        Table(
            "provider_states",
            key: ["provider"],
            ["version", "gateway", "circuit", "held_until", "reason", "remedy"]
        ),
        Table(
            "oauth_tokens",
            key: ["provider", "account"],
            ["token_data", "expires_at", "version", "created_at", "updated_at"]
        ).with {
            $0.moments = ["expires_at", "created_at", "updated_at"]
            $0.documents = ["token_data"]
        },
        Table(
            "alert_episodes",
            key: ["key"],
            [
                "version", "since", "ended_at", "title", "severity", "alerted_at", "saying", "claimed_by", "claimed_at",
                "told", "sightings", "ends",
            ]
        ),
    ]
}
