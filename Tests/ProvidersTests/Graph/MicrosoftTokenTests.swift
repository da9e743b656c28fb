// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import CryptoExtras
import Delivery
import Foundation
import GatewayTesting
import JSON
import OAuth
import Settings
import Synchronization
import Testing

@testable import Providers

/// Tokens of Microsoft, from a strict endpoint on loopback to the token source.
@Suite(.timeLimit(.minutes(5))) struct MicrosoftTokenTests {
    /// A token source of a `graph` provider whose token endpoint is the stand-in.
    private final class Bench: Sendable {
        let server: StandInGraphServer
        let clock = HandClock()
        let folder: String

        init(_ change: (inout StandInGraph) -> Void = { _ in }) throws {
            let clock = clock
            var graph = StandInGraph()
            change(&graph)
            server = try StandInGraphServer(graph) { clock.now }
            folder = NSTemporaryDirectory() + "graph-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        /// The token sources of a new process.
        func registry() -> TokenSources {
            let clock = clock
            let supplies = TokenSupplies(
                client: CurlHTTPClient(userAgent: "test"),
                clock: { clock.now },
                holder: "test",
                parse: { try JSONReader.read($0) },
                write: { AtomicFile.write($0, to: $1) }
            )
            return TokenSources(clock: { clock.now }, pause: { _ in await Task.yield() }) { supplies.supply($0, $1) }
        }

        deinit {
            server.stop()
            // A leftover temporary folder does no harm.
            try? FileManager.default.removeItem(atPath: folder)
        }

        var path: String { folder + "/token.json" }
        var stored: JSON { (try? JSONReader.read(Array(Data(contentsOf: URL(filePath: path))))) ?? .null }

        func source(
            _ more: (String, SampleSettings)...,
            without keys: Set<String> = [],
            in registry: TokenSources? = nil
        ) throws -> RefreshingTokenSource {
            let usual: [(String, SampleSettings)] = [
                ("account", "noreply@example.org"), ("tokens", "client-credentials"),
                ("client_id", .scalar(server.graph.app.id)), ("client_secret", "standin~secret-1"),
                ("token_url", .scalar(server.tokenURL)), ("api_url", .scalar(server.origin)),
            ]
            let named = keys.union(more.map(\.0))
            let reader = SampleSettings.map(usual.filter { !named.contains($0.0) } + more).reader
            let settings = ProviderKind.graph.read(reader, SampleProvider.sample().context)
            #expect(reader.faults() == [])
            return (registry ?? self.registry()).source(for: try #require(settings?.tokens))
        }

        func put(_ refreshToken: String) {
            _ = AtomicFile.write(Array(#"{"refresh_token":"\#(refreshToken)"}"#.utf8), to: path)
        }

        func grant(_ permissions: Set<String> = ["Mail.Send"]) {
            put(server.change { $0.grant("noreply@example.org", permissions: permissions) })
        }
    }

    private func failure(_ source: RefreshingTokenSource) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await source.token(replacing: nil)
            return nil
        } catch {
            return error
        }
    }

    @Test func anAppsTokenIsRenewedAheadOfItsEnd() async throws {
        let bench = try Bench()
        let registry = bench.registry()
        let source = try bench.source(in: registry)
        let first = try await source.token(replacing: nil)
        #expect(try await source.token(replacing: nil) == first && bench.server.graph.log.count == 1)
        #expect(first.expiresAt == bench.clock.now + .seconds(3599))
        bench.clock.move(.seconds(3300))
        await registry.renew()
        #expect(try await source.token(replacing: nil) != first)
        #expect(await source.read().state == .good)
    }

    @Test func manyCallersShareOneRequest() async throws {
        let bench = try Bench()
        let source = try bench.source()
        let tokens = await withTaskGroup(of: AccessToken?.self) { group in
            for _ in 0..<20 { group.addTask { try? await source.token(replacing: nil) } }
            return await group.reduce(into: Set<AccessToken?>()) { $0.insert($1) }
        }
        #expect(tokens.count == 1 && bench.server.graph.log.count == 1)
    }

    @Test func anAssertionReplacesTheSecret() async throws {
        let certificate = try SampleCertificate()
        let bench = try Bench { graph in
            graph.app.secret = nil
            graph.app.thumbprint = Base64URL.encode(certificate.thumbprint)
            graph.app.verify = { algorithm, signed, signature in
                algorithm == "PS256"
                    && certificate.rsa.publicKey.isValidSignature(
                        _RSA.Signing.RSASignature(rawRepresentation: Data(signature)),
                        for: Data(signed),
                        padding: .PSS
                    )
            }
        }
        let source = try bench.source(
            ("client_certificate", .scalar(certificate.pem)),
            ("client_key", .scalar(certificate.key)),
            without: ["client_secret"]
        )
        #expect(await failure(source) == nil)
        // Each request has an assertion of its own, which the stand-in takes once.
        bench.clock.move(.seconds(3590))
        #expect(await failure(source) == nil)
        #expect(bench.server.graph.log.count == 2)
    }

    @Test func theReplacedRefreshTokenIsStored() async throws {
        let bench = try Bench()
        bench.grant()
        let place = SampleSettings.scalar("file:\(bench.path)")
        let first = try await bench.source(("tokens", place)).token(replacing: nil)
        // Each source is that of a new process, and the stand-in ends a refresh token when it replaces it.
        for _ in 0..<3 {
            bench.clock.move(.seconds(3590))
            #expect(await failure(try bench.source(("tokens", place))) == nil)
        }
        #expect(bench.stored["refresh_token"]?.string?.hasPrefix("0.standin-refresh-") == true)
        #expect(bench.stored["access_token"]?.string != first.value.exposed)
    }

    @Test func aPublicClientShowsNoSecret() async throws {
        let bench = try Bench { $0.app.secret = nil }
        bench.grant(["Mail.Send", "Mail.ReadWrite"])
        let source = try bench.source(
            ("tokens", .scalar("file:\(bench.path)")),
            ("large_mail", "true"),
            without: ["client_secret"]
        )
        #expect(await failure(source) == nil)
    }

    private static let refusals: [(StandInCase, DeliveryError.Kind, String)] = [
        (.wrongSecret, .misconfigured, "not to its Secret ID"), (.expiredSecret, .misconfigured, "make a new secret"),
        (.unknownApp, .misconfigured, "copy `client_id`"), (.unknownTenant, .misconfigured, "Directory (tenant) ID"),
        (.revokedGrant, .authentication, "tokens authorize p"), (.missingConsent, .authentication, "API permissions"),
    ]

    enum StandInCase: Sendable {
        case wrongSecret, expiredSecret, unknownApp, unknownTenant, revokedGrant, missingConsent
    }

    @Test(arguments: refusals)
    func aRefusalSaysWhatToDo(refusal: StandInCase, kind: DeliveryError.Kind, remedy: String) async throws {
        let bench = try Bench()
        bench.grant()
        let file = SampleSettings.scalar("file:\(bench.path)")
        let source: RefreshingTokenSource
        switch refusal {
        case .wrongSecret: source = try bench.source(("client_secret", "guessed-secret"))
        case .expiredSecret:
            bench.server.change { $0.app.isSecretExpired = true }
            source = try bench.source()
        case .unknownApp: source = try bench.source(("client_id", "another-app"))
        case .unknownTenant:
            source = try bench.source(("token_url", .scalar("\(bench.server.origin)/other/oauth2/v2.0/token")))
        case .revokedGrant:
            bench.server.change { $0.revokeGrants() }
            source = try bench.source(("tokens", file))
        case .missingConsent: source = try bench.source(("tokens", file), ("large_mail", "true"))
        }
        let error = try #require(await failure(source))
        #expect(error.kind == kind && error.remedy?.contains(remedy) == true)
        #expect(error.detail.contains("AADSTS") && !error.detail.contains("guessed-secret"))
        #expect("\(error.remedy ?? "")\(error.detail)".contains("Google") == false)
        #expect(await source.read().failure?.kind == kind)
    }

    @Test(
        arguments: [
            (400, "invalid_grant", 50076, DeliveryError.Kind.authentication),
            (400, "invalid_grant", 700082, .authentication),
            (400, "invalid_grant", 50034, .authentication), (400, "invalid_grant", 53003, .authentication),
            (400, "interaction_required", 1, .authentication), (400, "invalid_grant", 99_999_999, .authentication),
            (401, "invalid_client", 700027, .misconfigured), (401, "invalid_client", 700024, .transient),
            (401, "invalid_client", 99_999_999, .misconfigured), (400, "invalid_scope", 1_002_012, .misconfigured),
            (400, "invalid_request", 900_023, .misconfigured), (400, "unauthorized_client", 99_999_999, .misconfigured),
            (503, "temporarily_unavailable", 90033, .transient), (500, "server_error", 99_999_999, .transient),
            (429, "invalid_client", 7_000_215, .rateLimited(retryAfter: nil)),
        ]
    )
    func eachCodeHasItsMeaning(status: Int, error: String, code: Int, kind: DeliveryError.Kind) async throws {
        let bench = try Bench()
        bench.grant()
        bench.server.change { $0.script.on(.token, .answer(.entra(status, error, code, "Words."))) }
        let found = await failure(try bench.source(("tokens", .scalar("file:\(bench.path)"))))
        #expect(found?.kind == kind)
        if kind == .misconfigured { #expect(found?.remedy != nil) }
    }
}

/// The Microsoft service in the places that name it.
@Suite struct MicrosoftOAuthTests {
    @Test func aClientFileIsCompletedWithMicrosoftsEndpointsOnly() throws {
        let service = OAuthService.microsoft(tenant: "contoso.example", cloud: .us)
        let client = try OAuthClient(["client_id": "c", "client_secret": "s"], for: service)
        #expect(
            client.tokenEndpoint.description == "https://login.microsoftonline.us/contoso.example/oauth2/v2.0/token"
        )
        #expect(client.authorizationEndpoint?.host == "login.microsoftonline.us")
        #expect(client.tokenEndpoint.host.contains("google") == false)
    }

    @Test func theConsentPageIsAskedAsMicrosoftWantsIt() throws {
        let service = OAuthService.microsoft(tenant: "t", cloud: .global)
        let flow = AuthorizationFlow(
            client: AuthorizationFlow.Client(
                id: "app-1",
                secret: nil,
                authorizationEndpoint: try #require(HTTPURL(service.authorizationEndpoint)),
                tokenEndpoint: try #require(HTTPURL(service.tokenEndpoint)),
                consent: service.consent
            ),
            redirect: "http://localhost:4711",
            account: "noreply@example.org",
            scopes: ["https://graph.microsoft.com/Mail.Send", "offline_access"],
            random: { 7 }
        )
        let page = flow.page.description
        #expect(page.contains("prompt=select_account") && !page.contains("access_type"))
        #expect(
            page.contains(
                "scope=openid%20email%20profile%20https%3A%2F%2Fgraph.microsoft.com%2FMail.Send%20offline_access"
            )
        )
        #expect(service.consent.loopbackHost == "localhost" && !service.hasRevocation)
        // Microsoft names the permissions without their resource, and the owner by the sign-in.
        let tokens: JSON = ["scope": "Mail.Send openid profile", "refresh_token": "r", "access_token": "a"]
        let wanted = ["https://graph.microsoft.com/Mail.Send"]
        try flow.check(tokens, claims: ["preferred_username": "NoReply@example.org"], wanted: wanted)
        try flow.check(
            tokens,
            claims: ["preferred_username": "noreply@example.org", "email": "other@example.org"],
            wanted: wanted
        )
        #expect(throws: AuthorizationError.otherAccount("ana@example.org")) {
            try flow.check(tokens, claims: ["preferred_username": "ana@example.org"], wanted: wanted)
        }
        #expect(throws: AuthorizationError.scopeMissing("https://graph.microsoft.com/Mail.ReadWrite")) {
            try flow.check(tokens, claims: nil, wanted: ["https://graph.microsoft.com/Mail.ReadWrite"])
        }
        #expect(throws: AuthorizationError.scopeMissing(wanted[0])) {
            try flow.check(
                ["scope": "offline_access", "refresh_token": "r", "access_token": "a"],
                claims: nil,
                wanted: wanted
            )
        }
    }

    @Test func eachKnownRefusalOfMicrosoftHasOneMeaning() {
        let words = OAuthHints.microsoft.refusals.flatMap(\.words)
        #expect(Set(words).count == words.count)
        #expect(OAuthHints.microsoft.refusals.allSatisfy { $0.meaning != .setUpIsWrong || $0.remedy != nil })
    }
}
