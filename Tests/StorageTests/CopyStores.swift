// SPDX-License-Identifier: Apache-2.0
import Basics
import protocol SQL.Database
import OAuth
import SQL
import Storage
import Testing

/// The engines of the source and the target of a copy.
enum CopyDirection: String, CaseIterable, Sendable {
    case toServer, toFile, betweenFiles

    /// Two empty stores with their schema; their files are removed with the value.
    func stores() async throws -> CopyStores {
        let (first, second) = (StoreFile(), StoreFile())
        let source: any Database =
            switch self {
            case .toFile: try await PostgresStore().open()
            default: try await first.migrated()
            }
        let target: any Database =
            switch self {
            case .toServer: try await PostgresStore().open()
            default: try await second.migrated()
            }
        return CopyStores(source: source, target: target, files: [first, second])
    }
}

struct CopyStores: Sendable {
    let source: any Database
    let target: any Database
    /// Kept only for their lifetime: their folders are removed with them.
    let files: [StoreFile]

    func copy() async throws -> CopyReport {
        try await StoreCopy(from: source, to: target, .whole, parse: StoreFile.parse).run(now: StoreFile.now)
    }
}

extension Database {
    /// The number of a stored message.
    func number(of id: String) async throws -> Int64 {
        try #require(try await run("SELECT seq FROM messages WHERE id = $1", [.text(id)]).first?.int(0))
    }

    /// Rows of every table, hard to store, with every column set in some of them; more than one page of mail.
    func fill(messages: Int = 602) async throws {
        let stores = SQLStores(database: self, commits: SharedCommits(self), parse: StoreFile.parse)
        for number in stride(from: 0, to: messages, by: 301) {
            let batch = (number..<min(number + 301, messages)).map {
                Sample.message($0, text: "a 'ü🏀\\ \"$1 ?1\" #\($0)")
            }
            try await stores.messages.insert(batch)
        }
        for (account, expiry) in [
            ("a@example.org", nil), ("b@example.org", Timestamp(milliseconds: 1_800_000_000_123)),
        ] {
            let row = TokenRow(
                key: TokenKey(provider: "gmail", account: account),
                data: Array(#"{"sealed":"k:AA==", "b": {"z":1,"a":[true,null,"é"]}}"#.utf8),
                expiresAt: expiry,
                version: 1,
                createdAt: Timestamp(milliseconds: 5),
                updatedAt: Timestamp(milliseconds: 1_700_000_000_001)
            )
            #expect(try await stores.tokens.write(row, replacing: nil) == 1)
        }
        for statement in Self.everything { _ = try await run(statement, []) }
        let secrets = "UPDATE messages SET secrets = $1 WHERE id = $2"
        _ = try await run(secrets, [.blob([0, 255, 39]), .text(Sample.id(8))])
        let replay =
            "INSERT INTO idempotency (key_id, key, digest, expires_at, status, response) VALUES ('', $1, 'd', 9, 202, $2)"
        for key in ["", "Z", "a", "ä"] { _ = try await run(replay, [.text(key), .blob([])]) }
        _ = try await run("INSERT INTO template_versions (hash, used_at, content) VALUES ('v', 5, $1)", [.blob([1])])
        let delivery = """
            INSERT INTO webhook_deliveries
            VALUES ('shop', 9, 'evt_9', 'message.sent', 1, 'pending', 2, 500, 4, 'no', 5, $1)
            """
        _ = try await run(delivery, [.blob([0, 255])])
        // Together larger than a page may be, with all byte values.
        let bytes = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for number in 0..<3 {
            _ = try await run(
                "INSERT INTO attachments (hash, used_at, content) VALUES ($1, 5, $2)",
                [.text("a\(number)"), .blob(bytes)]
            )
        }
    }

    private static var everything: [String] {
        let seq = "(SELECT seq FROM messages WHERE id = '\(Sample.id(7))')"
        return [
            "UPDATE message_contents SET template_version = 'v' WHERE seq = \(seq)",
            """
            UPDATE messages SET state = 'sent', claim_at = NULL, expires_at = 9, key_id = 'k', provider = 'relay',
                provider_message_id = 'p''1', attempts = 2, passes = 1, event_count = 2, failure = '{"a": 1}',
                recipients = '[]'
            WHERE id = '\(Sample.id(7))'
            """,
            "UPDATE messages SET state = 'parked', claim_at = NULL, parked_at = 77 WHERE id = '\(Sample.id(8))'",
            "INSERT INTO message_events (message_seq, number, at, kind) VALUES (\(seq), 1, 10, 'attempted')",
            """
            INSERT INTO message_events (
                message_seq, number, at, kind, provider, detail, sequence, recipient, class, state, is_repeat)
            VALUES (\(seq), 2, 11, 'bounced', 'relay', 'déjà', 9, '0', 'hard', 'bounced', 1)
            """,
            "UPDATE messages SET list = 'news' WHERE seq = \(seq)",
            "INSERT INTO provider_events VALUES ('ses', 'e1', 5, 6, '{\"kind\": \"opened\"}'), ('', 'e2', 5, NULL, NULL)",
            "INSERT INTO provider_messages VALUES ('ses', '0107', 'm1', 5)",
            "INSERT INTO soft_bounces VALUES ('a@example.org', 'm1', 5)",
            "INSERT INTO event_readers VALUES ('statistics', 7)",
            "INSERT INTO statistics VALUES ('hour', 0, 'ses', 'b', '', 'news', 'sent=1', '3:1')",
            "INSERT INTO message_attachments (hash, message_seq) VALUES ('a1', \(seq))",
            "INSERT INTO suppressions (address, reason, created_at) VALUES ('x@example.org', 'bounce', -5)",
            """
            INSERT INTO suppressions (address, list, reason, created_at, expires_at, source_event, source_message)
            VALUES ('x@example.org', 'news', 'unsubscribe', 5, 9, 'unsubscribed', 'm1')
            """,
            "INSERT INTO api_keys VALUES ('k', 'n', 'd', '[\"b\"]', '[\"*@x\"]', 'send read', 1, 2)",
            "INSERT INTO api_keys VALUES ('k2', 'n', 'd2', NULL, NULL, '', 1, NULL)",
            "INSERT INTO paused_providers VALUES ('relay', 3)",
            "INSERT INTO provider_usage VALUES ('2026-01-01', 'relay', 9000000000)",
            "INSERT INTO provider_states VALUES ('relay', 1, 2, 'open', 3, 'why', 'how')",
            "INSERT INTO token_renewals VALUES ('gmail', 'a@example.org', 'me', 9)",
            "INSERT INTO alert_episodes VALUES ('k', 1, 2, 3, 't', 'critical', 4, 'began', 'g', 5, 1, '{}', '[]')",
            "INSERT INTO reset_tokens VALUES ('d', 'u', 'a@example.org', 'b', 'fr', 'r', 1, 2, 3)",
            "INSERT INTO reset_calls VALUES ('s', '[1, 2]', 3)",
            "INSERT INTO gateways (started_at, seen_at) VALUES (1, 1)",
            "INSERT INTO webhook_endpoints VALUES ('shop', 7, 0, 'why', 3, 4, 5, 6, 8)",
        ]
    }
}
