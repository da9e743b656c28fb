// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Testing

struct TokenImportTests {
    private static let keys = [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    ]

    private func importing(_ bench: TokenBench, keys: [String] = Array(keys.prefix(1))) -> TokenImport {
        let sealing = TokenSealing(SecretSealing(keys: keys.map { Secret($0) })) { try TokenBench.parse($0) }
        return TokenImport(store: bench.store, sealing: sealing, clock: { bench.moment })
    }

    private func token(_ refresh: String, until span: Duration? = nil) throws -> OAuthToken {
        var fields = JSONObject([("refresh_token", .string(refresh)), ("access_token", "a")])
        if let span { fields["expiry"] = .string((TokenBench.start + span).description) }
        return try OAuthToken(.object(fields))
    }

    private func store(
        _ token: OAuthToken,
        _ bench: TokenBench,
        isForced: Bool = false,
        isDead: Bool = false
    ) async throws -> TokenImport.Outcome {
        try await importing(bench).store(token, as: TokenBench.key, isForced: isForced) { _ in isDead }
    }

    @Test func importIsSafeToRepeat() async throws {
        let bench = try await TokenBench()
        #expect(try await store(token("r1"), bench) == .stored)
        let before = try await bench.store.rows(TokenBench.key)
        #expect(try await store(token("r1"), bench) == .known)
        #expect(try await bench.store.rows(TokenBench.key) == before)
    }

    @Test func newerLiveGrantIsLeftAloneUnlessForced() async throws {
        let bench = try await TokenBench()
        _ = try await store(token("live", until: .seconds(3000)), bench)
        let older = try token("older", until: .seconds(1000))
        #expect(try await store(older, bench) == .newerThere(until: TokenBench.start + .seconds(3000)))
        #expect(try await store(older, bench, isForced: true) == .stored)
    }

    @Test func deadGrantIsAlwaysReplacedAndItsLifeIsNoted() async throws {
        let bench = try await TokenBench()
        _ = try await store(token("dead", until: .seconds(3000)), bench)
        bench.advance(by: .seconds(7 * 86_400))
        #expect(try await store(token("new"), bench, isDead: true) == .stored)
        let registry = bench.registry()
        let source = registry.source(for: bench.request())
        let status = await source.read()
        #expect(status.forecast?.diesAt == TokenBench.start + .seconds(14 * 86_400))
        #expect(status.forecast?.reason.contains("Testing") == true)
    }

    @Test func resealingMovesEveryRowToTheNewestKey() async throws {
        let bench = try await TokenBench()
        _ = try await store(token("r1"), bench)
        let both = importing(bench, keys: Self.keys.reversed())
        #expect(try await both.reseal().sealed == 1)
        #expect(try await both.reseal().sealed == 0)
        let new = bench.registry("g1", key: Self.keys[1]).source(for: bench.request())
        #expect(try await new.token(replacing: nil).value.exposed == "a1")
        let old = bench.registry("g2", key: Self.keys[0]).source(for: bench.request())
        await #expect(throws: DeliveryError.self) { try await old.token(replacing: nil) }
    }

    @Test func rowThatCannotBeOpenedIsReplacedOnlyWhenThatIsForced() async throws {
        let bench = try await TokenBench()
        _ = try await store(token("live", until: .seconds(3000)), bench)
        let before = try await bench.store.rows(TokenBench.key)
        let other = importing(bench, keys: [Self.keys[1]])
        let new = try token("new")
        await #expect(throws: TokenError.self) {
            try await other.store(new, as: TokenBench.key, isForced: false) { _ in false }
        }
        #expect(try await bench.store.rows(TokenBench.key) == before)
        #expect(try await other.store(new, as: TokenBench.key, isForced: true) { _ in false } == .stored)
    }

    @Test func placeWithoutATokenIsDeadWhenItIsRead() async throws {
        let bench = try await TokenBench()
        let status = await bench.registry().source(for: bench.request()).read()
        #expect(status.state == .dead)
        #expect(status.failure?.remedy?.contains("posthaste tokens authorize") == true)
        _ = try await store(token("r1"), bench)
        let stored = await bench.registry().source(for: bench.request()).read()
        #expect(stored.state == .good)
        #expect(stored.refreshedAt == TokenBench.start)
    }

    @Test func rowThatCannotBeOpenedIsReportedAndKept() async throws {
        let bench = try await TokenBench()
        _ = try await store(token("r1"), bench)
        let result = try await importing(bench, keys: [Self.keys[1]]).reseal()
        #expect(result.sealed == 0)
        #expect(result.faults.count == 1)
    }
}
