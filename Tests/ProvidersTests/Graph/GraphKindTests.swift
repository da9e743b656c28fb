// SPDX-License-Identifier: Apache-2.0
import Basics
import CryptoExtras
import Delivery
import GatewayTesting
import OAuth
import Settings
import Testing

@testable import Providers

@Suite struct GraphKindTests {
    private static let app: [(String, SampleSettings)] = [
        ("account", "noreply@example.org"), ("tokens", "client-credentials"), ("tenant", "contoso.example"),
        ("client_id", "app-1"), ("client_secret", "s~1"),
    ]

    private func reader(_ more: [(String, SampleSettings)], without keys: Set<String> = []) -> SettingsReader {
        let named = Set(more.map(\.0))
        return SampleSettings.map(Self.app.filter { !named.contains($0.0) && !keys.contains($0.0) } + more).reader
    }

    private func faults(_ more: (String, SampleSettings)..., without keys: Set<String> = []) -> [String] {
        let reader = reader(more, without: keys)
        _ = ProviderKind.graph.read(reader, SampleProvider.sample().context)
        return reader.faults().map(\.path)
    }

    private func request(_ more: (String, SampleSettings)..., without keys: Set<String> = []) throws -> TokenRequest {
        let reader = reader(more, without: keys)
        let settings = ProviderKind.graph.read(reader, SampleProvider.sample().context)
        #expect(reader.faults() == [])
        return try #require(settings?.tokens)
    }

    @Test func fiveSettingsAreEnough() {
        #expect(faults() == [])
        #expect(faults(("tokens", "database"), without: ["client_secret"]) == [])
        #expect(faults(("tokens", "file:t.json"), ("large_mail", "true"), ("timeout", "5s"), ("cloud", "us")) == [])
        #expect(faults(("token_url", "http://127.0.0.1:8/t/token"), without: ["tenant"]) == [])
        #expect(faults(("tokens", "command:/bin/token"), without: ["tenant", "client_id", "client_secret"]) == [])
    }

    @Test(arguments: ["account", "tokens", "tenant", "client_id", "client_secret"])
    func eachOfThemIsNeeded(key: String) {
        #expect(faults(without: [key]).count == 1)
    }

    @Test(
        arguments: [
            ("account", "nobody"), ("tokens", "service-account:k.json"), ("tokens", "memory"), ("tenant", "a/b"),
            ("tenant", "a b"), ("tenant", "common"), ("client_id", "a b"), ("client_secret", "a\nb"), ("cloud", "moon"),
            ("api_url", "http://graph.example"), ("api_url", "graph.microsoft.com"),
            ("token_url", "http://login.example/token"),
            ("token_url", "x"), ("timeout", "0s"), ("large_mail", "maybe"), ("tokns", "x"), ("proxy", "x"),
            ("client_key", "k"), ("client_certificate", "c"), ("tracking", "true"), ("credentials", "c.json"),
        ]
    )
    func eachWrongValueIsAFaultOfItsKey(key: String, value: String) {
        let isCertificate = key.hasPrefix("client_k") || key.hasPrefix("client_cert")
        let faults = faults((key, .scalar(value)), without: isCertificate ? ["client_secret"] : [])
        #expect(faults == ["providers.p.\(key)"])
    }

    @Test func allFaultsAreSaidAtOnce() {
        let faults = faults(
            ("tenant", "a/b"),
            ("cloud", "moon"),
            ("api_url", "x"),
            ("client_key", "k"),
            ("account", "x"),
            ("timeout", "x")
        )
        #expect(
            Set(faults.map { String($0.dropFirst("providers.p.".count)) }) == [
                "tenant", "cloud", "api_url", "client_key", "account", "timeout", "client_secret",
            ]
        )
    }

    @Test func anAppAsksForAllThatItWasGranted() throws {
        let request = try request()
        #expect(
            request.kind == "graph" && request.account == "noreply@example.org" && request.place == .clientCredentials
        )
        #expect(request.scopes == ["https://graph.microsoft.com/.default"] && request.key == nil)
        let client = try #require(request.client)
        #expect(client.id == "app-1" && client.secret == Secret("s~1") && client.certificate == nil)
        #expect(
            client.tokenEndpoint.description == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
        )
    }

    @Test func anOwnerIsAskedForTheNarrowestRight() throws {
        let narrow = try request(("tokens", "database"))
        #expect(narrow.consentScopes == ["https://graph.microsoft.com/Mail.Send", "offline_access"])
        #expect(narrow.key == TokenKey(provider: "graph", account: "noreply@example.org"))
        let wide = try request(("tokens", "database"), ("large_mail", "true"))
        #expect(wide.consentScopes.contains("https://graph.microsoft.com/Mail.ReadWrite"))
        let page = try #require(narrow.client?.authorizationEndpoint)
        #expect(page.description == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize")
    }

    @Test(
        arguments: [
            ("us", "https://graph.microsoft.us", "login.microsoftonline.us"),
            ("china", "https://microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
            ("global", "https://graph.microsoft.com", "login.microsoftonline.com"),
        ]
    )
    func theCloudChoosesTheAddresses(cloud: String, resource: String, login: String) throws {
        let request = try request(("cloud", .scalar(cloud)))
        #expect(request.scopes == ["\(resource)/.default"] && request.client?.tokenEndpoint.host == login)
    }

    @Test func ownAddressesComeFirst() throws {
        let local = try request(
            ("api_url", "http://127.0.0.1:8"),
            ("token_url", "http://127.0.0.1:9/t/oauth2/v2.0/token")
        )
        #expect(local.scopes == ["https://graph.microsoft.com/.default"])
        #expect(local.client?.tokenEndpoint.description == "http://127.0.0.1:9/t/oauth2/v2.0/token")
        #expect(local.client?.authorizationEndpoint?.description == "http://127.0.0.1:9/t/oauth2/v2.0/authorize")
        let defence = try request(("cloud", "us"), ("api_url", "https://dod-graph.microsoft.us"))
        #expect(defence.scopes == ["https://dod-graph.microsoft.us/.default"])
    }

    @Test func aCertificateReplacesTheSecret() throws {
        let (own, other) = (try SampleCertificate(), try SampleCertificate())
        let request = try request(
            ("client_certificate", .scalar("Bag Attributes\n" + own.pem)),
            ("client_key", .scalar(own.key + own.pem)),
            without: ["client_secret"]
        )
        #expect(request.client?.certificate?.thumbprint == own.thumbprint && request.client?.secret == nil)
        #expect(
            faults(
                ("client_certificate", .scalar(own.pem)),
                ("client_key", .scalar(other.key)),
                without: ["client_secret"]
            ) == ["providers.p.client_key"]
        )
        #expect(
            faults(("client_certificate", .scalar(own.pem)), ("client_key", .scalar(own.key)))
                == ["providers.p.client_secret"]
        )
    }
}
