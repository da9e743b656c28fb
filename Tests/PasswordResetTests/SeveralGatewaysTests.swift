// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Foundation
import GatewayTesting
import JSON
import SQL
import Storage
import Submission
import Testing

@testable import PasswordReset

/// Two gateways that share a store, on both engines.
@Suite(.timeLimit(.minutes(5))) struct SeveralGatewaysTests {
    enum Engine: CaseIterable {
        case sqlite, postgres
    }

    /// Started once, and ended with the process.
    private static let server = Task { () throws -> PostgresServer in try PostgresServer() }

    /// Two gateways on one new store.
    private struct Pair {
        let first: ResetBench
        let second: ResetBench
    }

    private static func pair(
        _ engine: Engine,
        _ settings: ResetSettings = ResetBench.settings
    ) async throws -> Pair {
        guard engine == .postgres else {
            let first = try await ResetBench(settings)
            return Pair(first: first, second: try await ResetBench(settings, database: first.database))
        }
        let server = try await server.value
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        try server.psql("CREATE DATABASE \(name) TEMPLATE template0")
        let databases = try (0..<2).map { _ in
            var settings = try PostgresSettings(url: server.url(name))
            (settings.connectTimeout, settings.statementTimeout) = (.seconds(600), .seconds(600))
            return PostgresDatabase(settings, connections: 4, schema: .whole)
        }
        try await Migrator(StoreSchema.whole).migrate(databases[0], now: Timestamp(milliseconds: 1_800_000_000_000))
        return Pair(
            first: try await ResetBench(settings, database: databases[0]),
            second: try await ResetBench(settings, database: databases[1])
        )
    }

    private static func wins(_ pair: Pair, _ work: @escaping @Sendable (ResetBench, Int) async throws -> Void) async
        -> Int
    {
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                let bench = number % 2 == 0 ? pair.first : pair.second
                group.addTask {
                    do { try await work(bench, number) } catch { return false }
                    return true
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }

    @Test(arguments: Engine.allCases)
    func tokenIsUsedOnceLimitsCountOnceAndNewerRequestsWin(_ engine: Engine) async throws {
        let limits = ResetSettings.Limits(
            perAddress: Limit(1000, per: .seconds(60)),
            perClient: Limit(20, per: .seconds(60))
        )
        let settings = ResetSettings(brand: "westside", link: "https://app.example.org/?t={token}", limits: limits)
        let pair = try await Self.pair(engine, settings)
        let (first, second) = (pair.first, pair.second)

        let old = try await first.token(for: "ana@example.org")
        second.advance(by: .milliseconds(5))
        let new = try await second.token(for: "ana@example.org")
        await #expect(throws: Problem.self) { try await first.confirm(old, "a password of old") }
        #expect(await Self.wins(pair) { try await $0.confirm(new, "password number \($1)") } == 1)

        // Two of the twenty were counted above.
        let passed = await Self.wins(pair) {
            try await $0.service.request(["email": .string("x\($1)@example.org")], from: ResetBench.caller)
        }
        #expect(passed == 18)
    }

    @Test(arguments: Engine.allCases)
    func reservationOfADeadGatewayLapsesAfterAMinute(_ engine: Engine) async throws {
        let pair = try await Self.pair(engine)
        let (first, second) = (pair.first, pair.second)
        let token = try await first.token(for: "ana@example.org")
        let tokens = ResetTokens(database: first.database)
        let presented = try #require(ResetToken(presented: token))
        // The gateway that holds it dies here.
        #expect(try await tokens.reserve(presented, now: Timestamp(milliseconds: 1_800_000_000_000)) != nil)
        await #expect(throws: Problem.self) { try await second.confirm(token, "correct horse battery") }
        second.advance(by: .seconds(60))
        try await second.confirm(token, "correct horse battery")
    }
}
