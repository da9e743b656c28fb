// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import Mail
import Testing

/// The client over libcurl against a real socket.
@Suite(.timeLimit(.minutes(5))) struct CurlSMTPClientTests {
    /// Longer than any test may take: for time limits that must not expire.
    private static let never = Duration.seconds(3600)

    private struct Timeouts {
        var connect = never
        var reply = never
        var final = never
    }

    /// Runs `body` with a client for a server that follows `script`, and closes both.
    private func with(
        _ script: SMTPScript = SMTPScript(),
        connections: Int = 2,
        timeouts: Timeouts = Timeouts(),
        security: SMTPEndpoint.Security = .none,
        idleSeconds: Double = 3600,
        _ body: (CurlSMTPClient, ScriptedSMTP) async throws -> Void
    ) async throws {
        let server = try ScriptedSMTP(script)
        let endpoint = SMTPEndpoint(
            host: "127.0.0.1",
            port: server.port,
            security: security,
            hostName: "[127.0.0.1]",
            connectTimeout: timeouts.connect,
            replyTimeout: timeouts.reply,
            finalTimeout: timeouts.final,
            connections: connections
        )
        let client = CurlSMTPClient(endpoint, idleSeconds: idleSeconds)
        try await body(client, server)
        server.stop()
        await client.close()
        #expect(client.openConnections == 0)
    }

    private static func address(_ text: String) -> EmailAddress {
        let parts = text.split(separator: "@")
        return EmailAddress(checkedLocal: String(parts[0]), checkedDomain: String(parts[1]))
    }

    private func mail(
        to recipients: [String] = ["b@b.example"],
        credentials: SMTPCredentials = .none,
        content: String = "Subject: x\r\n\r\nhello\r\n"
    ) -> SMTPTransaction {
        SMTPTransaction(
            credentials: credentials,
            sender: Self.address("a@a.example"),
            recipients: recipients.map(Self.address),
            content: Array(content.utf8)
        )
    }

    @Test func aMessageArrivesAsItIs() async throws {
        try await with { client, server in
            let content = ".first\r\n\r\n..two\r\n.\r\nend\r\n"
            let outcome = await client.submit(mail(to: ["b@b.example", "c@c.example"], content: content))
            #expect(outcome.stage == .accepted && outcome.failure == nil)
            #expect(outcome.reply == SMTPReply(code: 250, text: "2.0.0 queued as Q1"))
            #expect(server.mails.map(\.text) == [content])
            #expect(server.mails.first?.recipients == ["b@b.example", "c@c.example"])
            #expect(server.commands.first == "EHLO [127.0.0.1]")
        }
    }

    /// RFC 5321 section 4.1.1.1; libcurl before 8.17 knows only keywords in capitals, and would continue without a login.
    @Test(arguments: [
        ["auth plain login", "size 30000000"], ["Auth Plain"], ["AUTH=PLAIN LOGIN"], ["auth=login"],
        ["AUTH LOGIN", "AUTH=LOGIN PLAIN"], ["Size 30000000", "auth xoauth2 plain"],
    ])
    func keywordsCountInAnyCase(extensions: [String]) async throws {
        try await with(SMTPScript(extensions: extensions)) { client, server in
            let credentials = SMTPCredentials.password(user: "ops", password: Secret("secret"), mechanisms: [])
            let outcome = await client.submit(mail(credentials: credentials))
            #expect(outcome.failure == nil, "\(outcome.detail)")
            #expect(server.mails.map(\.isAuthenticated) == [true])
            let saysSize = server.commands.contains { $0.hasPrefix("MAIL") && $0.contains(" SIZE=") }
            #expect(saysSize == extensions.contains { $0.lowercased().hasPrefix("size") })
        }
    }

    @Test func aLoginThatIsNotAnsweredAsOneSendsNoMail() async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.always(.auth, .say("250 ok"))
        try await with(script) { client, server in
            let credentials = SMTPCredentials.password(user: "ops", password: Secret("secret"), mechanisms: [])
            let outcome = await client.submit(mail(credentials: credentials))
            #expect(outcome.stage == .authentication && outcome.failure == .unsupported)
            #expect(server.mails == [] && !server.commands.contains { $0.hasPrefix("MAIL") })
        }
    }

    /// libcurl 7.88 stops reading after as many bytes as the size says; stuffed dots must not count as content.
    @Test(arguments: [1, 7, 100, 4000])
    func manyStuffedDotsLoseNothing(lines: Int) async throws {
        try await with { client, server in
            let dots = String(repeating: ".\r\n", count: lines)
            let filler = String(repeating: String(repeating: "y", count: 76) + "\r\n", count: (65536 - 3 * lines) / 78)
            let content =
                dots + filler + String(repeating: "z", count: 65536 + lines - dots.utf8.count - filler.utf8.count - 2)
                + "\r\n"
            let outcome = await client.submit(mail(content: content))
            #expect(outcome.failure == nil)
            #expect(server.mails.first?.text == content)
        }
    }

    @Test func connectionsAreReused() async throws {
        try await with { client, server in
            for _ in 0..<5 {
                #expect(await client.submit(mail()).failure == nil)
            }
            #expect(server.connections == 1 && server.mails.count == 5)
        }
    }

    @Test func aConnectionCarriesAHundredMessages() async throws {
        try await with { client, server in
            for _ in 0..<101 { #expect(await client.submit(mail()).failure == nil) }
            #expect(server.mails.map(\.connection) == Array(repeating: 1, count: 100) + [2])
            #expect(await comesTrue { server.commands.contains("QUIT") })
            #expect(server.commands.filter { $0 == "QUIT" }.count == 1)
        }
    }

    @Test(arguments: [SMTPScript.Action.cut, .sayAndCut("421 4.4.2 idle for too long")])
    func aStaleConnectionIsReplacedAtOnce(goodbye: SMTPScript.Action) async throws {
        var script = SMTPScript()
        script.on(.mail, .usual, goodbye)
        try await with(script) { client, server in
            #expect(await client.submit(mail()).failure == nil)
            #expect(await client.submit(mail()).failure == nil)
            #expect(server.connections == 2 && server.mails.count == 2)
        }
    }

    @Test func aNewConnectionIsNotTriedTwice() async throws {
        var script = SMTPScript()
        script.always(.mail, .cut)
        try await with(script) { client, server in
            let outcome = await client.submit(mail())
            #expect(outcome.stage == .sender && outcome.failure == .disconnected)
            #expect(server.connections == 1)
        }
    }

    @Test func onlyAsManyConnectionsAsAllowed() async throws {
        var script = SMTPScript()
        script.always(.final, .hold)
        try await with(script, connections: 3) { client, server in
            await withTaskGroup(of: SMTPOutcome.self) { group in
                for _ in 0..<9 { group.addTask { await client.submit(mail()) } }
                #expect(await comesTrue { server.mails.count >= 3 })
                #expect(server.connections == 3)
                server.release()
                for await outcome in group { #expect(outcome.failure == nil) }
            }
            #expect(server.connections == 3 && server.mails.count == 9)
        }
    }

    @Test func cancellingEndsTheAttemptAndWhatWaits() async throws {
        var script = SMTPScript()
        script.always(.final, .hang)
        try await with(script, connections: 1) { client, server in
            let running = Task { await client.submit(mail()) }
            #expect(await comesTrue { !server.mails.isEmpty })
            let waiting = Task { await client.submit(mail()) }
            waiting.cancel()
            #expect(await waiting.value.failure == .cancelled)
            running.cancel()
            let outcome = await running.value
            #expect(outcome.failure == .cancelled && outcome.stage == .final)
        }
    }

    @Test func aThreadWithNothingToDoSaysGoodbyeAndEnds() async throws {
        try await with(idleSeconds: 0.01) { client, server in
            #expect(await client.submit(mail()).failure == nil)
            #expect(await comesTrue { client.openConnections == 0 })
            #expect(await comesTrue { server.commands.last == "QUIT" })
            #expect(await client.submit(mail()).failure == nil)
        }
    }

    @Test func theConnectLimitEndsWithTheConnection() async throws {
        var script = SMTPScript()
        script.always(.greeting, .hold)
        try await with(script, timeouts: Timeouts(connect: .seconds(1))) {
            client,
            server in
            async let outcome = client.submit(mail())
            #expect(await comesTrue { server.connections == 1 })
            try await Task.sleep(for: .milliseconds(1300))  // The rule is about elapsed time.
            server.release()
            #expect(await outcome.failure == nil)
        }
    }

    @Test func theReplyToTheContentMayTakeLonger() async throws {
        var script = SMTPScript()
        script.always(.final, .hold)
        try await with(script, timeouts: Timeouts(reply: .seconds(2))) {
            client,
            server in
            async let outcome = client.submit(mail())
            #expect(await comesTrue { !server.mails.isEmpty })
            try await Task.sleep(for: .milliseconds(3300))  // The rule is about elapsed time.
            server.release()
            #expect(await outcome.failure == nil)
        }
    }

    @Test(arguments: [
        (SMTPScript.Moment.greeting, SMTPOutcome.Stage.greeting), (.ehlo, .hello), (.mail, .sender),
        (.recipient("b@b.example"), .recipients), (.data, .data), (.final, .final),
    ])
    func silenceEndsByTheLimit(moment: SMTPScript.Moment, stage: SMTPOutcome.Stage)
        async throws
    {
        var script = SMTPScript()
        script.always(moment, .hang)
        // Only the limit under test is short; earlier steps have unlimited time.
        let limits = Timeouts(
            reply: moment == .final ? Self.never : .seconds(2),
            final: moment == .final ? .seconds(1) : Self.never
        )
        try await with(script, timeouts: limits) { client, _ in
            let outcome = await client.submit(mail())
            #expect(outcome.stage == stage && outcome.failure == .timedOut)
        }
    }

    @Test func aServerThatDoesNotSayGoodbyeIsNotWaitedFor() async throws {
        var script = SMTPScript()
        script.always(.mail, .say("550 5.7.1 no"))
        script.always(.quit, .hang)
        try await with(script) { client, _ in #expect(await client.submit(mail()).reply?.code == 550) }
    }

    @Test func nothingIsSentWithoutLoginWhenThereAreCredentials() async throws {
        try await with { client, server in
            let credentials = SMTPCredentials.password(
                user: "u",
                password: Secret("hunter2"),
                mechanisms: [.plain, .login]
            )
            let outcome = await client.submit(mail(credentials: credentials))
            #expect(outcome.stage == .authentication && outcome.failure == .unsupported)
            #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
        }
    }

    @Test(arguments: [
        ("b@e.com>\r\nRCPT TO:<evil", "a"), ("b c", "a"), ("", "a"), ("b", "a\r\n"), ("b", "a<b"), ("b\u{0}", "a"),
    ])
    func unsafeAddressesNeverReachTheWire(recipient: String, sender: String) async throws {
        try await with { client, server in
            // `EmailAddress(parsing:)` refuses each of them.
            let transaction = SMTPTransaction(
                credentials: .none,
                sender: EmailAddress(checkedLocal: sender, checkedDomain: "a.example"),
                recipients: [EmailAddress(checkedLocal: recipient, checkedDomain: "e.com")],
                content: []
            )
            let outcome = await client.submit(transaction)
            #expect(outcome.stage == .prepare && outcome.failure == .refused)
            #expect(server.connections == 0)
        }
    }

    @Test func signingInSendsNoMail() async throws {
        try await with(SMTPScript(extensions: ["AUTH PLAIN"])) { client, server in
            let credentials = SMTPCredentials.password(user: "u", password: Secret("p"), mechanisms: [.plain])
            #expect(await client.signIn(credentials).stage == .accepted)
            #expect(await comesTrue { server.commands.last == "QUIT" })
            #expect(server.commands == ["EHLO [127.0.0.1]", "AUTH PLAIN AHUAcA==", "NOOP", "QUIT"])
        }
    }

    @Test func aPortThatIsClosedIsDisconnected() async throws {
        let server = try ScriptedSMTP()
        server.stop()
        let endpoint = SMTPEndpoint(host: "127.0.0.1", port: server.port, security: .none, hostName: "x.example")
        let client = CurlSMTPClient(endpoint)
        let outcome = await client.submit(mail())
        #expect(outcome.stage == .connect && outcome.failure == .disconnected)
        await client.close()
        #expect(await client.submit(mail()).failure == .cancelled)
    }

    @Test func noSecretIsPrinted() {
        let credentials: [SMTPCredentials] = [
            .password(user: "u", password: Secret("hunter2"), mechanisms: [.plain]),
            .xoauth2(user: "u", token: Secret("hunter2")),
        ]
        for one in credentials { #expect(!"\(one) \(String(reflecting: one))".contains("hunter2")) }
    }
}
