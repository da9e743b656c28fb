// SPDX-License-Identifier: Apache-2.0
import JSON
import Monitoring
import Queue
import Server
import Settings
import Testing
import Text

@testable import posthaste

@Suite struct SettingsValueTests {
    @Test func defaultsAreThoseOfTheContract() throws {
        let settings = try SettingsText.minimal().read().settings
        #expect(settings.listen.description == "127.0.0.1:8025")
        #expect(settings.publicURL == "http://127.0.0.1:8025")
        #expect(settings.store.path == "/etc/posthaste/data/posthaste.db")
        #expect(settings.store.migrates)
        #expect(settings.templates == "/etc/posthaste/templates")
        #expect(settings.retry == RetryPolicy())
        #expect(settings.whenUncertain == [.critical: .resend, .normal: .hold, .bulk: .hold])
        #expect(settings.shutdownGrace == .seconds(20))
        #expect(settings.retention == RetentionSettings())
    }

    @Test(arguments: [
        ("", Fronts.names, FrontSettings()),
        ("fronts: []", [], FrontSettings()),
        ("fronts: [resend]", ["resend"], FrontSettings()),
        ("fronts: { enabled: [sendgrid] }", ["sendgrid"], FrontSettings()),
        (
            "fronts: { category: first-tag, sendgrid: { templates: { d-1: receipt } } }", Fronts.names,
            FrontSettings(templates: ["d-1": "receipt"], usesFirstTagAsCategory: true)
        ),
    ])
    func frontsAreAListOrAMap(_ lines: String, _ enabled: [String], _ sendgrid: FrontSettings) throws {
        let settings = try SettingsText.minimal(lines).read().settings.fronts
        #expect(settings.enabled == Set(enabled))
        #expect(settings.fronts["sendgrid"] ?? FrontSettings() == sendgrid)
        // What is shown reads as the same settings.
        let shown = SettingsView.yaml(["fronts": settings.view])
        #expect(try SettingsText.minimal(shown).read().settings.fronts == settings)
    }

    @Test(arguments: [
        ("${HOST}", "mail.example.org"),
        ("a ${HOST} b ${HOST}", "a mail.example.org b mail.example.org"),
        ("${NOBODY:-fallback}", "fallback"),
        ("${EMPTY:-fallback}", "fallback"),
        ("${NOBODY:-}", ""),
        ("$${HOST}", "${HOST}"),
        ("100 $", "100 $"),
        ("$HOST", "$HOST"),
    ])
    func variablesAreResolved(_ text: String, _ value: String) throws {
        #expect(try ScalarResolver(environment: SettingsText.environment).resolve(text) == value)
    }

    @Test(arguments: ["${", "${HOST", "${}", "${A B}", "${HOST-x}"])
    func brokenVariablesAreFaults(_ text: String) {
        #expect(throws: TextError.self) {
            try ScalarResolver(environment: SettingsText.environment).resolve(text)
        }
    }

    @Test func onlyParsedScalarsAreResolved() throws {
        // A value that looks like YAML stays a value.
        let text = SettingsText.minimal(
            "public_url: https://${NOBODY:-example.org} # ${NOBODY}\ntemplates: \"${HOST}\""
        )
        let settings = try text.read().settings
        #expect(settings.publicURL == "https://example.org")
        #expect(settings.templates == "/etc/posthaste/mail.example.org")
    }

    @Test(arguments: [("windows.txt", "value"), ("two-lines.txt", "value\n")])
    func fileLosesItsLastNewline(_ file: String, _ value: String) throws {
        let settings = try SettingsText.minimal("default_brand: default\ntemplates: !file \(file)").read().settings
        #expect(settings.templates == "/etc/posthaste/\(value)")
    }

    @Test func secretsAreMasked() throws {
        let read = try SettingsText(
            """
            sealing_keys: [!file secrets/sealing.key]
            providers:
              relay:
                kind: smtp
                url: smtps://mail.example.org:465
                username: posthaste
                password: ${SMTP_PASSWORD}
            routes: [{ via: [relay] }]
            """
        ).read()
        let view = SettingsView.json(read)
        #expect(view["providers"]?["relay"]?["password"]?.string == SettingsView.mask)
        #expect(view["providers"]?["relay"]?["username"]?.string == "posthaste")
        let text = SettingsView.yaml(view) + "\(read)"
        #expect(!text.contains("hunter2"))
        #expect(!text.contains("AAAAAAAA"))
    }

    @Test func addressesAndSecretsOfAlertsAreMasked() throws {
        let lines = """
            alerts:
              - { kind: webhook, url: https://hooks.example.org/T0/s3cret }
              - { kind: command, run: [/bin/page, k3y] }
            """
        let read = try SettingsText.minimal(lines).read()
        let text = SettingsView.yaml(SettingsView.json(read)) + "\(read)"
        #expect(text.contains("webhook") && text.contains("/bin/page"))
        #expect(!text.contains("s3cret") && !text.contains("k3y"))
        #expect(read.settings.alerts.warnings == [])
        #expect(try SettingsText.minimal().read().settings.alerts.warnings.count == 1)
    }

    @Test func movedLinesAreNoChange() throws {
        let one = try SettingsText("providers: { inbox: { kind: capture } }\nroutes: [{ via: [inbox] }]").read()
        let two = try SettingsText("# moved\n\nproviders:\n  inbox:\n    kind: capture\nroutes:\n- via: inbox").read()
        #expect(one.settings == two.settings)
    }

    @Test func changesThatNeedARestartAreNamed() throws {
        let old = try SettingsText.minimal().read().settings
        let new = try SettingsText.minimal(
            "listen: 127.0.0.1:9000\nstore: { url: sqlite:other.db }\nlog: { level: debug }"
        ).read().settings
        #expect(new.fixedChanges(since: old) == ["listen", "store"])
    }
}
