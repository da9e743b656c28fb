// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import OAuth
import SQL
import Storage
import Testing

@Suite struct TokensTableTests {
    private static let key = TokenKey(provider: "gmail", account: "noreply@example.org")
    private let now = StoreFile.now

    private func row(_ data: String, version: Int = 0, expiresAt: Timestamp? = nil) -> TokenRow {
        let data = Array(data.utf8)
        return TokenRow(
            key: Self.key,
            data: data,
            expiresAt: expiresAt,
            version: version,
            createdAt: now,
            updatedAt: now + .milliseconds(7)
        )
    }

    @Test(arguments: Engine.allCases)
    func rowsComeBackAsTheyWere(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().tokens
        let data = #"{"scope": "a \"b\"", "refresh_token": "r"}"#
        let first = row(#"{"a": 1}"#, version: 1)
        #expect(try await store.write(first, replacing: nil) == 1)
        #expect(try await store.write(first, replacing: nil) == nil)
        #expect(try await store.rows(Self.key) == [first])
        #expect(try await store.write(row(data, expiresAt: now + .milliseconds(1)), replacing: 1) == 2)
        #expect(try await store.write(row(data), replacing: 1) == nil)
        let stored = try await store.rows(nil)
        #expect(stored.map(\.version) == [2] && stored.map(\.expiresAt) == [now + .milliseconds(1)])
        #expect(try stored.map { try StoreFile.parse($0.data) } == [try StoreFile.parse(Array(data.utf8))])
        #expect(try await store.delete(Self.key))
        #expect(try await !store.delete(Self.key))
    }

    @Test(arguments: Engine.allCases)
    func oneRenewsAtATime(_ engine: Engine) async throws {
        let place = try await engine.place()
        let stores = try await [place.stores().tokens, place.stores().tokens]
        let soon = now + .seconds(45)
        #expect(try await stores[0].lock(Self.key, holder: "a", now: now, until: soon))
        #expect(try await !stores[1].lock(Self.key, holder: "b", now: now, until: soon))
        #expect(try await stores[1].lock(Self.key, holder: "b", now: soon, until: soon + .seconds(45)))
        try await stores[0].unlock(Self.key, holder: "a")
        #expect(try await !stores[0].lock(Self.key, holder: "a", now: soon, until: soon))
        try await stores[1].unlock(Self.key, holder: "b")
        #expect(try await stores[0].lock(Self.key, holder: "a", now: soon, until: soon))
    }

    @Test func changeByHandCountsTheVersion() async throws {
        let place = try await PostgresStore()
        let store = try await place.stores().tokens
        _ = try await store.write(row(#"{"a": 1}"#), replacing: nil)
        let before = try await store.versions()
        try place.server.psql(#"UPDATE oauth_tokens SET token_data = '{"a": 2}'"#, database: place.name)
        #expect(try await store.rows(Self.key).map(\.version) == [2])
        #expect(try await store.versions() != before)
        #expect(try await store.write(row("{}"), replacing: 1) == nil)
    }

    @Test(arguments: [
        ("TIMESTAMP", "'2026-11-21 10:00:00'"), ("TIMESTAMPTZ DEFAULT now()", "'2026-11-21 11:00:00+01'"),
        ("BIGINT DEFAULT 0", "1795255200"), ("DOUBLE PRECISION", "1795255200000"),
        ("VARCHAR(40)", "'2026-11-21T10:00:00Z'"),
    ])
    func tableOfThePredecessorIsTakenOver(_ type: String, _ moment: String) async throws {
        let place = try await PostgresStore(isMigrated: false)
        try place.server.psql(
            """
            CREATE TABLE oauth_tokens (id SERIAL PRIMARY KEY, provider VARCHAR(50) NOT NULL, account VARCHAR(255) NOT NULL,
                token_data JSONB NOT NULL, expires_at \(type), created_at \(type), updated_at \(type),
                CONSTRAINT one_token UNIQUE (provider, account));
            INSERT INTO oauth_tokens (provider, account, token_data, expires_at, created_at)
            VALUES ('gmail', 'noreply@example.org', '{"refresh_token": "r"}', \(moment), \(moment))
            """,
            database: place.name
        )
        try await Migrator(StoreSchema.whole).migrate(place.database(), now: now)
        let store = try await place.stores().tokens
        let found = try #require(try await store.rows(Self.key).first)
        let expected = Timestamp(milliseconds: 1_795_255_200_000)
        #expect(found.expiresAt == expected && found.createdAt == expected && found.version == 1)
        #expect(try await store.write(row("{}"), replacing: 1) == 2)
        let other = TokenRow(
            key: TokenKey(provider: "gmail", account: "b@example.org"),
            data: Array("{}".utf8),
            expiresAt: nil,
            version: 0,
            createdAt: now,
            updatedAt: now
        )
        #expect(try await store.write(other, replacing: nil) == 1)
    }
}
