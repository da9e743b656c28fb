// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import OAuth
import Settings
import Testing

@testable import Providers

@Suite struct SESKindTests {
    private static let usual: [(String, SampleSettings)] = [("region", "eu-central-1")] + SESBench.keys

    /// The settings at fault; `more` replace usual ones of the same name.
    private func faults(_ more: [(String, SampleSettings)], without keys: Set<String> = []) -> [String] {
        let replaced = keys.union(more.map(\.0))
        let reader = SampleSettings.map(Self.usual.filter { !replaced.contains($0.0) } + more).reader
        let settings = ProviderKind.ses.read(reader, SampleProvider.sample().context)
        #expect((settings == nil) == reader.hasFaults)
        return reader.faults().map { $0.path.replacing("providers.p.", with: "") }
    }

    @Test func aRegionAndKeysOrTheEnvironmentAreEnough() {
        #expect(faults([]) == [])
        #expect(faults([("credentials", "environment")], without: ["access_key_id", "secret_access_key"]) == [])
        #expect(
            faults([
                ("region", "us-gov-west-1"), ("session_token", "t"), ("access_key_id", "ASIAEXAMPLE"),
                ("timeout", "5s"),
                ("configuration_set", "mail-1"), ("tracking", "true"), ("api_url", "http://127.0.0.1:8080/aws"),
                ("events", ["topics": ["arn:aws:sns:eu-central-1:123456789012:mail"]]),
            ]) == []
        )
    }

    @Test func allFaultsAreFoundAtOnce() {
        let nothing: Set<String> = ["region", "access_key_id", "secret_access_key"]
        #expect(faults([], without: nothing) == ["providers.p", "providers.p", "providers.p"])
        #expect(
            faults([
                ("region", "eu-central-1a"), ("secret_access_key", "a b"), ("configuration_set", "a/b"), ("tokns", "x"),
                ("api_url", "http://ses.example.org"), ("events", ["topics": ["mail"]]),
            ]).sorted() == ["api_url", "configuration_set", "events.topics", "region", "secret_access_key", "tokns"]
        )
    }

    @Test(arguments: [
        "EU-CENTRAL-1", "eu", "eu-central", "eu-central-", "eu central 1", "../x-y-1", "eu-central-1/", "",
    ])
    func otherRegionsAreFaults(region: String) {
        #expect(faults([("region", .scalar(region))]) == ["region"])
    }

    @Test(arguments: [
        [("access_key_id", "AKIA EXAMPLE")], [("access_key_id", "AKIA\nEXAMPLE")], [("access_key_id", "")],
        [("access_key_id", "wJalrXUtn/K7MDENG")], [("access_key_id", "ASIAEXAMPLE")],
        [("session_token", "a\r\nb"), ("access_key_id", "ASIAEXAMPLE")],
    ])
    func malformedKeysAreFaults(keys: [(String, String)]) {
        #expect(faults(keys.map { ($0.0, .scalar($0.1)) }) == [keys[0].0])
    }

    @Test func keysAndTheEnvironmentExcludeEachOther() {
        #expect(faults([("credentials", "environment")]) == ["credentials"])
        #expect(faults([("credentials", "machine")]) == ["credentials"])
    }

    @Test(arguments: [
        ("eu-central-1", "https://email.eu-central-1.amazonaws.com"),
        ("cn-north-1", "https://email.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "https://email.eusc-de-east-1.amazonaws.eu"),
    ])
    func theRegionChoosesTheAddress(region: String, address: String) {
        #expect(SESSettings.defaultURL(region) == address)
    }

    @Test func theEnvironmentIsATokenPlace() throws {
        let reader = SampleSettings.map([("region", "eu-central-1"), ("credentials", "environment")]).reader
        let settings = try #require(ProviderKind.ses.read(reader, SampleProvider.sample().context))
        #expect(
            settings.tokens?.place == .environment && settings.tokens?.provider == "p" && settings.tokens?.kind == "ses"
        )
    }
}
