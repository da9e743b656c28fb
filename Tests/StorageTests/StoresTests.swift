// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue
import SQL
import Submission
import Testing

@testable import Storage

@Suite struct StoresTests {
    private let now = StoreFile.now

    private static func address(_ local: String) -> EmailAddress {
        EmailAddress(checkedLocal: local, checkedDomain: "example.org")
    }

    @Test(arguments: Engine.allCases)
    func suppressionsAreFoundByTheirCanonicalForm(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().suppressions
        for (local, reason) in [("Bob", Suppression.Reason.bounce), ("ana", .unsubscribe), ("bOB", .complaint)] {
            try await store.put(Suppression(address: Self.address(local), reason: reason, createdAt: now))
        }
        let listed = try await store.list(after: nil, limit: 9, now: now)
        #expect(listed.map(\.address.description) == ["ana@example.org", "bob@example.org"])
        let rest = try await store.list(after: .init("ana@example.org"), limit: 9, now: now)
        #expect(rest.map(\.reason) == [.complaint])
        let found = try await store.find([Self.address("BOB"), Self.address("x")], list: nil, now: now)
        #expect(found.map(\.reason) == [.complaint])
        #expect(try await store.find([], list: nil, now: now) == [])
        #expect(try await store.delete(Self.address("BoB"), list: nil))
        #expect(try await !store.delete(Self.address("bob"), list: nil))
    }

    @Test(arguments: Engine.allCases)
    func linkIntoTheConsoleIsUsedUpOnce(_ engine: Engine) async throws {
        let file = try await engine.place()
        let (store, other) = (try await file.stores().consoleLinks, try await file.stores().consoleLinks)
        let token = try await ConsoleLink.make(in: store, now: now) { .random(in: 0...UInt64.max) }
        let hash = ConsoleLink.hash(token.exposed)
        #expect(try await !other.use(hash, now: now + ConsoleLink.lifetime))
        #expect(try await !other.use(ConsoleLink.hash("other"), now: now))
        #expect(try await other.use(hash, now: now + ConsoleLink.lifetime - .milliseconds(1)))
        #expect(try await !store.use(hash, now: now))
    }

    @Test(arguments: Engine.allCases)
    func suppressionsHoldForTheirListUntilTheyExpire(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().suppressions
        let ana = Self.address("ana")
        let entries = [
            Suppression(address: ana, reason: .bounce, createdAt: now, expiresAt: now + .seconds(5)),
            Suppression(
                address: ana,
                list: "news",
                reason: .unsubscribe,
                source: .init(event: .unsubscribed, provider: "relay", message: "m1"),
                createdAt: now
            ),
            Suppression(address: ana, list: "offers", reason: .manual, createdAt: now),
        ]
        for entry in entries { try await store.put(entry) }
        let find = { (list: String?, seconds: Int64) in
            Set(try await store.find([ana], list: list, now: now + .seconds(seconds)))
        }
        #expect(try await find(nil, 4) == [entries[0]])
        #expect(try await find("news", 4) == [entries[0], entries[1]])
        #expect(try await find("news", 5) == [entries[1]])
        #expect(try await find("other", 5) == [])
        #expect(try await store.list(after: nil, limit: 2, now: now) == Array(entries.prefix(2)))
        #expect(try await store.list(after: entries[1].position, limit: 2, now: now) == [entries[2]])
        #expect(try await !store.resubscribe(ana, list: "offers"))
        #expect(try await store.resubscribe(ana, list: "news"))
        try await store.purge(now: now + .seconds(5))
        #expect(try await store.list(after: nil, limit: 9, now: now) == [entries[2]])
    }

