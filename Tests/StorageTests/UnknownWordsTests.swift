// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Monitoring
import Queue
import SQL
import Storage
import Submission
import Testing

/// Stored words that this version does not know, written by a newer version or by hand.
@Suite struct UnknownWordsTests {
    private static let address = EmailAddress(checkedLocal: "ana", checkedDomain: "example.org")

    @Test(arguments: Engine.allCases)
    func suppressionWithAnUnknownReasonHolds(_ engine: Engine) async throws {
        let place = try await engine.place()
        let (database, stores) = (try await place.database(), try await place.stores())
        let sql = "INSERT INTO suppressions (address, reason, created_at) VALUES ('ana@example.org', 'spam_trap', 1)"
        _ = try await database.write { (connection) throws(DatabaseError) in try connection.execute(sql) }
        let found = try await stores.suppressions.find([Self.address], list: nil, now: StoreFile.now)
        #expect(found.map(\.reason) == [.other("spam_trap")])
        #expect(
            try await stores.suppressions.list(after: nil, limit: 9, now: StoreFile.now).map(\.reason.rawValue)
                == ["spam_trap"]
        )
        let told = try await stores.unknownWords(alerts: AlertCatalog())
        #expect(told.count == 1 && told.first?.contains("`spam_trap`") == true)
    }

    @Test(arguments: Engine.allCases)
    func unknownEventIsShownAsItIs(_ engine: Engine) async throws {
        let place = try await engine.place()
        let (database, stores) = (try await place.database(), try await place.stores())
        try await stores.messages.insert([Sample.message(0)])
        _ = try await database.write { (connection) throws(DatabaseError) in
            try connection.execute(
                """
                INSERT INTO message_events (message_seq, number, at, kind, provider, detail)
                SELECT seq, 1, 5, 'opened', NULL, 'on a phone' FROM messages
                """
            )
        }
        let found = try await stores.messages.find(Sample.id(0))
        let record = try #require(found)
        #expect(record.events.map(\.kind) == [.accepted, .other("opened")])
        #expect(record.events.last?.detail == "on a phone")
    }

    @Test(arguments: Engine.allCases)
    func unknownScopeAllowsNothing(_ engine: Engine) async throws {
        let place = try await engine.place()
        let (database, stores) = (try await place.database(), try await place.stores())
        let key = APIKey(
            id: "a",
            name: "app",
            digest: ContentHash(hexadecimal: "aa"),
            brands: nil,
            from: nil,
            scopes: [.read],
            createdAt: StoreFile.now
        )
        try await stores.keys.add(key)
        _ = try await database.write { (connection) throws(DatabaseError) in
            try connection.execute("UPDATE api_keys SET scopes = '[\"everything\"]'")
        }
        #expect(try await stores.keys.keys().map(\.scopes) == [[]])
        let told = try await stores.unknownWords(alerts: AlertCatalog())
        #expect(told.contains { $0.contains("`everything`") })
    }

    @Test(arguments: Engine.allCases, ["send_at", "expires_at", "provider", "html", "metadata", "category"])
    func fieldThatCannotBeReadIsNotLost(_ engine: Engine, _ field: String) async throws {
        let place = try await engine.place()
        let (database, stores) = (try await place.database(), try await place.stores())
        try await stores.messages.insert([Sample.message(0)])
        let text = try await database.run("SELECT request FROM message_contents", []).first?.text(0)
        guard case .object(var request) = try StoreFile.parse(Array(try #require(text).utf8)) else { return }
        request["subject"] = "s"
        request[field] = ["a", 1]
        let changed = JSON.object(request).text()
        _ = try await database.write { (connection) throws(DatabaseError) in
            try connection.execute("UPDATE message_contents SET request = $1", .text(changed))
        }
        await #expect(throws: StoreError.self) { try await stores.messages.find(Sample.id(0)) }
    }

    @Test(arguments: Engine.allCases)
    func failureThatCannotBeReadIsStillOne(_ engine: Engine) async throws {
        let place = try await engine.place()
        let (database, stores) = (try await place.database(), try await place.stores())
        try await stores.messages.insert([Sample.message(0)])
        _ = try await database.write { (connection) throws(DatabaseError) in
            try connection.execute("UPDATE messages SET failure = '{\"why\":\"moon\"}'")
        }
        let found = try await stores.messages.find(Sample.id(0))
        let failure = try #require(found?.failure)
        #expect(failure.detail.contains("moon"))
    }

    @Test(arguments: Engine.allCases)
    func unknownAlertIsNamed(_ engine: Engine) async throws {
        let place = try await engine.place()
        let stores = try await place.stores()
        for name in ["meteor", "provider_down"] {
            let record = AlertRecord(
                key: AlertKey(AlertName(rawValue: name), "gmail"),
                since: StoreFile.now,
                title: name,
                severity: .critical,
                alertedAt: StoreFile.now,
                claimedBy: "a"
            )
            _ = try await stores.episodes.put(record)
        }
        let lines = try await place.stores().unknownWords(alerts: AlertCatalog())
        #expect(lines == ["trouble that this version does not know was reported: meteor/gmail"])
    }
}
