// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
@testable import Monitoring
import OAuth
@testable import Queue
import SQL
import Storage
import Testing

/// Stored values that this version cannot read: each is an error that says where it is, and none is taken for another.
@Suite struct UnreadableValuesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let column: String
        let key: String
        let changes: [String]
        let read: @Sendable (SQLStores) async throws -> Void

        /// `changes` are run in a store with one message.
        init(
            _ column: String,
            _ key: String,
            _ changes: [String],
            _ read: @escaping @Sendable (SQLStores) async throws -> Void
        ) {
            (self.column, self.key, self.changes, self.read) = (column, key, changes, read)
        }

        var testDescription: String { "\(column): \(changes.last ?? "")" }
    }

    private static let id = Sample.id(1)
    private static let find: @Sendable (SQLStores) async throws -> Void = { _ = try await $0.messages.find(id) }
    private static let claim: @Sendable (SQLStores) async throws -> Void = { stores in
        let holder = try await stores.messages.register(now: StoreFile.now).holder
        let claim = Claim(
            routingKey: Sample.routingKey,
            priority: .normal,
            limit: 9,
            holder: holder,
            now: StoreFile.now
        )
        _ = try await stores.messages.claim(claim)
    }
    private static let suppressed: @Sendable (SQLStores) async throws -> Void = { stores in
        _ = try await stores.suppressions.find(
            [EmailAddress(checkedLocal: "ana", checkedDomain: "example.org")],
            list: nil,
            now: StoreFile.now
        )
    }

    private static let suppression =
        "INSERT INTO suppressions VALUES ('ana@example.org', '', 'manual', 5, NULL, NULL, NULL, NULL)"
    private static let key = "INSERT INTO api_keys VALUES ('k', 'app', 'd', NULL, NULL, '[]', 5, NULL)"
    private static let episode =
        "INSERT INTO alert_episodes VALUES ('store_unreachable', 1, 2, NULL, 't', 'critical', 4, 'began', 'g', 5, 1, '{}', '[]')"

    static let cases = [
        Case(
            "suppressions.created_at",
            "address=…@example.org, list=",
            [
                suppression, "UPDATE suppressions SET created_at = 'monday'",
            ],
            suppressed
        ),
        Case(
            "suppressions.reason",
            "address=…@example.org, list=",
            [
                suppression, "UPDATE suppressions SET reason = x'00'",
            ],
            suppressed
        ),
        // The first row of the list decides whether anything is suppressed at all.
        Case(
            "suppressions.address",
            "address=no address",
            ["INSERT INTO suppressions VALUES ('no address', '', 'manual', 5, NULL, NULL, NULL, NULL)"]
        ) {
            _ = try await $0.suppressions.list(after: nil, limit: 1, now: StoreFile.now)
        },
        Case("messages.due_at", "id=\(id)", ["UPDATE messages SET due_at = 'soon'"], claim),
        Case("messages.expires_at", "id=\(id)", ["UPDATE messages SET expires_at = 'never'"], claim),
        Case("messages.recipients", "id=\(id)", ["UPDATE messages SET recipients = '[]'"], claim),
        Case("message_contents.request", "id=\(id)", ["UPDATE message_contents SET request = '{'"], claim),
        Case("message_contents.request", "id=\(id)", ["DELETE FROM message_contents"], claim),
        Case("messages.state", "id=\(id)", ["UPDATE messages SET state = 'asleep'"], find),
        Case("messages.lane", "id=\(id)", ["UPDATE messages SET lane = 7"], find),
        Case("messages.attempts", "id=\(id)", ["UPDATE messages SET attempts = 'many'"], find),
        Case(
            "message_events.at",
            "number=1",
            [
                "INSERT INTO message_events (message_seq, number, at, kind) SELECT seq, 1, 'today', 'sent' FROM messages"
            ],
            find
        ),
        Case("messages.updated_at", "id=\(id)", ["UPDATE messages SET updated_at = 'old', state = 'sent'"]) {
            let now = StoreFile.now + .seconds(9)
            _ = try await $0.messages.purge(contentBefore: now, messagesBefore: now, now: now)
        },
        Case("idempotency.status", "key=1", ["INSERT INTO idempotency VALUES ('k', '1', 'd', 5, 'fine', x'00')"]) {
            _ = try await $0.idempotency.find(keyID: "k", key: "1", now: Timestamp(milliseconds: 1))
        },
        Case("api_keys.brands", "id=k", [key, "UPDATE api_keys SET brands = '{'"]) { _ = try await $0.keys.keys() },
        Case("api_keys.senders", "id=k", [key, "UPDATE api_keys SET senders = '[1]'"]) { _ = try await $0.keys.keys() },
        Case("api_keys.revoked_at", "id=k", [key, "UPDATE api_keys SET revoked_at = 'now'"]) {
            _ = try await $0.keys.keys()
        },
        Case("paused_providers.provider", "", ["INSERT INTO paused_providers VALUES (x'00', 5)"]) {
            _ = try await $0.controls.pausedProviders()
        },
        Case("provider_usage.messages", "provider=relay", ["INSERT INTO provider_usage VALUES ('d', 'relay', 'few')"]) {
            _ = try await $0.cluster.reserve(1, of: UsageDay(provider: "relay", day: "d"), limit: 9)
        },
        Case(
            "oauth_tokens.version",
            "account=a",
            ["INSERT INTO oauth_tokens VALUES ('gmail', 'a', '{}', NULL, 'x', 5, 5)"]
        ) {
            _ = try await $0.tokens.rows(TokenKey(provider: "gmail", account: "a"))
        },
        Case("alert_episodes.sightings", "key=store_", [episode, "UPDATE alert_episodes SET sightings = '[]'"]) {
            _ = try await $0.episodes.episodes()
        },
    ]

    /// On SQLite, where a column takes a value of any type.
    @Test(arguments: cases)
    func valueIsCorruptAndItsPlaceIsNamed(_ example: Case) async throws {
        let place = StoreFile()
        let (database, stores) = (try await place.database(), try await place.stores())
        try await stores.messages.insert([Sample.message(1)])
        for change in example.changes { _ = try await database.run(change, []) }
        let error = await #expect(throws: StoreError.self) { try await example.read(stores) }
        guard case .corrupt(let words)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.contains(example.column) && words.contains(example.key), "\(words)")
    }

    /// Gateways of two versions share a store while they are upgraded.
    @Test func wordOfAnotherVersionHidesNothingElse() async throws {
        let place = StoreFile()
        let (database, stores) = (try await place.database(), try await place.stores())
        try await stores.messages.insert([Sample.message(1), Sample.message(2)])
        for change in [
            "UPDATE messages SET state = 'asleep' WHERE id = '\(Self.id)'", Self.episode,
            "UPDATE alert_episodes SET severity = 'mild', saying = 'sung'",
            "INSERT INTO provider_states VALUES ('relay', 1, 2, 'ajar', 3, NULL, NULL)",
            "INSERT INTO provider_states VALUES ('gmail', 1, 2, 'open', 3, NULL, NULL)",
        ] { _ = try await database.run(change, []) }
        #expect(try await stores.messages.depths().map(\.count) == [1])
        let record = try #require(try await stores.episodes.episodes().first)
        #expect(record.severity == .critical && record.saying == .firing)
        #expect(try await stores.cluster.verdicts().map(\.provider) == ["gmail"])
    }

    /// Other programs may write the table of tokens.
    @Test func oddTokenHidesNoOtherAccount() async throws {
        let place = StoreFile()
        let (database, stores) = (try await place.database(), try await place.stores())
        for change in [
            "INSERT INTO oauth_tokens VALUES ('gmail', 'a', '{}', NULL, 'x', 5, 5)",
            "INSERT INTO oauth_tokens VALUES ('gmail', 'b', '{}', NULL, 1, 5, 5)",
        ] { _ = try await database.run(change, []) }
        #expect(try await stores.tokens.rows(nil).map(\.key.account) == ["b"])
        #expect(try await stores.tokens.versions().keys.map(\.account) == ["b"])
    }
}
