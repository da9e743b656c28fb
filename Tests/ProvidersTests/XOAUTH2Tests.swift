// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import OAuth
import Settings
import Synchronization
import Testing

@testable import Providers

/// Signing in to SMTP servers with OAuth tokens, through libcurl against a real socket.
@Suite(.timeLimit(.minutes(5))) struct XOAUTH2Tests {
    /// Returns the tokens of a list, the next one each time the last is refused.
    private final class Tokens: TokenSource {
        private let left: Mutex<[String]>
        private let asked = Mutex(0)

        init(_ tokens: String...) { left = Mutex(tokens) }

        var refusals: Int { asked.withLock { $0 } }

        func token(replacing rejected: AccessToken?) async throws(DeliveryError) -> AccessToken {
            let value = left.withLock { left in
                if rejected != nil, left.count > 1 { left.removeFirst() }
                return left[0]
            }
            if rejected != nil { asked.withLock { $0 += 1 } }
            return AccessToken(Secret(value), expiresAt: .distantFuture)
        }
    }

    private func server(_ token: String, _ extensions: [String] = ["AUTH LOGIN PLAIN XOAUTH2"]) throws -> ScriptedSMTP {
        var script = SMTPScript(extensions: extensions)
        script.tokens = ["u@a.example": token]
        return try ScriptedSMTP(script)
    }

    private func provider(_ server: ScriptedSMTP, _ tokens: Tokens) throws -> any Provider {
        let settings: SampleSettings = [
            "url": .scalar("smtp://127.0.0.1:\(server.port)"), "starttls": "never", "auth": "xoauth2",
            "account": "u@a.example", "tokens": "file:token.json", "credentials": "client.json",
            "timeout": ["connect": "1h", "reply": "1h", "final": "1h"],
        ]
        let reader = settings.reader
        let provider = try ProviderKind.smtp.provider(reader, .sample(tokens: { _ in tokens }))
        #expect(reader.faults() == [])
        return provider
    }

    @Test func aGoodTokenSignsIn() async throws {
        let server = try server("good")
        let tokens = Tokens("good")
        _ = try await provider(server, tokens).send(sampleMessage())
        #expect(server.mails.map(\.isAuthenticated) == [true])
        #expect(server.commands.contains { $0.hasPrefix("AUTH XOAUTH2 ") } && tokens.refusals == 0)
        server.stop()
    }

    @Test func aLongTokenSignsInToo() async throws {
        let token = String(repeating: "x", count: 2000)
        let server = try server(token)
        _ = try await provider(server, Tokens(token)).send(sampleMessage())
        #expect(server.mails.map(\.isAuthenticated) == [true])
        server.stop()
    }

    @Test func aRefusedTokenIsReplacedOnce() async throws {
        let server = try server("new")
        let tokens = Tokens("old", "new")
        _ = try await provider(server, tokens).send(sampleMessage())
        #expect(server.mails.map(\.isAuthenticated) == [true] && tokens.refusals == 1)
        server.stop()
    }

    @Test func aSecondRefusalIsTheLoginsAndSaysWhy() async throws {
        let server = try server("good")
        let tokens = Tokens("sesame-1", "sesame-2")
        let provider = try provider(server, tokens)
        let error = await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage()) }
        #expect(error?.kind == .authentication && error?.scope == .provider)
        #expect(error?.detail.contains(#""status":"401""#) == true && error?.remedy != nil)
        #expect(error.map { !"\($0) \($0.debugDescription) \($0.remedy ?? "")".contains("sesame") } == true)
        #expect(tokens.refusals == 1 && server.mails == [])
        server.stop()
    }

    @Test func theServersOwnRefusalReplacesTheTokenToo() async throws {
        var script = SMTPScript(extensions: ["AUTH XOAUTH2"])
        script.tokens = ["u@a.example": "good"]
        script.on(.auth, .say("535 5.7.3 Authentication unsuccessful"), .usual)
        let server = try ScriptedSMTP(script)
        let tokens = Tokens("good")
        try await provider(server, tokens).probe()
        #expect(tokens.refusals == 1)
        server.stop()
    }

    @Test func aServerWithoutItGetsNoToken() async throws {
        let server = try server("good", ["AUTH PLAIN LOGIN"])
        let tokens = Tokens("good")
        let provider = try provider(server, tokens)
        let error = await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage()) }
        #expect(error?.kind == .misconfigured && tokens.refusals == 0)
        #expect(!server.commands.contains { $0.hasPrefix("AUTH") })
        server.stop()
    }

    @Test(
        arguments: [
            ("gmail", "", "smtp.gmail.com", 465, SMTPEndpoint.Security.implicit, "https://mail.google.com/"),
            ("microsoft", "", "smtp.office365.com", 587, .startTLSRequired, "https://outlook.office.com/SMTP.Send"),
            ("", "smtps://smtp.gmail.com", "smtp.gmail.com", 465, .implicit, "https://mail.google.com/"),
            (
                "", "smtp://smtp.office365.com", "smtp.office365.com", 587, .startTLSRequired,
                "https://outlook.office.com/SMTP.Send"
            ),
            ("", "smtps://smtp.example.org", "smtp.example.org", 465, .implicit, nil),
        ] as [(String, String, String, Int, SMTPEndpoint.Security, String?)]
    )
    func thePresetSaysWhereAndWhatFor(
        preset: String,
        url: String,
        host: String,
        port: Int,
        security: SMTPEndpoint.Security,
        scope: String?
    ) throws {
        var settings: [(String, SampleSettings)] = [
            ("auth", "xoauth2"), ("username", "u@a.example"), ("tokens", "database"), ("credentials", "c.json"),
        ]
        if !preset.isEmpty { settings.append(("preset", .scalar(preset))) }
        if !url.isEmpty { settings.append(("url", .scalar(url))) }
        let reader = SampleSettings.map(settings).reader
        let seen = Seen()
        let endpoints = Endpoints()
        _ = try ProviderKind.smtp.provider(reader, .sample(tokens: { seen.note($0) }, seen: { endpoints.note($0) }))
        #expect(reader.faults() == [])
        let last = try #require(endpoints.last)
        #expect(last.host == host && last.port == port && last.security == security)
        #expect(seen.requests.first?.account == "u@a.example" && seen.requests.first?.kind == "smtp")
        #expect(seen.requests.first?.scopes.first == scope)
        // Only for Google's own servers are client files completed with Google's endpoints.
        #expect(seen.requests.first?.service == (host == "smtp.gmail.com" ? .google : nil))
    }

    @Test func aTenantCompletesTheClientFileForMicrosoftAlone() throws {
        func faults(_ more: (String, SampleSettings)...) -> (paths: [String], service: OAuthService?) {
            let usual: [(String, SampleSettings)] = [
                ("auth", "xoauth2"), ("account", "u@a.example"), ("tokens", "database"), ("credentials", "c.json"),
            ]
            let reader = SampleSettings.map(usual + more).reader
            let settings = ProviderKind.smtp.read(reader, SampleProvider.sample().context)
            return (reader.faults().map(\.path), settings?.tokens?.service)
        }
        let good = faults(("preset", "microsoft"), ("tenant", "contoso.example"))
        #expect(good.paths == [] && good.service == .microsoft(tenant: "contoso.example", cloud: .global))
        #expect(faults(("preset", "microsoft"), ("tenant", "a/b")).paths == ["providers.p.tenant"])
        #expect(faults(("preset", "gmail"), ("tenant", "contoso.example")).paths == ["providers.p.tenant"])
    }

    private final class Endpoints: Sendable {
        private let noted = Mutex<SMTPEndpoint?>(nil)
        var last: SMTPEndpoint? { noted.withLock { $0 } }
        func note(_ endpoint: SMTPEndpoint) { noted.withLock { $0 = endpoint } }
    }

    @Test(arguments: [
        (["auth": "xoauth2", "account": "a@a.example"], "tokens"),
        (["tokens": "database", "username": "u", "password": "p"], "tokens"),
        (
            ["auth": "xoauth2", "account": "a@a.example", "tokens": "database", "credentials": "c", "password": "p"],
            "password"
        ),
        (
            ["auth": "xoauth2", "account": "a@a.example", "tokens": "database", "credentials": "c", "preset": "x"],
            "preset"
        ),
    ])
    func halfSettingsAreFaults(settings: [String: String], key: String) throws {
        let members = settings.map { ($0, SampleSettings.scalar($1)) } + [("url", "smtps://h")]
        let reader = SampleSettings.map(members).reader
        _ = ProviderKind.smtp.read(reader, SampleProvider.sample().context)
        #expect(reader.faults().contains { "\($0)".contains(key) })
    }

    @Test func aTokenNeedsTLSLikeAPassword() throws {
        let settings: SampleSettings = [
            "url": "smtp://h", "starttls": "never", "auth": "xoauth2", "account": "a@a.example", "tokens": "database",
            "credentials": "c",
        ]
        let reader = settings.reader
        _ = ProviderKind.smtp.read(reader, SampleProvider.sample().context)
        #expect(reader.faults().map(\.path) == ["providers.p.starttls"])
    }
}
