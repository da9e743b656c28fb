// SPDX-License-Identifier: Apache-2.0
import JSON
import Synchronization
import Testing

@testable import Basics
@testable import Mail
@testable import Submission

@Suite struct KeyRingTests {
    let store = MemoryStore()
    let time = ManualTime(AcceptanceBench.start)
    let ring: APIKeyCache

    init() {
        let counter = Counter()
        ring = APIKeyCache(
            store: store,
            ids: IDs(clock: time.now, random: { 1 }),
            clock: time.now,
            random: { counter.next() }
        )
    }

    @Test func secretIsShownOnceAndOnlyItsHashIsStored() async throws {
        let (key, secret) = try await ring.create(name: "shop", brands: ["default"], from: ["@Example.org"])
        #expect(secret.exposed.hasPrefix("ph_"))
        #expect(secret.exposed.utf8.count == 46)
        #expect(secret.exposed.utf8.dropFirst(3).allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) })
        let stored = try #require(store.content.withLock { $0.keys.first })
        #expect(stored == key)
        #expect(stored.digest == ContentHash(of: Array(secret.exposed.utf8)))
        #expect(stored.from == ["*@example.org"])
        let principal = try #require(try await ring.authenticate(secret.exposed))
        #expect(principal.keyID == key.id)
        #expect(principal.scopes == Set(APIKey.Scope.allCases))
        #expect(principal.brands == ["default"])
    }

    @Test(arguments: ["", "ph_", "xx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ph_short"])
    func malformedSecretIsOfNoKey(secret: String) async throws {
        #expect(try await ring.authenticate(secret) == nil)
        #expect(store.content.withLock { $0.keyReads } == 0)
    }

    @Test func wrongSecretIsOfNoKey() async throws {
        let (_, secret) = try await ring.create(name: "shop")
        let wrong = String(secret.exposed.dropLast()) + (secret.exposed.last == "A" ? "B" : "A")
        #expect(try await ring.authenticate(wrong) == nil)
    }

    @Test func keyRevokedElsewhereEndsWithinASecond() async throws {
        let (key, secret) = try await ring.create(name: "shop")
        #expect(try await ring.authenticate(secret.exposed) != nil)
        _ = try await store.revoke(key.id, now: time.now())
        time.advance(.milliseconds(999))
        #expect(try await ring.authenticate(secret.exposed) == nil)
    }

    @Test func keyMadeElsewhereCountsWithinASecond() async throws {
        let elsewhere = APIKeyCache(
            store: store,
            ids: IDs(clock: time.now, random: { 9 }),
            clock: time.now,
            random: { 99 }
        )
        #expect(try await ring.authenticate("ph_" + String(repeating: "A", count: 43)) == nil)
        let (_, secret) = try await elsewhere.create(name: "new")
        time.advance(.milliseconds(999))
        #expect(try await ring.authenticate(secret.exposed) != nil)
    }

    @Test func keyIsFoundByItsIDUntilItIsRevoked() async throws {
        let (key, secret) = try await ring.create(name: "shop", brands: ["default"])
        #expect(try await ring.principal(ofKey: key.id) == ring.authenticate(secret.exposed))
        #expect(try await ring.principal(ofKey: "key_01") == nil)
        _ = try await store.revoke(key.id, now: time.now())
        time.advance(.milliseconds(999))
        #expect(try await ring.principal(ofKey: key.id) == nil)
    }

    @Test func signingSecretsComeFromEachSealingKey() throws {
        let keys = [7, 8].map { Secret(Base64.encode([UInt8](repeating: $0, count: 32))) }
        let both = try #require(SecretSealing(keys: keys)).signingSecrets(ofKey: "key_01K0")
        // Computed with `hmac` of Python.
        let expected = [
            "3OP03vm6Ck7GKEMpGjStDoOpYYIw4AqUpBFqXSozu2o",
            "zorThNG2HnVfjMUUdWlO_gQnU-nxLWWRnF_2G8UFxi4",
        ]
        #expect(both.map(\.exposed) == expected)
        #expect(try #require(SecretSealing(keys: [keys[1]])).signingSecrets(ofKey: "key_01K0") == [both[1]])
    }

    @Test func storeIsAskedAtMostTwiceASecond() async throws {
        let (_, secret) = try await ring.create(name: "shop")
        for _ in 0..<100 {
            _ = try await ring.authenticate(secret.exposed)
            time.advance(.milliseconds(10))
        }
        #expect(store.content.withLock { $0.keyReads } == 2)
    }

    @Test func deadStoreIsNoProof() async throws {
        let (_, secret) = try await ring.create(name: "shop")
        store.content.withLock { $0.isDown = true }
        await #expect(throws: StoreError.self) { _ = try await ring.authenticate(secret.exposed) }
    }

    @Test func unusablePatternsAndNamesAreRefused() async throws {
        let problem = await #expect(throws: Problem.self) {
            _ = try await ring.create(name: "", from: ["*@example.org", "example.org", "a@b"])
        }
        #expect(problem?.faults.map(\.pointer.description) == ["/name", "/from/1", "/from/2"])
    }

    @Test(arguments: [
        ("*@example.org", "ana@example.org", true), ("@EXAMPLE.org", "ana@example.org", true),
        ("Ana@example.org", "ana@example.org", true), ("ana@example.org", "bob@example.org", false),
        ("*@example.org", "ana@sub.example.org", false), ("*@example.org", "ana@notexample.org", false),
    ])
    func patternsMatchAddresses(pattern: String, address: String, isMatch: Bool) throws {
        let pattern = try #require(SenderPattern(pattern))
        #expect(pattern.matches(try EmailAddress(parsing: address)) == isMatch)
    }
}

private final class Counter: Sendable {
    private let count = Mutex<UInt64>(0x0123_4567_89AB_CDEF)

    func next() -> UInt64 {
        count.withLock { count in
            count = count &* 6_364_136_223_846_793_005 &+ 1
            return count
        }
    }
}
