// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Mail
import SMTPServer
import Settings
import Testing

@testable import posthaste

@Suite struct BounceSettingsTests {
    private static let sealed = "sealing_key: !file secrets/sealing.key\n"

    @Test func domainIsReadAndShown() throws {
        let read = try SettingsText.minimal(Self.sealed + "bounces: { domain: Bounces.B\u{FC}cher.example }").read()
        #expect(read.settings.bounceDomain == "bounces.xn--bcher-kva.example")
        let view = SettingsView.json(read)
        #expect(view["bounces"]?["domain"]?.string == "bounces.xn--bcher-kva.example")
        let addresses = try #require(read.settings.bounceAddresses)
        let address = try #require(addresses.address(for: "msg_01KF0000000000000000000001"))
        // The listener knows the addresses that the mail has.
        let server = SMTPListeningSettings.sample.server(addresses)
        #expect(server.bounces?.domain == addresses.domain)
        #expect(server.bounces?.has(address) == true)
        #expect(server.bounces?.has(try EmailAddress(parsing: "b+1@\(addresses.domain)")) == false)
        let none = try SettingsText.minimal("").read()
        #expect(none.settings.bounceAddresses == nil)
        #expect(SettingsView.json(none)["bounces"] == .null)
    }

    @Test(arguments: [
        (
            "bounces: { domain: bounces.example.org }",
            "bounces.domain: the addresses of this domain hold a proof, for which there is no key; set `sealing_key`; make one with "
                + "`openssl rand -base64 32`"
        ),
        (
            sealed + "bounces: { domain: localhost }",
            "bounces.domain: `localhost` is no domain: The domain needs at least two parts, such as example.org.; write a domain "
                + "that has no other mail, such as bounces.example.org"
        ),
        (sealed + "bounces: {}", "bounces: `domain` is missing; add `domain:` here"),
        (sealed + "bounces: { domain: a.example, domian: b }", "bounces.domian: unknown key; did you mean `domain`?"),
    ])
    func faultsNamePlaceAndRemedy(_ text: String, _ fault: String) {
        let faults = SettingsText.minimal(text).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains(fault) == true, "\(faults)")
    }

    @Test func uselessDomainIsAWarning() throws {
        func warnings(_ provider: String, _ more: String = "") throws -> [String] {
            let text =
                "providers:\n  a: \(provider)\nroutes: [{ via: [a] }]\n\(Self.sealed)bounces: { domain: b.example }\n\(more)"
            return try SettingsText(text).read().settings.bounceWarnings
        }
        let relay = "{ kind: smtp, url: 'smtp://127.0.0.1:25', starttls: never }"
        #expect(try warnings("{ kind: capture }").first?.contains("no provider of the kind smtp or command") == true)
        #expect(try warnings(relay).first?.contains("no listener takes the reports to b.example") == true)
        #expect(try warnings(relay, "smtp: { listen: [{ address: 127.0.0.1:2525 }] }\n").isEmpty)
    }
}

extension SMTPListeningSettings {
    fileprivate static let sample = SMTPListeningSettings(
        listeners: [],
        certificate: nil,
        hostname: "localhost",
        trusted: [],
        refusesBareNewlines: false,
        defaultDomain: nil,
        showsPrivateClients: false,
        connections: 1,
        connectionsPerClient: 1
    )
}
