// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Queue
import Settings
import Testing

@testable import posthaste

@Suite struct WebhookSettingsTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let good = "url: 'https://shop.example.org/hook', secret: \(secret)"

    @Test func webhooksAreReadAndMasked() throws {
        let read = try SettingsText.minimal(
            """
            webhooks:
              shop: { \(Self.good), events: [bounced, sent], brands: [westside] }
              mine: { url: 'http://127.0.0.1:9/x?key=1', secrets: [\(Self.secret), \(Self.secret)] }
              inside: { url: 'https://10.0.0.1/', secret: \(Self.secret), allow_private: true }
            """
        ).read()
        let webhooks = read.settings.webhooks
        #expect(webhooks.map(\.name) == ["inside", "mine", "shop"])
        #expect(webhooks.map(\.reachesAnyAddress) == [true, true, false])
        #expect(webhooks.map(\.secrets.count) == [1, 2, 1])
        #expect(webhooks[2].filter == EventFilter(kinds: [.bounced, .sent], brands: ["westside"]))
        #expect(webhooks[1].filter == EventFilter(kinds: WebhookEndpoint.usualKinds))
        let view = SettingsView.json(read)["webhooks"]
        #expect(view?["mine"]?["secrets"] == [.string(SettingsView.mask), .string(SettingsView.mask)])
        #expect(view?["mine"]?["url"]?.string == "http://127.0.0.1:9/x?\(SettingsView.mask)")
        #expect(view?["shop"]?["events"] == ["sent", "bounced"])
    }

    @Test func aNameOfThisMachineIsNoLiteral() throws {
        let read = try SettingsText.minimal("webhooks: { a: { url: 'http://localhost:1/', secret: \(Self.secret) } }")
            .read()
        #expect(read.settings.webhooks.map(\.reachesAnyAddress) == [false])
    }

    @Test(arguments: [
        ("a: { url: 'http://shop.example.org/', secret: \(secret) }", "a.url: events leave over https only"),
        ("a: { url: 'ftp://x', secret: \(secret) }", "a.url: expected an https address"),
        ("a: { url: 'https://192.168.0.1/', secret: \(secret) }", "a.url: `192.168.0.1` is an address of a private"),
        ("a: { url: 'https://[::ffff:10.0.0.1]/', secret: \(secret) }", "is an address of a private network"),
        ("a: { secret: \(secret) }", "a: `url` is missing"),
        ("a: { url: 'https://x.example/' }", "a: `secret` is missing; make one with"),
        ("a: { url: 'https://x.example/', secret: whsec_short }", "a.secret: expected `whsec_` and 24 to 64 bytes"),
        ("a: { url: 'https://x.example/', secrets: [] }", "a.secrets: there is no secret in it"),
        ("a: { \(good), secrets: [\(secret)] }", "a.secret: both `secret` and `secrets` are set"),
        ("a: { \(good), events: [bunced] }", "there is no event `bunced`; did you mean `bounced`?"),
        ("a: { \(good), events: [] }", "a.events: there is no event in it"),
        ("a: { \(good), brands: [eastside] }", "a.brands: there is no brand `eastside`; did you mean `westside`?"),
        ("a: { \(good), retries: 3 }", "a.retries: unknown key"),
        ("'a b': { \(good) }", "`a b` cannot be the name of a webhook"),
        ("a: 5", "a: expected a map"),
    ])
    func faultsNamePlaceAndRemedy(_ text: String, _ fault: String) {
        let faults = SettingsText.minimal("webhooks: { \(text) }").faults
        #expect(faults.count == 1, "\(faults)")
        #expect(faults.first?.contains(fault) == true, "\(faults)")
        #expect(faults.first?.contains(Self.secret) == false)
    }

    @Test func allFaultsComeAtOnce() {
        let text = "webhooks: { a: { url: x, secret: y, events: [z], brands: [q] }, b: { url: 'https://x.example/' } }"
        #expect(SettingsText.minimal(text).faults.count == 5)
    }
}
