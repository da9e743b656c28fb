// SPDX-License-Identifier: Apache-2.0
import Boundary
import GatewayTesting
import Testing

/// The client over libcurl against a real socket.
@Suite(.timeLimit(.minutes(5))) struct CurlSMTPClientTests {
    /// Longer than any test may take: what must not run out.
    private static let never = Duration.seconds(3600)

    /// Runs `body` with a client for a server that follows `script`, and closes both.
    private func with(
        _ script: SMTPScript = SMTPScript(),
        connections: Int = 2,
        timeouts: SMTPRelay.Timeouts = .init(connect: never, reply: never, final: never),
        security: SMTPRelay.Security = .none,
        idleSeconds: Double = 3600,
        _ body: (CurlSMTPClient, ScriptedSMTP) async throws -> Void
    ) async throws {
        let server = try ScriptedSMTP(script)
        var relay = SMTPRelay(host: "127.0.0.1", port: server.port, security: security, greetingName: "[127.0.0.1]")
        relay.timeouts = timeouts
        relay.connections = connections
        let client = CurlSMTPClient(relay, idleSeconds: idleSeconds)
        try await body(client, server)
        server.stop()
        await client.close()
        #expect(client.openConnections == 0)
    }

    private func mail(
        to recipients: [String] = ["b@b.example"],
        login: SMTPLogin = .none,
        content: String = "Subject: x\r\n\r\nhello\r\n"
    ) -> SMTPSubmission {
        SMTPSubmission(login: login, sender: "a@a.example", recipients: recipients, content: Array(content.utf8))
    }

    @Test func aMessageArrivesAsItIs() async throws {
        try await with { client, server in
            let content = ".first\r\n\r\n..two\r\n.\r\nend\r\n"
            let exchange = await client.submit(mail(to: ["b@b.example", "c@c.example"], content: content))
            #expect(exchange.stage == .accepted && exchange.failure == nil)
            #expect(exchange.reply == SMTPAnswer(code: 250, text: "2.0.0 queued as Q1"))
            #expect(server.mails.map(\.text) == [content])
            #expect(server.mails.first?.recipients == ["b@b.example", "c@c.example"])
            #expect(server.commands.first == "EHLO [127.0.0.1]")
        }
    }

    /// RFC 5321 section 4.1.1.1; libcurl before 8.17 sees keywords in capitals alone, and would go on without a login.
    @Test(arguments: [
        ["auth plain login", "size 30000000"], ["Auth Plain"], ["AUTH=PLAIN LOGIN"], ["auth=login"],
        ["AUTH LOGIN", "AUTH=LOGIN PLAIN"], ["Size 30000000", "auth xoauth2 plain"],
    ])
    func keywordsCountInAnyCase(extensions: [String]) async throws {
        try await with(SMTPScript(extensions: extensions)) { client, server in
            let login = SMTPLogin.password(user: "ops", password: "secret", mechanisms: [])
            let exchange = await client.submit(mail(login: login))
            #expect(exchange.failure == nil, "\(exchange.detail)")
            #expect(server.mails.map(\.isAuthenticated) == [true])
            let saysSize = server.commands.contains { $0.hasPrefix("MAIL") && $0.contains(" SIZE=") }
            #expect(saysSize == extensions.contains { $0.lowercased().hasPrefix("size") })
        }
    }

    @Test func aLoginThatIsNotAnsweredAsOneSendsNoMail() async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.always(.auth, .say("250 ok"))
        try await with(script) { client, server in
            let login = SMTPLogin.password(user: "ops", password: "secret", mechanisms: [])
            let exchange = await client.submit(mail(login: login))
            #expect(exchange.stage == .authentication && exchange.failure == .unsupported)
            #expect(server.mails == [] && !server.commands.contains { $0.hasPrefix("MAIL") })
        }
    }

    /// libcurl 7.88 stops reading once it has written as many bytes as the size says; stuffed dots must not count as content.
    @Test(arguments: [1, 7, 100, 4000])
    func manyStuffedDotsLoseNothing(lines: Int) async throws {
        try await with { client, server in
            let dots = String(repeating: ".\r\n", count: lines)
            let filler = String(repeating: String(repeating: "y", count: 76) + "\r\n", count: (65536 - 3 * lines) / 78)
            let content =
                dots + filler + String(repeating: "z", count: 65536 + lines - dots.utf8.count - filler.utf8.count - 2)
                + "\r\n"
            let exchange = await client.submit(mail(content: content))
            #expect(exchange.failure == nil)
            #expect(server.mails.first?.text == content)
        }
    }

    @Test func connectionsAreReused() async throws {
        try await with { client, server in
            for number in 0..<5 {
                let exchange = await client.submit(mail())
                #expect(exchange.isConnectionReused == (number > 0))
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
            let second = await client.submit(mail())
            #expect(second.failure == nil && !second.isConnectionReused)
            #expect(server.connections == 2 && server.mails.count == 2)
        }
    }

    @Test func aNewConnectionIsNotTriedTwice() async throws {
        var script = SMTPScript()
        script.always(.mail, .cut)
        try await with(script) { client, server in
            let exchange = await client.submit(mail())
            #expect(exchange.stage == .sender && exchange.failure == .disconnected)
            #expect(server.connections == 1)
        }
    }

    @Test func onlyAsManyConnectionsAsAllowed() async throws {
        var script = SMTPScript()
        script.always(.final, .hold)
        try await with(script, connections: 3) { client, server in
            await withTaskGroup(of: SMTPExchange.self) { group in
                for _ in 0..<9 { group.addTask { await client.submit(mail()) } }
                #expect(await comesTrue { server.mails.count >= 3 })
                #expect(server.connections == 3)
                server.release()
                for await exchange in group { #expect(exchange.failure == nil) }
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
            let exchange = await running.value
            #expect(exchange.failure == .cancelled && exchange.stage == .final)
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
        try await with(script, timeouts: .init(connect: .seconds(1), reply: Self.never, final: Self.never)) {
            client,
            server in
            async let exchange = client.submit(mail())
            #expect(await comesTrue { server.connections == 1 })
            try await Task.sleep(for: .milliseconds(1300))  // The law is about time that passes.
            server.release()
            #expect(await exchange.failure == nil)
        }
    }

    @Test func theReplyToTheContentMayTakeLonger() async throws {
        var script = SMTPScript()
        script.always(.final, .hold)
        try await with(script, timeouts: .init(connect: Self.never, reply: .seconds(2), final: Self.never)) {
            client,
            server in
            async let exchange = client.submit(mail())
            #expect(await comesTrue { !server.mails.isEmpty })
            try await Task.sleep(for: .milliseconds(3300))  // The law is about time that passes.
            server.release()
            #expect(await exchange.failure == nil)
        }
    }

    @Test(arguments: [
        (SMTPScript.Moment.greeting, SMTPExchange.Stage.greeting), (.ehlo, .hello), (.mail, .sender),
        (.recipient("b@b.example"), .recipients), (.data, .data), (.final, .final),
    ])
    func silenceEndsByTheLimit(moment: SMTPScript.Moment, stage: SMTPExchange.Stage)
        async throws
    {
        var script = SMTPScript()
        script.always(moment, .hang)
        // Only the limit of the moment is short; what is said before has as much time as there can be.
        let limits = SMTPRelay.Timeouts(
            connect: Self.never,
            reply: moment == .final ? Self.never : .seconds(2),
            final: moment == .final ? .seconds(1) : Self.never
        )
        try await with(script, timeouts: limits) { client, _ in
            let exchange = await client.submit(mail())
            #expect(exchange.stage == stage && exchange.failure == .timedOut)
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
            let login = SMTPLogin.password(user: "u", password: "hunter2", mechanisms: [.plain, .login])
            let exchange = await client.submit(mail(login: login))
            #expect(exchange.stage == .authentication && exchange.failure == .unsupported)
            #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
        }
    }

    @Test(arguments: [
        ("b@e.com>\r\nRCPT TO:<evil@e.com", "a@a.example"), ("b c@e.com", "a@a.example"), ("", "a@a.example"),
        ("b@e.com", "a@a\r\n.example"), ("b@e.com", "a<b@a.example"), ("b\u{0}@e.com", "a@a.example"),
    ])
    func unsafeAddressesNeverReachTheWire(recipient: String, sender: String) async throws {
        try await with { client, server in
            let submission = SMTPSubmission(login: .none, sender: sender, recipients: [recipient], content: [])
            let exchange = await client.submit(submission)
            #expect(exchange.stage == .prepare && exchange.failure == .refused)
            #expect(server.connections == 0)
        }
    }

    @Test func signingInSendsNoMail() async throws {
        try await with(SMTPScript(extensions: ["AUTH PLAIN"])) { client, server in
            let login = SMTPLogin.password(user: "u", password: "p", mechanisms: [.plain])
            #expect(await client.signIn(login).stage == .accepted)
            #expect(await comesTrue { server.commands.last == "QUIT" })
            #expect(server.commands == ["EHLO [127.0.0.1]", "AUTH PLAIN AHUAcA==", "NOOP", "QUIT"])
        }
    }

    @Test func nobodyListening() async throws {
        let server = try ScriptedSMTP()
        server.stop()
        let relay = SMTPRelay(host: "127.0.0.1", port: server.port, security: .none, greetingName: "x.example")
        let client = CurlSMTPClient(relay)
        let exchange = await client.submit(mail())
        #expect(exchange.stage == .connect && exchange.failure == .disconnected)
        await client.close()
        #expect(await client.submit(mail()).failure == .cancelled)
    }

    @Test func noSecretIsPrinted() {
        let logins: [SMTPLogin] = [
            .password(user: "u", password: "hunter2", mechanisms: [.plain]), .xoauth2(user: "u", token: "hunter2"),
        ]
        for login in logins { #expect(!"\(login) \(String(reflecting: login))".contains("hunter2")) }
    }
}
