// SPDX-License-Identifier: Apache-2.0
import Server
import Testing

@testable import PasswordReset
@testable import posthaste

@Suite struct ResetSettingsTests {
    private static let keycloak =
        "{ kind: keycloak, url: https://id.example.org, realm: westside, client_id: posthaste, client_secret: s3cret }"

    private static func text(_ members: String) -> SettingsText {
        .minimal("password_reset: {\n\(members)\n}")
    }

    private static func config(_ members: String) throws -> ResetConfig? {
        var config: ResetConfig?
        _ = try text(members).read { config = $0 }
        return config
    }

    @Test func contractsExampleIsRead() throws {
        let config = try #require(
            try Self.config(
                """
                enabled: true, brand: westside, link: "https://app.westside.example/reset-password?token={token}",
                ttl: 30m, directory: \(Self.keycloak), allowed_origins: [https://APP.example.org],
                limits: { per_address: 4/2h, per_client: 30/1h, global: 900/1m }, password: { min_length: 12 }
                """
            )
        )
        #expect(config.settings.ttl == .seconds(1800))
        #expect(config.settings.limits.perAddress == Limit(4, per: .seconds(7200)))
        #expect(config.settings.rules.minimumLength == 12)
        #expect(config.settings.allowedOrigins == ["https://app.example.org"])
        #expect(config.directory.words == "keycloak, realm westside at https://id.example.org")
        #expect(!config.isHosted)
        #expect(!"\(config)".contains("s3cret"))
    }

    @Test func withoutALinkItIsTheHostedPage() throws {
        let config = try #require(try Self.config("directory: \(Self.keycloak)"))
        #expect(config.isHosted)
        #expect(config.settings.link == "http://127.0.0.1:8025/reset-password?token={token}")
        #expect(config.settings.brand == "default")
        #expect(config.settings.ttl == .seconds(3600))
    }

    @Test func fragmentsMayHoldTheToken() throws {
        let config = try Self.config(
            "link: \"https://app.example.org/reset#token={token}\", directory: \(Self.keycloak)"
        )
        #expect(config?.settings.link == "https://app.example.org/reset#token={token}")
    }

    @Test(arguments: [
        ("link: \"https://app.example.org/reset\"", "5:7: password_reset.link: there is no {token} in it"),
        ("link: \"http://app.example.org/{token}\"", "5:7: password_reset.link: the link would travel unencrypted"),
        ("link: \"https://{token}.example.org/\"", "5:7: password_reset.link: expected an https address"),
        (
            "brand: westside, link: \"https://app.example.org/{token}\"",
            "5:24: password_reset.link: the brand `westside` does not allow links to app.example.org: its link_hosts are "
                + "westside.example; add app.example.org to link_hosts in brands/westside/brand.yaml"
        ),
        (
            "brand: westside",
            "3:17: password_reset: the brand `westside` does not allow links to 127.0.0.1"
        ),
        ("brand: eastside", "5:8: password_reset.brand: there is no brand `eastside`; did you mean `westside`?"),
        ("ttl: 3d", "5:6: password_reset.ttl: expected a span from 1s to 24h"),
        ("tll: 1h", "5:1: password_reset.tll: unknown key; did you mean `ttl`?"),
        (
            "limits: { per_adress: 3/1h }",
            "5:11: password_reset.limits.per_adress: unknown key; did you mean `per_address`?"
        ),
        (
            "limits: { global: 600 }",
            "5:19: password_reset.limits.global: expected a limit, found `600`; write it like 3/1h"
        ),
        ("allowed_origins: [app.example.org]", "5:18: password_reset.allowed_origins: `app.example.org` is no origin"),
        ("allowed_origins: [https://a.example/x]", "5:18: password_reset.allowed_origins: `https://a.example/x` is no"),
        (
            "password: { min_length: 0 }",
            "5:25: password_reset.password.min_length: expected a whole number from 1 to 64"
        ),
    ])
    func faultSaysWhereWhatAndAWayOut(_ members: String, _ fault: String) {
        let faults = Self.text("directory: \(Self.keycloak),\n\(members)").faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("posthaste.yaml:\(fault)") == true, "\(faults)")
    }

    @Test(arguments: [
        ("", "`directory` is missing"),
        ("directory: { kind: keyclok }", "there is no kind of directory called `keyclok`; did you mean `keycloak`?"),
        ("directory: { kind: http, url: \"http://users.example.org\", secret: x }", "expected an https address"),
        ("directory: { kind: http, url: \"https://users.example.org\", secret: x }", "expected `whsec_` and 24 to 64"),
        ("directory: { kind: keycloak, url: https://id.example.org }", "`realm` is missing"),
    ])
    func directoryHasToBeComplete(_ members: String, _ words: String) {
        let faults = Self.text(members).faults
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
    }

    /// The settings, what `config check` warns of, and what `serve` names.
    private static let summaries: [(settings: String, summary: FeatureSummary)] = [
        (
            "public_url: http://127.0.0.1:8025\npassword_reset: { directory: \(keycloak) }",
            FeatureSummary(pages: [FeatureSummary.Page(name: "password reset", path: "/forgot-password")])
        ),
        (
            "public_url: http://mail.example.org\npassword_reset: { directory: \(keycloak) }",
            FeatureSummary(
                warnings: [
                    "`public_url` is http: the links of password reset travel unencrypted; write https, or set `link`"
                ],
                pages: [FeatureSummary.Page(name: "password reset", path: "/forgot-password")]
            )
        ),
        (
            "public_url: http://mail.example.org\n"
                + "password_reset: { link: \"https://app.example.org/{token}\", directory: { kind: demo, users: [ana@example.org] } }",
            FeatureSummary(
                trialWarnings: [
                    "`password_reset.directory` is of `kind: demo`, which is for trying out alone: no password is really changed"
                ]
            )
        ),
    ]

    @Test(arguments: summaries)
    func operatorsReadWhatIsRiskyAndWhereThePageIs(_ settings: String, _ summary: FeatureSummary) throws {
        var config: ResetConfig?
        _ = try SettingsText.minimal(settings).read { config = $0 }
        #expect(config?.summary == summary)
    }

    @Test func hostedLinkKeepsTheAddressOfTheRunningGateway() throws {
        let hosted = try #require(try Self.config("directory: \(Self.keycloak)"))
        #expect(
            hosted.hosted(under: "https://old.example.org").settings.link
                == "https://old.example.org/reset-password?token={token}"
        )
        let own = try #require(
            try Self.config("link: \"https://app.example.org/{token}\", directory: \(Self.keycloak)")
        )
        #expect(own.hosted(under: "https://old.example.org") == own)
    }
}
