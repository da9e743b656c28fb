// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import PasswordReset
import Providers
import Server
import Settings

@testable import posthaste

/// A settings file as a text, read as `serve` reads it, in the folder `/etc/posthaste`, which need not exist.
struct SettingsText {
    static let environment = ["SMTP_PASSWORD": "hunter2", "EMPTY": "", "HOST": "mail.example.org"]
    static let files = [
        "secrets/sealing.key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "windows.txt": "value\r\n",
        "two-lines.txt": "value\n\n",
        "secrets/dkim.pem": DKIMTestKeys.football,
        "secrets/rsa.pem": DKIMTestKeys.short,
        "secrets/short.pem": DKIMTestKeys.tooShort,
    ]

    /// The secret that the sample of a kind names.
    private static func sampleKey(_ path: String) -> String? {
        builtInProviders.contains { path == "secrets/\($0.name).key" } ? "a-key-of-a-sample\n" : nil
    }

    private static let workshop = ProviderFactory(
        kinds: builtInProviders,
        hostName: "gateway.example",
        clients: ProviderServices(
            smtp: { _ in NoSMTP() },
            http: UnreachableHTTP(),
            tokens: { _ in NoTokens() },
            programs: NoPrograms(),
            log: { _, _, _ in },
            clock: { Timestamp(milliseconds: 0) }
        )
    )

    private static let brands = ["default", "westside"]

    /// The brand `westside` may link only to `westside.example`.
    static func dependencies(_ settings: GatewaySettings) -> FeatureSettingsContext {
        FeatureSettingsContext(
            brands: brands,
            defaultBrand: settings.defaultBrand,
            publicURL: settings.publicURL
        ) { host, brand in
            brand != "westside" || host.hasSuffix("westside.example") ? nil : ["westside.example"]
        }
    }

    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The smallest valid file, and more lines.
    static func minimal(_ lines: String = "") -> SettingsText {
        SettingsText("providers: { inbox: { kind: capture } }\nroutes: [{ via: [inbox] }]\n\(lines)\n")
    }

    /// `reset` gets the section `password_reset`.
    func read(reset: (ResetConfig?) -> Void = { _ in }) throws(SettingsFaults) -> ReadSettings {
        var yaml = SettingsYAML(file: "posthaste.yaml", resolver: ScalarResolver(environment: Self.environment)) {
            Self.files[$0] ?? Self.sampleKey($0)
        }
        let root = try yaml.read(text)
        return try yaml.complete { () throws(SettingsFaults) in
            try GatewaySettings.read(
                root,
                folder: "/etc/posthaste",
                workshop: Self.workshop,
                brands: { _ in Self.brands },
                features: { reset(ResetConfig.read($0, Self.dependencies($1))) }
            )
        }
    }

    /// All faults, one per line.
    var faults: [String] {
        do throws(SettingsFaults) {
            _ = try read()
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }
}

/// Is never called.
private struct NoSMTP: SMTPClient {
    private static let nothing = SMTPOutcome(
        stage: .connect,
        failure: .disconnected,
        reply: nil,
        recipients: [],
        detail: "there is no network here"
    )

    func submit(_ transaction: SMTPTransaction) async -> SMTPOutcome { Self.nothing }
    func signIn(_ credentials: SMTPCredentials) async -> SMTPOutcome { Self.nothing }
}
