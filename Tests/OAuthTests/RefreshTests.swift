// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Testing

struct RefreshTests {
    private func value(_ source: RefreshingTokenSource, replacing: AccessToken? = nil) async throws(DeliveryError)
        -> String
    {
        try await source.token(replacing: replacing).value.exposed
    }

    @Test
    func aHundredCallersCauseOneRefresh() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await source.token(replacing: nil).value.exposed } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(values == ["a1"])
        #expect(bench.endpoint.calls == 1)
    }

    @Test
    func freshTokenCostsNoStoreAccess() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        _ = try await source.token(replacing: nil)
        let before = bench.store.accesses
        for _ in 0..<1000 { _ = try await source.token(replacing: nil) }
        #expect(bench.store.accesses == before)
    }

    @Test
    func tokenIsRenewedFiveMinutesAheadAndWithoutTraffic() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let registry = bench.registry()
        _ = registry.source(for: bench.request())
        await registry.keep()
        #expect(bench.endpoint.calls == 1)
        bench.advance(by: .seconds(3599 - 301))
        await registry.keep()
        #expect(bench.endpoint.calls == 1)
        bench.advance(by: .seconds(2))
        await registry.keep()
        #expect(bench.endpoint.calls == 2)
    }

    @Test
    func shortLifeIsRenewedAtItsHalf() async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.life = 120 }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        #expect(try await value(source) == "a1")
        bench.advance(by: .seconds(59))
        #expect(try await value(source) == "a1")
        bench.advance(by: .seconds(2))
        #expect(try await value(source) == "a2")
    }

    @Test(arguments: [0, -5, "3599", "soon", nil, 1e300] as [JSON])
    func oddExpiryIsNoLoop(_ life: JSON) async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.life = life }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        for _ in 0..<20 { _ = try? await source.token(replacing: nil) }
        #expect(bench.endpoint.calls == 1)
    }

    @Test
    func refusedTokenIsReplacedOnceAndTriesAreSpaced() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        let first = try await source.token(replacing: nil)
        bench.advance(by: .seconds(11))
        let second = try await source.token(replacing: first)
        #expect(second.value.exposed == "a2")
        #expect(try await value(source, replacing: first) == "a2")
        await #expect(throws: DeliveryError.self) { try await source.token(replacing: second) }
        #expect(bench.endpoint.calls == 2)
        bench.advance(by: .seconds(10))
        #expect(try await value(source, replacing: second) == "a3")
    }

    @Test
    func unknownFieldsAndTheOldRefreshTokenAreKept() async throws {
        let bench = try await TokenBench()
        bench.write(
            #"{"token":"old","refresh_token":"r1","expiry":"2020-01-01T00:00:00Z","quota_project_id":"q"}"#,
            to: "token.json"
        )
        let source = bench.registry().source(for: bench.request(.file(bench.path("token.json"))))
        #expect(try await value(source) == "a1")
        let stored = try TokenBench.parse(Array(bench.text("token.json").utf8))
        #expect(stored["refresh_token"] == "r1")
        #expect(stored["quota_project_id"] == "q")
        #expect(stored["token"] == "a1")
        #expect(stored["access_token"] == nil)
        #expect(stored["expiry"]?.string.flatMap { Timestamp($0) } == TokenBench.start + .seconds(3599))
    }

    @Test
    func rotatedRefreshTokenIsSavedBeforeTheTokenIsUsed() async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.rotates = true }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        _ = try await source.token(replacing: nil)
        // Another process reads what is stored.
        bench.advance(by: .seconds(3600))
        let other = bench.registry("g2").source(for: bench.request())
        #expect(try await value(other) == "a2")
    }

    @Test
    func twoGatewaysRenewOnce() async throws {
        let bench = try await TokenBench()
        bench.endpoint.change { $0.rotates = true }
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let sources = ["g1", "g2", "g3"].map { bench.registry($0).source(for: bench.request()) }
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for source in sources { group.addTask { try await source.token(replacing: nil).value.exposed } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(values == ["a1"])
        #expect(bench.endpoint.calls == 1)
    }

    @Test
    func tokenThatCannotBeSavedIsUsedReportedAndSavedLater() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let registry = bench.registry()
        let source = registry.source(for: bench.request())
        bench.store.failWrites(true)
        #expect(try await value(source) == "a1")
        #expect(source.status.warnings.contains { $0.contains("could not be saved") })
        bench.store.failWrites(false)
        bench.advance(by: .seconds(11))
        await registry.keep()
        #expect(!source.status.warnings.contains { $0.contains("could not be saved") })
        bench.advance(by: .seconds(60))
        let other = bench.registry("g2").source(for: bench.request())
        #expect(try await value(other) == "a1")
        #expect(bench.endpoint.calls == 1)
    }

    @Test
    func deadGrantIsFinalAndItsReplacementTakesEffectAtOnce() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"revoked"}"#)
        let registry = bench.registry()
        let source = registry.source(for: bench.request())
        await registry.keep()
        #expect(source.status.state == .dead)
        #expect(bench.changedStates == [.dead])
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.remedy?.contains("posthaste tokens authorize google") == true)
        for _ in 0..<20 {
            bench.advance(by: .seconds(60))
            await registry.keep()
        }
        #expect(bench.endpoint.calls == 1)
        try await bench.put(#"{"refresh_token":"r1"}"#)
        bench.advance(by: .seconds(5))
        await registry.keep()
        #expect(source.status.state == .good)
        #expect(try await value(source) == "a1")
    }

    @Test
    func grantReplacedWhileItWasAskedForIsTried() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"revoked"}"#)
        let source = bench.registry().source(for: bench.request())
        bench.endpoint.change { state in
            // It cannot fail: the row exists.
            state.meanwhile = { try? await bench.put(#"{"refresh_token":"r1"}"#) }
        }
        #expect(try await value(source) == "a1")
        #expect(source.status.state == .good)
    }

    @Test(arguments: [
        ("<html>busy</html>", 502), ("", 500), (#"{"error":"internal_failure"}"#, 500),
        (#"{"error":"temporarily_unavailable"}"#, 503),
        ("{}", 200), ("<html>", 200),
    ])
    func endpointThatIsBrokenIsTransientAndAskedSeldom(_ body: String, _ status: Int) async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let answer = HTTPResponse(status: status, body: Array(body.utf8))
        bench.endpoint.change { $0.answers = Array(repeating: answer, count: 100) }
        let registry = bench.registry()
        let source = registry.source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .transient)
        for _ in 0..<600 {
            bench.advance(by: .seconds(1))
            await registry.keep()
            _ = try? await source.token(replacing: nil)
        }
        #expect((3...12).contains(bench.endpoint.calls))
        #expect(source.status.state == .failing)
    }

    @Test
    func clockThatIsBlamedIsNoDeadGrant() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let words =
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values"
        bench.endpoint.change { $0.answers = [StrictEndpoint.refusal(400, "invalid_grant", words)] }
        let source = bench.registry().source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .transient)
        #expect(error?.remedy?.contains("timedatectl") == true)
    }

    @Test
    func oldTokenIsUsedUntilItEndsWhileTheEndpointIsGone() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        _ = try await source.token(replacing: nil)
        bench.endpoint.change { $0.failure = HTTPFailure(stage: .connect, reason: .disconnected, detail: "gone") }
        bench.advance(by: .seconds(3400))
        #expect(try await value(source) == "a1")
        bench.advance(by: .seconds(200))
        await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
    }

    @Test
    func clockThatJumpsBackDoesNotStopRenewal() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let registry = bench.registry()
        let source = registry.source(for: bench.request())
        let first = try await source.token(replacing: nil)
        bench.advance(by: .seconds(-30 * 86_400))
        #expect(try await value(source, replacing: first) == "a2")
    }

    @Test
    func sealedTokensAreNotInTheStoreInTheClear() async throws {
        let bench = try await TokenBench()
        try await bench.put(#"{"refresh_token":"r1"}"#)
        let source = bench.registry().source(for: bench.request())
        _ = try await source.token(replacing: nil)
        let row = try #require(try await bench.store.rows(TokenBench.key).first)
        let text = String(decoding: row.data, as: UTF8.self)
        #expect(text.hasPrefix(#"{"sealed":"#))
        // With its quotes, which sealed text does not have: the two letters alone may occur in it by chance.
        #expect(!text.contains(#""r1""#) && !text.contains("refresh_token"))
        #expect(row.expiresAt == TokenBench.start + .seconds(3599))
        let other = bench.registry("g2", key: "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").source(
            for: bench.request()
        )
        let error = await #expect(throws: DeliveryError.self) { try await other.token(replacing: nil) }
        #expect(error?.detail.contains("which is not configured") == true)
    }

    @Test
    func missingTokenSaysWhatToDo() async throws {
        let bench = try await TokenBench()
        let source = bench.registry().source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .authentication)
        #expect(error?.detail == "there is no token for noreply@example.org yet")
        #expect(bench.endpoint.calls == 0)
    }
}
