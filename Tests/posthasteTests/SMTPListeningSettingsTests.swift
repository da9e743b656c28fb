// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import GatewayTesting
import JSON
import SMTPServer
import Settings
import Testing

@testable import posthaste

@Suite(.enabled(if: TestCertificate.isAvailable, "it needs openssl")) struct SMTPListeningSettingsTests {
    /// Certificates in a folder of their own.
    private final class Files {
        let folder: String
        let good: TestCertificate

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "smtp-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            good = try TestCertificate(in: folder, names: ["mail.example.org"])
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        var lines: String { "  certificate: \(good.certificate)\n  private_key: \(good.privateKey)\n" }
    }

    private static func faults(_ section: String) -> [String] {
        SettingsText.minimal("public_url: https://mail.example.org\nsmtp:\n\(section)").faults
    }

    @Test func theSectionIsRead() throws {
        let files = try Files()
        let read = try SettingsText.minimal(
            """
            public_url: https://mail.example.org:8443/mail
            smtp:
              listen:
                - { address: 127.0.0.1:2525 }
                - { address: 0.0.0.0:587, tls: starttls }
                - { address: "[::]:465", tls: implicit }
                - { address: 10.0.0.5:2526, plain: true }
              trusted: [{ network: 10.0.0.0/24, key: devices }]
              bare_newlines: strict
              limits: { connections: 7, per_client: 3 }
            \(files.lines)
            """
        ).read()
        let smtp = try #require(read.settings.smtp)
        #expect(smtp.listeners.map(\.security) == [.plain, .starttls, .implicit, .plain])
        #expect(smtp.hostname == "mail.example.org" && smtp.refusesBareNewlines)
        #expect(smtp.connections == 7 && smtp.connectionsPerClient == 3)
        let view = SettingsView.json(read)["smtp"]
        #expect(view?["listen"]?.array?.last?["plain"] == true)
        #expect(view?["trusted"]?.array?.first?["network"]?.string == "10.0.0.0/24")
        #expect(try SettingsText.minimal("").read().settings.smtp == nil)
    }

    @Test(arguments: [
        (
            "  hostname: a.example\n",
            "smtp.listen: `listen` names no address; write `listen: [{ address: 127.0.0.1:2525 }]`"
        ),
        (
            "  listen: [{ address: 0.0.0.0:2525 }]\n",
            "smtp.listen[0].address: mail would pass the network unencrypted; set"
        ),
        (
            "  listen: [{ tls: starttls, plain: true, address: 127.0.0.1:1 }]\n",
            "`plain: true` and `tls` exclude each other"
        ),
        (
            "  listen: [{ address: 127.0.0.1:2525 }, { address: 127.0.0.1:2525 }]\n",
            "`smtp.listen[0]` uses this port already"
        ),
        ("  listen: [{ address: 0.0.0.0:8025, plain: true }]\n", "127.0.0.1:8025 of `listen` uses this port already"),
        ("  listen: [{ address: 127.0.0.1:465, tls: implicit }]\n", "`certificate` is missing; add"),
        (
            "  listen: [{ address: 127.0.0.1:465, tls: tls }]\n",
            "smtp.listen[0].tls: `tls` is none of starttls, implicit"
        ),
        (
            "  listen: [{ address: 127.0.0.1:1 }]\n  trusted: [{ network: 0.0.0.0/0, key: k }]\n",
            "`0.0.0.0/0` is wider than"
        ),
        (
            "  listen: [{ address: 127.0.0.1:1 }]\n  trusted: [{ network: \"::/15\", key: k }]\n",
            "`::/15` is wider than"
        ),
        (
            "  listen: [{ address: 127.0.0.1:1 }]\n  trusted: [{ network: 10.0.0.0/33, key: k }]\n",
            "is no address and no network"
        ),
        (
            "  listen: [{ address: 127.0.0.1:1 }]\n  trusted: [{ network: 10.0.0.1 }]\n",
            "smtp.trusted[0]: `key` is missing"
        ),
        ("  listen: [{ address: 127.0.0.1:1 }]\n  bare_newlines: strickt\n", "did you mean `strict`?"),
        (
            "  listen: [{ address: 127.0.0.1:1 }]\n  bare_newline: strict\n",
            "unknown key; did you mean `bare_newlines`?"
        ),
        ("  listen: [{ address: 127.0.0.1:1 }]\n  limits: { connections: 0 }\n", "expected a whole number from 1"),
        ("  listen: [{ address: 127.0.0.1:1 }]\n  hostname: a b\n", "smtp.hostname: `a b` is no host name"),
    ])
    func faultsNamePlaceAndRemedy(_ section: String, _ fault: String) {
        let faults = Self.faults(section)
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
    }

    @Test func faultsOfTheCertificateAreFaultsOfTheSettings() throws {
        let files = try Files()
        let old = try TestCertificate(in: files.folder, name: "old", names: ["mail.example.org"], days: -1)
        let foreign = try TestCertificate(in: files.folder, name: "foreign", names: ["other.example.org"])
        let listen = "  listen: [{ address: 127.0.0.1:465, tls: implicit }]\n"
        let cases = [
            (files.good.certificate, files.good.privateKey, nil),
            (
                files.good.certificate, foreign.privateKey,
                "private_key: the private key does not belong to the certificate"
            ),
            (files.good.certificate, files.good.certificate, "private_key: the file holds no private key in PEM"),
            (files.good.privateKey, files.good.privateKey, "certificate: the file holds no certificate in PEM"),
            ("\(files.folder)/none", files.good.privateKey, "none cannot be read; give the path"),
            // An expired one is a warning: it must not keep all mail from leaving.
            (old.certificate, old.privateKey, nil),
            (
                foreign.certificate, foreign.privateKey,
                "the certificate is not for mail.example.org: it is for other.example.org, 127.0.0.1; set `hostname`"
            ),
        ]
        for (certificate, key, fault) in cases {
            let faults = Self.faults("\(listen)  certificate: \(certificate)\n  private_key: \(key)\n")
            #expect(faults.count == (fault == nil ? 0 : 1), "\(faults)")
            if let fault { #expect(faults.first?.contains(fault) == true, "\(faults)") }
        }
        let all = Self.faults(
            "  listen: [{ address: 0.0.0.0:25 }, { address: x }]\n  certificate: \(files.folder)/none\n  trusted: [{ network: x, key: k }]\n"
        )
        #expect(all.count == 4, "\(all)")
    }
}
