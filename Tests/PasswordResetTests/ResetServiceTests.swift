// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import JSON
import Mail
import PasswordReset
import Queue
import SQL
import Storage
import Submission
import Synchronization
import Testing

struct ResetServiceTests {
    private static let password = "correct horse battery"

    @Test
    func linkLeadsToTheAddressThatTheDirectoryHas() async throws {
        let bench = try await ResetBench()
        try await bench.service.request(["email": "ANA@Example.org"], from: ResetBench.caller)
        let mail = try #require(bench.sent.last)
        #expect(mail.template == "password-reset")
        #expect(mail.priority == .critical)
        #expect(mail.locale == "de")
        let values = try await bench.bind(mail)
        #expect(values.recipient?.address.description == "ana@example.org")
        #expect(values.values["name"] == "Ana")
        #expect(values.values["link"]?.string?.hasPrefix("https://app.example.org/reset?token=") == true)
    }

    @Test
    func requestDoesNotAskTheDirectory() async throws {
        let bench = try await ResetBench()
        for address in ["ana@example.org", "nobody@example.org"] {
            try await bench.service.request(["email": .string(address)], from: ResetBench.caller)
        }
        #expect(bench.realm.calls.isEmpty)
        #expect(bench.sent.count == 2)
    }

    @Test(arguments: ["nobody@example.org", "na@example.org", "ana@example.or", "аna@example.org", "ana+x@example.org"])
    func mailForAnUnknownAddressIsDiscarded(_ address: String) async throws {
        let bench = try await ResetBench()
        try await bench.service.request(["email": .string(address)], from: ResetBench.caller)
        let mail = try #require(bench.sent.last)
        await #expect(throws: BuildError.self) { try await bench.bind(mail) }
        #expect(bench.events.last == .unknownAddress(message: "msg_1"))
    }

    @Test
    func usersWhoMayNotResetAreUnknown() async throws {
        var realm = ResetBench.realm
        realm.users[0].isEnabled = false
        realm.users[1].isServiceAccount = true
        let bench = try await ResetBench(realm: realm)
        for address in ["ana@example.org", "banana@example.org"] {
            await #expect(throws: BuildError.self) { try await bench.token(for: address) }
        }
    }

    @Test
    func serverThatPassesOverExactGivesNoOtherUsersLink() async throws {
        var realm = ResetBench.realm
        realm.knowsExact = false
        let bench = try await ResetBench(realm: realm)
        try await bench.service.request(["email": "ana@example.org"], from: ResetBench.caller)
        let mail = try #require(bench.sent.last)
        // May be no user, never another one.
        let recipient = try? await bench.bind(mail).recipient?.address.description
        #expect(recipient == nil || recipient == "ana@example.org")
    }