    /// Each pair is what an event finds in the store, and what is there afterwards.
    @Test(arguments: Engine.allCases)
    func eventsOnlyStrengthenSuppressions(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().suppressions
        let day = now + .seconds(86_400)
        func entry(_ reason: Suppression.Reason, until: Timestamp? = nil, byHand: Bool = false) -> Suppression {
            Suppression(
                address: Self.address("ana"),
                reason: reason,
                source: byHand ? nil : .init(event: .bounced, provider: "relay", message: reason.rawValue),
                createdAt: now,
                expiresAt: until
            )
        }
        let cases: [(old: Suppression?, new: Suppression, result: Suppression)] = [
            (nil, entry(.bounce), entry(.bounce)),
            (entry(.unsubscribe), entry(.bounce, until: day), entry(.bounce)),
            (entry(.complaint), entry(.bounce), entry(.complaint)),
            (entry(.complaint, until: day), entry(.bounce), entry(.complaint)),
            (
                entry(.bounce, until: day), entry(.bounce, until: day + .seconds(1)),
                entry(.bounce, until: day + .seconds(1))
            ),
            (entry(.manual, byHand: true), entry(.complaint), entry(.manual, byHand: true)),
            (entry(.unsubscribe, byHand: true), entry(.bounce), entry(.unsubscribe, byHand: true)),
            (entry(.manual, until: now, byHand: true), entry(.bounce), entry(.bounce)),
        ]
        for (old, new, result) in cases {
            _ = try await store.delete(new.address, list: nil)
            if let old { try await store.put(old) }
            try await store.suppress(new)
            #expect(
                try await store.list(after: nil, limit: 9, now: now) == [result],
                "\(old?.reason.rawValue ?? "none")"
            )
        }
    }

    @Test(arguments: Engine.allCases)
    func keysComeBackAsTheyWere(_ engine: Engine) async throws {
        let file = try await engine.place()
        let store = try await file.stores().keys
        let digest = { (word: String) in ContentHash(hexadecimal: word) }
        let free = APIKey(
            id: "a",
            name: "Ana's",
            digest: digest("aa"),
            brands: nil,
            from: nil,
            scopes: Set(APIKey.Scope.allCases),
            createdAt: now
        )
        let narrow = APIKey(
            id: "b",
            name: "",
            digest: digest("bb"),
            brands: ["west"],
            from: ["*@example.org"],
            scopes: [.pinProvider],
            createdAt: now
        )
        try await store.add(free)
        try await store.add(narrow)
        #expect(try await store.keys() == [free, narrow])
        let results = try await [store.revoke("a", now: now), store.revoke("a", now: now), store.revoke("c", now: now)]
        #expect(results == [true, false, false])
        #expect(try await store.keys().map(\.revokedAt) == [now, nil])
    }

    @Test(arguments: Engine.allCases)
    func pausesAreKept(_ engine: Engine) async throws {
        let file = try await engine.place()
        _ = try await file.stores().controls.setPaused(true, provider: "relay", now: now)
        let store = try await file.stores().controls
        #expect(try await store.pausedProviders() == ["relay"])
        try await store.setPaused(true, provider: "relay", now: now)
        try await store.setPaused(false, provider: "relay", now: now)
        #expect(try await store.pausedProviders() == [])
    }

    @Test(arguments: Engine.allCases)
    func idempotencyEntriesExpireAndCanBeReplaced(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await file.stores()
        let entry = IdempotencyEntry(
            keyID: "k",
            key: "1",
            digest: ContentHash(hexadecimal: "aa"),
            expiresAt: now + .seconds(9),
            response: StoredResponse(status: 202, body: [1, 2])
        )
        _ = try await stores.messages.insert(Insertion(messages: [Sample.message(1)], idempotency: entry))
        let store = stores.idempotency
        #expect(try await store.find(keyID: "k", key: "1", now: now) == entry)
        #expect(try await store.find(keyID: "other", key: "1", now: now) == nil)
        #expect(try await store.find(keyID: "k", key: "1", now: now + .seconds(9)) == nil)
        try await store.replace(keyID: "k", key: "1", response: StoredResponse(status: 200, body: [3]))
        #expect(
            try await store.find(keyID: "k", key: "1", now: now)?.response == StoredResponse(status: 200, body: [3])
        )
        let later = now + .seconds(10)
        while try await stores.messages.purge(contentBefore: now, messagesBefore: now, now: later) {}
        #expect(try await store.find(keyID: "k", key: "1", now: now) == nil)
    }

    @Test(arguments: Engine.allCases)
    func unusedContentsArePurgedAndUsedOnesAreNot(_ engine: Engine) async throws {
        let file = try await engine.place()
        let messages = try await file.stores().messages
        let hashes = ["aa", "bb"].map { ContentHash(hexadecimal: $0) }
        let holder = try await messages.register(now: now).holder
        for (number, hash) in hashes.enumerated() {
            var message = Sample.message(number, holder: number == 0 ? holder : nil)
            message.request.content = .template(name: "t", version: hash, locale: nil, data: [:])
            message.request.attachments = [
                StoredRequest.AttachmentReference(
                    hash: hash,
                    size: 1,
                    fileName: "a",
                    contentType: "text/plain",
                    contentID: nil,
                    disposition: .attachment
                )
            ]
            let contents: [ContentHash: [UInt8]] = [hash: [UInt8(number)]]
            _ = try await messages.insert(
                Insertion(messages: [message], templateVersions: contents, attachments: contents)
            )
        }
        try await messages.settle(
            Settlement(id: Sample.id(0), holder: holder, at: now, state: .sent, attempts: 1, passes: 0, events: [])
        )
        let later = now + .seconds(8000)
        while try await messages.purge(contentBefore: later, messagesBefore: now, now: later) {}
        let versions = try await [messages.templateVersion(hashes[0]), messages.templateVersion(hashes[1])]
        let files = try await [messages.attachment(hashes[0]), messages.attachment(hashes[1])]
        #expect(versions == [nil, [1]] && files == [nil, [1]])
        let record = try await messages.find(Sample.id(0))
        #expect(record?.state == .sent && record?.request == nil && record?.recipients == [])
    }

    @Test(arguments: Engine.allCases)
    func messageThatCannotBeReadHoldsUpNoOther(_ engine: Engine) async throws {
        let file = try await engine.place()
        let messages = try await file.stores().messages
        let holder = try await messages.register(now: now).holder
        try await messages.insert([Sample.message(1), Sample.message(2), Sample.message(3)])
        let database = try await file.database()
        let number = SQLValue.integer(try await database.number(of: Sample.id(2)))
        _ = try await database.run("UPDATE message_contents SET request = '{' WHERE seq = $1", [number])
        let claim = Claim(routingKey: Sample.routingKey, priority: .normal, limit: 10, holder: holder, now: now)
        let error = await #expect(throws: StoreError.self) { try await messages.claim(claim) }
        guard case .corrupt(let words) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(words.contains(Sample.id(2)))
        #expect(try await messages.claim(claim).map(\.id) == [Sample.id(1), Sample.id(3)])
        let listed = try await messages.list(MessageFilter(limit: 10))
        #expect(listed.map(\.id) == [Sample.id(3), Sample.id(2), Sample.id(1)])
        #expect(listed[1].state == .failed && listed[1].failure?.code == "store.unreadable" && listed[1].request == nil)
    }

    /// In earlier versions, each status had its own address.
    @Test(arguments: Engine.allCases)
    func statusesThatAnOlderVersionStoredAreRead(_ engine: Engine) async throws {
        let file = try await engine.place()
        let messages = try await file.stores().messages
        try await messages.insert([Sample.message(1)])
        let stored = #"[{"address":"ana1@example.org","kind":"to","state":"refused","detail":"no"}]"#
        let database = try await file.database()
        _ = try await database.run(
            "UPDATE messages SET recipients = $1, state = 'failed', claim_at = NULL",
            [.text(stored)]
        )
        let address = EmailAddress(checkedLocal: "ana1", checkedDomain: "example.org")
        let recipients = try await messages.find(Sample.id(1))?.recipients
        #expect(recipients == [RecipientStatus(address: address, kind: .to, state: .refused, detail: "no")])
        #expect(try await messages.retry(Sample.id(1), by: nil, now: now))
        #expect(try await messages.find(Sample.id(1))?.recipients == [RecipientStatus(address: address, kind: .to)])
    }

    @Test(arguments: Engine.allCases)
    func scheduledMailKeepsItsTimeWhenItsHolderDies(_ engine: Engine) async throws {
        let file = try await engine.place()
        let messages = try await file.stores().messages
        let holder = try await messages.register(now: now).holder
        let due = now + .seconds(60)
        try await messages.insert([Sample.message(1, state: .scheduled, due: due, holder: holder)])
        let next = try await messages.register(now: now + .seconds(1)).holder
        // On a shared store, no gateway is declared dead before its timeout.
        for second in stride(from: 1, through: engine == .sqlite ? 1 : 31, by: 5) {
            try await messages.heartbeat(next, timeout: .seconds(20), now: now + .seconds(second))
        }
        #expect(try await messages.find(Sample.id(1))?.state == .scheduled)
        let claim = { (now: Timestamp) in
            Claim(routingKey: Sample.routingKey, priority: .normal, limit: 1, holder: next, now: now)
        }
        #expect(try await messages.claim(claim(due - .milliseconds(1))).isEmpty)
        #expect(try await messages.claim(claim(due)).map(\.agedFrom) == [due])
    }

    @Test(arguments: Engine.allCases)
    func reportsAreThoseOfGatewaysThatLive(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let stores = try await place.stores()
        let gateway = try await stores.messages.register(now: now).holder
        let probe = ProviderStatus.Probe(at: now, failure: "no route")
        let down = ProviderReport(
            gateway: gateway,
            provider: "relay",
            state: .down,
            since: now,
            until: now + .seconds(5),
            reason: "refused",
            remedy: "sign in",
            running: 1,
            waiting: 2,
            lastSent: now,
            probe: probe
        )
        let up = ProviderReport(gateway: gateway, provider: "inbox", state: .up, since: now)
        try await stores.reports.put([down, up], of: gateway)
        let stray = LeaseHolder(number: 99)
        try await stores.reports.put(
            [ProviderReport(gateway: stray, provider: "inbox", state: .up, since: now)],
            of: stray
        )
        let timeout = Duration.seconds(20)
        #expect(try await stores.reports.reports(timeout: timeout, now: now) == [up, down])
        #expect(try await stores.reports.reports(timeout: timeout, now: now + timeout).isEmpty)
        try await stores.reports.put([], of: gateway)
        #expect(try await stores.reports.reports(timeout: timeout, now: now).isEmpty)
    }

    @Test(arguments: Engine.allCases)
    func probesAreCounted(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let controls = try await place.stores().controls
        #expect(try await controls.probeRequests().isEmpty)
        for provider in ["relay", "relay", "inbox"] { try await controls.askForProbe(of: provider, now: now) }
        #expect(try await controls.probeRequests() == ["relay": 2, "inbox": 1])
    }

    @Test(arguments: Engine.allCases)
    func marksChangeWithEveryEvent(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let messages = try await place.stores().messages
        try await messages.insert([Sample.message(1), Sample.message(2)])
        let before = try await messages.marks(limit: 1, of: [])
        #expect(
            before == [MessageMark(id: Sample.id(1), events: 0), MessageMark(id: Sample.id(2), events: 0)].suffix(1)
        )
        _ = try await messages.cancel(Sample.id(1), by: nil, now: now)
        let after = try await messages.marks(limit: 1, of: [Sample.id(1)])
        #expect(after == [MessageMark(id: Sample.id(1), events: 1), MessageMark(id: Sample.id(2), events: 0)])
    }

    /// The first page ends before the message; the next one has it.
    @Test(arguments: Engine.allCases)
    func rareMessagesAreFoundPageByPage(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let messages = try await place.stores().messages
        var all = (0..<MessageQuery.requests + 10).map { Sample.message($0) }
        all[5].request.tags = ["vip"]
        try await messages.insert(all)
        var filter = MessageFilter(limit: 10)
        filter.tag = "vip"
        let first = try await messages.page(filter)
        #expect(first.records.isEmpty && first.next == Sample.id(10))
        filter.after = first.next
        let second = try await messages.page(filter)
        #expect(second.records.map(\.id) == [Sample.id(5)] && second.next == nil)
        filter.after = nil
        filter.states = [.queued, .failed]
        let search = MessageSearch(archive: messages) { _ in nil }
        #expect(try await search.page(filter).records.map(\.id) == [Sample.id(5)])
        #expect(try await search.page(filter, pages: 1).next == Sample.id(10))
    }

    @Test(arguments: Engine.allCases)
    func whatACaptureProviderGotGoesWithTheContent(_ engine: Engine) async throws {
        let place = try await engine.place()
        defer { withExtendedLifetime(place) {} }
        let messages = try await place.stores().messages
        let holder = try await messages.register(now: now).holder
        let message = Sample.message(0, holder: holder)
        try await messages.insert([message])
        var settlement = Settlement(
            id: Sample.id(0),
            holder: holder,
            at: now,
            state: .sent,
            attempts: 1,
            passes: 0,
            events: []
        )
        settlement.request = message.request
        settlement.request?.captured = "sealed"
        try await messages.settle(settlement)
        #expect(try await messages.find(Sample.id(0))?.request == settlement.request)
        let later = now + .seconds(8000)
        while try await messages.purge(contentBefore: later, messagesBefore: now, now: later) {}
        let record = try await messages.find(Sample.id(0))
        #expect(record?.state == .sent && record?.request == nil)
    }

    @Test(arguments: Engine.allCases)
    func depthsCountByLaneAndState(_ engine: Engine) async throws {
        let file = try await engine.place()
        let messages = try await file.stores().messages
        let holder = try await messages.register(now: now).holder
        try await messages.insert((0..<3).map { Sample.message($0, due: now + .seconds($0)) })
        try await messages.insert([Sample.message(3, holder: holder), Sample.message(4, holder: holder)])
        _ = try await messages.begin(Sample.id(3), at: "relay", holder: holder, now: now)
        try await messages.settle(
            Settlement(id: Sample.id(4), holder: holder, at: now, state: .uncertain, attempts: 1, passes: 0, events: [])
        )
        let depths = Set(try await messages.depths())
        #expect(
            depths == [
                QueueDepth(priority: .normal, state: .queued, count: 3, oldest: now),
                QueueDepth(priority: .normal, state: .sending, count: 1, oldest: now),
                QueueDepth(priority: .normal, state: .uncertain, count: 1, oldest: now),
            ]
        )
    }

    @Test(arguments: Engine.allCases)
    func unreadableRowIsCorruptAndNamesTheMessage(_ engine: Engine) async throws {
        let file = try await engine.place()
        let stores = try await file.stores()
        try await stores.messages.insert([Sample.message(1)])
        try await file.database().write { (connection) throws(DatabaseError) in
            _ = try connection.execute("UPDATE message_contents SET request = '{\"from\":1}'")
        }
        let error = await #expect(throws: StoreError.self) { try await stores.messages.find(Sample.id(1)) }
        guard case .corrupt(let detail)? = error else {
            Issue.record("expected corrupt, found \(String(describing: error))")
            return
        }
        #expect(detail.contains(Sample.id(1)))
    }
}
