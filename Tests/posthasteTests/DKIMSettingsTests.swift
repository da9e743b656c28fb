// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Queue
import Settings
import Testing

@testable import posthaste

@Suite struct DKIMSettingsTests {
    private static let entry = "domain: example.org, selector: ph1"

    @Test func keysAreRead() throws {
        let settings = try SettingsText.minimal(
            """
            dkim:
              - { domain: Bücher.example, selector: PH1, key: !file secrets/dkim.pem }
              - { domain: xn--bcher-kva.example, selector: a.b, key: !file secrets/rsa.pem }
            """
        ).read()
        let signers = settings.settings.dkim
        #expect(
            signers.map(\.recordName) == [
                "ph1._domainkey.xn--bcher-kva.example", "a.b._domainkey.xn--bcher-kva.example",
            ]
        )
        #expect(signers.map(\.key.algorithm) == [.ed25519, .rsa])
        #expect(signers.map { $0.warning == nil } == [true, false])
        let view = SettingsView.json(settings)
        #expect(view["dkim"]?.array?.first?["key"]?.string == SettingsView.mask)
        #expect(settings.secretPaths.contains("dkim[0].key"))
    }

    @Test(arguments: [
        (
            "dkim: [{ domain: example, selector: ph1, key: !file secrets/dkim.pem }]",
            "3:18: dkim[0].domain: `example` is no domain: "
                + "The domain needs at least two parts, such as example.org.; write it like example.org"
        ),
        (
            "dkim: [{ domain: example.org, selector: ph_1, key: !file secrets/dkim.pem }]",
            "3:41: dkim[0].selector: `ph_1` is no "
                + "selector: it needs letters, digits and hyphens, at most 63 between two dots; write it like ph1"
        ),
        ("dkim: [{ \(entry) }]", "3:8: dkim[0]: `key` is missing; add `key:` here"),
        (
            "dkim: [{ selector: ph1, key: !file secrets/dkim.pem }]",
            "3:8: dkim[0]: `domain` is missing; add `domain:` here"
        ),
        (
            "dkim: [{ \(entry), key: !file secrets/none.pem }]",
            "3:51: dkim[0].key: the file `secrets/none.pem` cannot be read; check "
                + "the path, which begins at the folder of this file, and the rights"
        ),
        (
            "dkim: [{ \(entry), key: secrets/dkim.pem }]",
            "3:51: dkim[0].key: this is no private key in PEM form; name its file: "
                + "`key: !file secrets/dkim.pem`; make a key with `posthaste dkim new DOMAIN SELECTOR`"
        ),
        (
            "dkim: [{ \(entry), key: !file secrets/short.pem }]",
            "3:51: dkim[0].key: the RSA key has fewer than 1,024 bits, and "
                + "receivers ignore its signatures; make a key with `posthaste dkim new DOMAIN SELECTOR`"
        ),
        (
            "dkim: { \(entry), key: !file secrets/dkim.pem }",
            "3:7: dkim: this is a map of `name: value`, and a list is due"
        ),
        (
            "dkim: [{ \(entry), key: !file secrets/dkim.pem }, { \(entry), key: !file secrets/rsa.pem }]",
            "dkim[1].selector: dkim[0] "
                + "has the same domain and selector; remove one of them, or give this one a selector and a DNS record of its own"
        ),
        (
            "dkim: [{ \(entry), keys: 1, key: !file secrets/dkim.pem }]",
            "dkim[0].keys: unknown key; did you mean `key`?"
        ),
    ])
    func faultsNamePlaceAndRemedy(_ text: String, _ fault: String) {
        let faults = SettingsText.minimal(text).faults
        #expect(faults.count == 1)
        #expect(faults.first?.contains(fault) == true, "\(faults)")
    }

    @Test func allFaultsComeAtOnce() {
        #expect(SettingsText.minimal("dkim: [{ domain: x, selector: '-', key: nothing }, {}]").faults.count == 6)
    }

    /// The providers of a file that sign, by name.
    private func signing(_ providers: String, _ dkim: String = "dkim: [{ \(entry), key: !file secrets/dkim.pem }]")
        -> [String]
    {
        let text = SettingsText("allow_chaos: true\nproviders:\n\(providers)\nroutes: [{ via: [a] }]\n\(dkim)\n")
        do throws(SettingsFaults) {
            let read = try text.read()
            // What is wrapped by another one is asked for it.
            return read.providers.filter { "\(type(of: $0.provider))".hasPrefix("SigningProvider") }.map(\.name)
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func providersThatSendMessagesAsTheyAreSign() {
        let relay = "{ kind: smtp, url: 'smtp://127.0.0.1:25', starttls: never"
        let gmail = "{ kind: gmail, account: a@b.example, tokens: 'file:t.json', credentials: c.json"
        #expect(
            signing(
                """
                  a: \(relay) }
                  b: \(relay), sign: false }
                  c: { kind: command, run: [/bin/true] }
                  d: { kind: capture }
                  e: \(gmail) }
                  f: \(gmail), sign: true }
                  g: { kind: chaos, wraps: \(relay) } }
                """
            ) == ["a", "c", "f"]
        )
    }

    @Test(arguments: [
        ("{ kind: capture, sign: true }", "does not send messages as they are, so none can be signed; remove `sign`"),
        (
            "{ kind: chaos, sign: false, wraps: { kind: capture } }",
            "the provider in `wraps` sends the mail; write `sign` there"
        ),
        (
            "{ kind: chaos, wraps: { kind: capture, sign: true } }",
            "providers.a.wraps.sign: a provider of `kind: capture` does not"
        ),
        ("{ kind: command, run: [/bin/true], sign: perhaps }", "expected true or false, found `perhaps`"),
    ])
    func signIsRefusedWhereItHasNoEffect(_ provider: String, _ fault: String) {
        let faults = signing("  a: \(provider)")
        #expect(faults.count == 1 && faults[0].contains(fault), "\(faults)")
    }

    @Test func signNeedsKeys() {
        let faults = signing("  a: { kind: command, run: [/bin/true], sign: true }", "")
        #expect(faults.count == 1 && faults[0].contains("there is no key to sign with; add `dkim:`"), "\(faults)")
        #expect(signing("  a: { kind: command, run: [/bin/true], sign: false }", "") == [])
    }

    @Test func newKeyGetsAFileARecordAndAnEntry() throws {
        let file = try DKIMKeyFile(domain: "Bücher.example", selector: "PH1")
        #expect(file.name == "secrets/dkim-xn--bcher-kva.example-ph1.pem")
        #expect(
            file.settings == """
                dkim:
                  - domain: xn--bcher-kva.example
                    selector: ph1
                    key: !file secrets/dkim-xn--bcher-kva.example-ph1.pem
                """
        )
        let strings = DKIMKeyFile.strings(of: try DKIMKey(new: .rsa).record)
        #expect(strings.count == 2 && strings[0].utf8.count == 255)
    }

    @Test func newKeyNamesAllFaults() {
        #expect {
            try DKIMKeyFile(domain: "nothing", selector: "a b")
        } throws: { error in
            (error as? CommandFailure)?.lines.count == 2 && (error as? CommandFailure)?.code == .wrongUsage
        }
    }
}
