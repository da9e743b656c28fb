// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import OAuth
import Settings
import Testing

@testable import Providers

@Suite struct GmailKindTests {
    private static let usual: [(String, SampleSettings)] = [
        ("account", "a@a.example"), ("tokens", "database"), ("credentials", "c.json"),
    ]

    private func faults(_ more: (String, SampleSettings)..., without key: String? = nil) -> [String] {
        let reader = SampleSettings.map(Self.usual.filter { $0.0 != key } + more).reader
        _ = ProviderKind.gmail.read(reader, SampleProvider.sample().context)
        return reader.faults().map(\.path)
    }

    @Test func threeSettingsAreEnough() {
        #expect(faults() == [])
        #expect(faults(("api_url", "http://127.0.0.1:8080"), ("timeout", "5s"), ("delivery", "draft")) == [])
    }

    @Test(arguments: ["account", "tokens", "credentials"])
    func eachOfThemIsNeeded(key: String) {
        #expect(faults(without: key).count == 1)
    }

    @Test(arguments: [
        "http://gmail.example.org", "gmail.googleapis.com", "ftp://h", "https://u:p@h", "https://h/?x=1", "",
    ])
    func otherAddressesAreFaults(url: String) {
        #expect(faults(("api_url", .scalar(url))) == ["providers.p.api_url"])
    }

    @Test func otherValuesAreFaults() {
        #expect(faults(("timeout", "0s")) == ["providers.p.timeout"])
        #expect(faults(("delivery", "twice")) == ["providers.p.delivery"])
        #expect(faults(("tokns", "x")) == ["providers.p.tokns"])
    }

    @Test func unsetLimitsAreThoseOfANewProject() {
        #expect(ProviderKind.gmail.defaultConcurrency == 2 && ProviderKind.gmail.defaultPerSecond == 1)
    }

    @Test func itsTokensMaySendAtLeast() throws {
        let seen = Seen()
        let reader = SampleSettings.map(Self.usual).reader
        _ = try ProviderKind.gmail.provider(reader, .sample(tokens: { seen.note($0) }))
        let request = try #require(seen.requests.first)
        #expect(request.kind == "gmail" && request.account == "a@a.example" && request.place == .database(row: nil))
        #expect(request.scopes.first == "https://www.googleapis.com/auth/gmail.send")
        #expect(request.credentials == "/etc/posthaste/c.json")
    }
}