    @Test
    func tokenSetsThePasswordOnceEndsSessionsAndTellsTheUser() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        try await bench.confirm(token, Self.password)
        let user = try #require(bench.realm.users.first)
        #expect(user.password == Self.password)
        #expect(user.logouts == 1)
        let notice = try #require(bench.sent.last)
        #expect(notice.template == "password-changed")
        #expect(notice.to.address.description == "ana@example.org")
        let again = await #expect(throws: Problem.self) { try await bench.confirm(token, "another password") }
        #expect(again?.name == "invalid-token")
        #expect(again?.status == 400)
    }

    @Test
    func confirmNeedsNoLookUp() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        bench.setRealm { $0.calls = [] }
        try await bench.confirm(token, Self.password)
        #expect(bench.realm.calls.allSatisfy { $0.hasPrefix("PUT") || $0.hasPrefix("POST") })
    }

    @Test
    func ofSixteenAtOnceOneWins() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        let wins = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<16 {
                group.addTask {
                    do throws(Problem) {
                        try await bench.confirm(token, "password number \(number)")
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wins == 1)
        #expect(bench.realm.users[0].passwordHistory.count == 1)
    }

    @Test
    func unknownUsedExpiredAndMalformedTokensAreAllTheSame() async throws {
        let bench = try await ResetBench()
        let expired = try await bench.token(for: "ana@example.org")
        bench.advance(by: .seconds(3601))
        var problems: Set<Problem> = []
        for token in [expired, String(repeating: "A", count: 43), "x", "", String(repeating: "y", count: 5000)] {
            let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, Self.password) }
            if let problem { problems.insert(problem) }
        }
        #expect(problems.count == 1)
        #expect(problems.first?.status == 400)
    }

    @Test
    func newerRequestVoidsOlderOnesAndTriesOfOneStayGoodSideBySide() async throws {
        let bench = try await ResetBench()
        let first = try await bench.token(for: "ana@example.org")
        let mail = try #require(bench.sent.last)
        let firstAgain = try #require(try await bench.bind(mail).values["link"]?.string?.split(separator: "=").last)
        bench.advance(by: .seconds(1))
        let reserved = try await bench.token(for: "ana@example.org")
        await #expect(throws: Problem.self) { try await bench.confirm(first, Self.password) }
        await #expect(throws: Problem.self) { try await bench.confirm(String(firstAgain), Self.password) }
        await #expect(throws: BuildError.self) { try await bench.bind(mail) }
        try await bench.confirm(reserved, Self.password)
    }

    @Test
    func bothTriesOfOneRequestAreGoodUntilOneIsUsed() async throws {
        let bench = try await ResetBench()
        let first = try await bench.token(for: "ana@example.org")
        let mail = try #require(bench.sent.last)
        let second = try #require(try await bench.bind(mail).values["link"]?.string?.split(separator: "=").last)
        try await bench.confirm(first, Self.password)
        await #expect(throws: Problem.self) { try await bench.confirm(String(second), "something else") }
    }

    @Test
    func refusalByPolicyGivesTheTokenBackFiveTimes() async throws {
        var realm = ResetBench.realm
        realm.minimumLength = 12
        let bench = try await ResetBench(realm: realm)
        let token = try await bench.token(for: "ana@example.org")
        for _ in 1...5 {
            let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, "too short") }
            #expect(problem?.status == 422)
            #expect(problem?.faults.first?.detail == "At least 12 characters.")
        }
        let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, Self.password) }
        #expect(problem?.name == "invalid-token")
    }

    @Test
    func passwordThatOurOwnRulesRefuseUsesNothingUp() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        for bad in ["x", String(repeating: "x", count: 10_000), "with\0nul character", "Ana@example.org", "😀😀😀😀😀😀😀"] {
            for _ in 1...2 {
                let problem = await #expect(throws: Problem.self) {
                    try await bench.confirm(token, bad, as: ResetCaller(client: "c", network: bad))
                }
                #expect(problem?.status == 422)
                #expect(problem?.faults.allSatisfy { $0.pointer.description == "/new_password" } == true)
            }
        }
        try await bench.confirm(token, "😀😀😀😀😀😀😀😀")
    }

    @Test
    func directoryThatDoesNotAnswerLeavesTheTokenGood() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        for faults in [
            [StandInKeycloak.Fault.status(503, body: "<html>busy</html>")], [.status(403, body: "{}")],
            [.status(500, body: #"{"error":"unknown_error"}"#)], [.hang, .hang],
            [.failure(HTTPFailure(stage: .connect, reason: .disconnected, detail: "refused"))],
        ] {
            bench.setRealm { $0.faults = faults }
            let problem = await #expect(throws: Problem.self) { try await bench.confirm(token, Self.password) }
            #expect(problem?.status == 503)
            #expect(problem?.retryAfter != nil)
        }
        try await bench.confirm(token, Self.password)
    }

    @Test
    func directoryThatDoesNotAnswerAtHandOverIsATransientFailure() async throws {
        let bench = try await ResetBench()
        try await bench.service.request(["email": "ana@example.org"], from: ResetBench.caller)
        let mail = try #require(bench.sent.last)
        bench.setRealm { $0.faults = [.status(502, body: "<html>")] }
        do throws(any Error) {
            _ = try await bench.bind(mail)
            Issue.record("it was bound")
        } catch {
            guard case .unbound(let failure)? = error as? BuildError else {
                Issue.record("\(error)")
                return
            }
            #expect(failure.kind == .transient)
            #expect(failure.scope == .message)
        }
        _ = try await bench.bind(mail)
    }

    @Test
    func tokensOfTheDirectoryAreRenewedWhenTheyEndOrAreForgotten() async throws {
        let bench = try await ResetBench()
        _ = try await bench.token(for: "ana@example.org")
        bench.advance(by: .seconds(120))
        _ = try await bench.token(for: "ana@example.org")
        bench.setRealm { $0.faults = [.forgetToken] }
        _ = try await bench.token(for: "banana@example.org")
        let asked = bench.realm.calls.filter { $0.hasSuffix("/token") }
        #expect(asked.count == 3)
    }

    @Test
    func keycloakBehindTheOldPrefixIsFound() async throws {
        var realm = ResetBench.realm
        realm.prefix = "/auth"
        let bench = try await ResetBench(realm: realm)
        let token = try await bench.token(for: "ana+club@example.org")
        try await bench.confirm(token, Self.password)
        #expect(bench.realm.users[2].password == Self.password)
    }

    @Test
    func afterItsShareAnAddressGetsTheSameAnswerAndNoMail() async throws {
        let bench = try await ResetBench()
        for _ in 1...5 { try await bench.service.request(["email": "ana@example.org"], from: ResetBench.caller) }
        #expect(bench.sent.count == 3)
        bench.advance(by: .seconds(3600))
        try await bench.service.request(["email": "Ana@example.org"], from: ResetBench.caller)
        #expect(bench.sent.count == 4)
    }

    @Test
    func clientThatAsksTooOftenIsToldWhenToComeBack() async throws {
        let bench = try await ResetBench()
        for number in 1...20 {
            try await bench.service.request(["email": .string("a\(number)@example.org")], from: ResetBench.caller)
        }
        bench.advance(by: .seconds(600))
        let problem = await #expect(throws: Problem.self) {
            try await bench.service.request(["email": "b@example.org"], from: ResetBench.caller)
        }
        #expect(problem?.status == 429)
        #expect(problem?.retryAfter == 3000)
        let other = ResetCaller(client: "192.0.2.2", network: "192.0.2.2")
        try await bench.service.request(["email": "b@example.org"], from: other)
    }

    @Test(arguments: [
        "{}", #"{"email": null}"#, #"{"email": ["a@b.example"]}"#, #"{"email": "no address"}"#, "[]",
        #"{"email": "a@b.example", "x": 1}"#,
        #"{"email": "a@b.example\r\nBcc: c@d.example"}"#,
    ])
    func malformedRequestIs422(_ body: String) async throws {
        let bench = try await ResetBench()
        let json = try #require(try? bench.parse(body))
        let problem = await #expect(throws: Problem.self) {
            try await bench.service.request(json, from: ResetBench.caller)
        }
        #expect(problem?.status == 422)
        #expect(problem?.faults.isEmpty == false)
    }

    @Test
    func storeHoldsNoTokenAndNoTypedAddressInItsLimits() async throws {
        let bench = try await ResetBench()
        let token = try await bench.token(for: "ana@example.org")
        let rows = try await bench.database.read { (connection) throws(DatabaseError) in
            try connection.rows("SELECT digest, user_id, address, request FROM reset_tokens")
                + connection.rows("SELECT subject, calls FROM reset_calls")
        }
        #expect(!"\(rows)".contains(token))
        #expect(rows.count == 4)
    }
}
