// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Foundation
import JSON
import Mail
import Monitoring
import PasswordReset
import Server
import Synchronization
import Testing

/// The contract for directory programs of operators.
@Suite struct WebhookDirectoryTests {
    /// Answers each call with the next answer of a list, and records the calls.
    final class Program: HTTPClient {
        let answers: Mutex<[HTTPResponse]>
        let calls = Mutex<[HTTPRequest]>([])

        init(_ answers: [(Int, String)]) {
            self.answers = Mutex(answers.map { HTTPResponse(status: $0.0, body: Array($0.1.utf8)) })
        }

        func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
            calls.withLock { $0.append(request) }
            return answers.withLock { $0.removeFirst() }
        }
    }

    private static func directory(_ program: Program) throws -> any Directory {
        let url = try #require(HTTPURL("https://accounts.example.org/posthaste"))
        let secret = try #require(WebhookSecret(Secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")))
        let clock: Clock = { Timestamp(milliseconds: 1_763_718_000_000) }
        let environment = FeatureEnvironment(
            http: program,
            parse: { try JSONReader.read($0) },
            ids: IDs(clock: clock, random: { 7 }),
            clock: clock,
            random: { 7 }
        )
        return DirectorySettings.http(url, secret).directory(environment)
    }

    @Test func callsAreThoseOfTheContractAndSigned() async throws {
        let program = Program([
            (200, #"{"user": {"id": "u1", "email": "Ana@example.org", "name": "Ana"}}"#), (204, ""), (204, ""),
        ])
        let directory = try Self.directory(program)
        let user = try await directory.user(with: EmailAddress(parsing: "ana@example.org"))
        #expect(user?.id == "u1" && user?.address.description == "Ana@example.org" && user?.name == "Ana")
        try await directory.setPassword(Secret("s3cret pass"), of: "u1")
        try await directory.endSessions(of: "u1")
        let calls = program.calls.withLock(\.self)
        #expect(
            calls.map { String(decoding: $0.body, as: UTF8.self) } == [
                #"{"type":"user.find","email":"ana@example.org"}"#,
                #"{"type":"password.set","id":"u1","password":"s3cret pass"}"#, #"{"type":"sessions.end","id":"u1"}"#,
            ]
        )
        for call in calls {
            #expect(
                call.headers.map(\.name) == ["Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature"]
            )
            #expect(call.headers[2].value == "1763718000" && call.headers[3].value.hasPrefix("v1,"))
        }
        #expect(Set(calls.map { $0.headers[1].value }).count == 3)
    }

    @Test(arguments: [
        (200, #"{"user": null}"#), (404, ""), (200, #"{"user": {"id": "u2", "email": "eve@example.org"}}"#),
    ])
    func answerWithoutThisUserIsNoUser(_ status: Int, _ body: String) async throws {
        let directory = try Self.directory(Program([(status, body)]))
        #expect(try await directory.user(with: EmailAddress(parsing: "ana@example.org")) == nil)
    }

    @Test(arguments: [(200, "{}"), (200, "<html>"), (500, ""), (302, ""), (401, ""), (200, #"{"user": {"id": "u1"}}"#)])
    func malformedAnswerIsAnErrorAndNotAMissingUser(_ status: Int, _ body: String) async throws {
        let directory = try Self.directory(Program([(status, body)]))
        await #expect(throws: DirectoryError.self) {
            try await directory.user(with: EmailAddress(parsing: "ana@example.org"))
        }
    }

    @Test func refusedPasswordsComeWithTheirRules() async throws {
        let directory = try Self.directory(
            Program([
                (422, #"{"rules": ["Not your name."]}"#), (422, ""), (404, ""),
                (409, #"{"reason": "It is kept in payroll."}"#),
            ])
        )
        let remedy = "the directory's own log says more of this account"
        for failure in [
            DirectoryError.refused([.other("Not your name.")]), .refused([.pattern]), .gone,
            .unchangeable("It is kept in payroll.", remedy: remedy),
        ] {
            await #expect(throws: failure) { try await directory.setPassword(Secret("x"), of: "u1") }
        }
    }
}
