// SPDX-License-Identifier: Apache-2.0
import Providers
import Settings
import Testing

@testable import posthaste

@Suite struct SettingsFaultTests {
    @Test func smallestFileIsFine() {
        #expect(SettingsText.minimal().faults == [])
    }

    @Test(arguments: [
        (
            "listn: 127.0.0.1:1",
            "posthaste.yaml:3:1: listn: unknown key; did you mean `listen`?"
        ),
        (
            "listen: 8025",
            "posthaste.yaml:3:9: listen: expected an address and a port, found `8025`; write it like 127.0.0.1:8025"
        ),
        (
            "shutdown_grace: 20",
            "posthaste.yaml:3:17: shutdown_grace: expected a duration, found `20`; write it like 200ms, 30s, 5m, 1h or 7d"
        ),
        (
            "sealing_key: short",
            "posthaste.yaml:3:14: sealing_key: expected 32 bytes in base64; make one with `openssl rand -base64 32`"
        ),
        (
            "sealing_key: ${NOBODY}",
            "posthaste.yaml:3:14: sealing_key: the environment variable NOBODY is not set; set it, or give a default: "
                + "${NOBODY:-default}"
        ),
        (
            "sealing_key: !file secrets/none.key",
            "posthaste.yaml:3:14: sealing_key: the file `secrets/none.key` cannot be read; check the path, which begins "
                + "at the folder of this file, and the rights"
        ),
        (
            "templates: !env X",
            "posthaste.yaml:3:12: templates: `!env` is not known here; the one tag is !file"
        ),
        (
            "default_brand: westsid",
            "posthaste.yaml:3:16: default_brand: there is no brand `westsid`; did you mean `westside`?"
        ),

        (
            "store: { url: mysql://db }",
            "posthaste.yaml:3:15: store.url: expected the address of a store; "
                + "write it like sqlite:data/posthaste.db or postgres://user:password@host/database"
        ),
        (
            "alerts: [{ kind: webhok, url: https://hooks.example.org }]",
            "posthaste.yaml:3:18: alerts[0].kind: there is no kind of alert called `webhok`; did you mean `webhook`?"
        ),
        (
            "public_listen: 127.0.0.1:8025",
            "posthaste.yaml:3:16: public_listen: this is the address of `listen`; take another port"
        ),
        (
            "trusted_proxies: [10.0.0.0/8, proxy]",
            "posthaste.yaml:3:18: trusted_proxies: `proxy` is no address and no network; write it like 10.0.0.1, "
                + "10.0.0.0/8 or ::1"
        ),
        (
            "fronts: [resend, sendgird]",
            "posthaste.yaml:3:9: fronts: there is no front `sendgird`; did you mean `sendgrid`?"
        ),
        (
            "fronts: { categry: first-tag }",
            "posthaste.yaml:3:11: fronts.categry: unknown key; did you mean `category`?"
        ),
        (
            "when_uncertain: { normal: retry }",
            "posthaste.yaml:3:27: when_uncertain.normal: `retry` is none of resend, hold"
        ),
        (
            "log: { format: xml }",
            "posthaste.yaml:3:16: log.format: `xml` is none of text, json"
        ),
        (
            "retry: { first: 1h, max: 5m }",
            "posthaste.yaml:3:26: retry.max: `max` is shorter than `first`"
        ),
        (
            "public_url: example.org",
            "posthaste.yaml:3:13: public_url: expected an http or https address; write it like https://mail.example.org"
        ),
        (
            "listen: 127.0.0.1:1\nlisten: 127.0.0.1:2",
            "posthaste.yaml:3:1: `listen` is written twice; keep one of them"
        ),
        (
            "retry:\n  - first: 1h",
            "posthaste.yaml:4:3: retry: this is a list (its items begin with `-`), and a map of `name: value` is due"
        ),
        (
            "trusted_proxies: { a: b }",
            "posthaste.yaml:3:18: trusted_proxies: this is a map of `name: value`, and a list is due, each item on a line that "
                + "begins with `- `"
        ),
    ])
    func faultSaysWhereWhatAndAWayOut(_ lines: String, _ fault: String) {
        #expect(SettingsText.minimal(lines).faults == [fault])
    }

    @Test func allFaultsAreTold() {
        let text = """
            listen: nowhere
            providers:
              relay:
                kind: smtp
                url: smtps://mail.example.org:465
                username: posthaste
                pasword: ${SMTP_PASSWORD}
              old: { kind: pigeon, account: a@b.example }
            routes:
              - match: { brand: eastside }
                via: [relay, rely]
              - via: [relay]
              - via: [relay]
            """
        #expect(
            SettingsText(text).faults == [
                "posthaste.yaml:1:9: listen: expected an address and a port, found `nowhere`; write it like 127.0.0.1:8025",
                "posthaste.yaml:6:15: providers.relay.username: `password` is missing; add `password:`",
                "posthaste.yaml:7:5: providers.relay.pasword: unknown key; did you mean `password`?",
                "posthaste.yaml:8:16: providers.old.kind: this version has no kind of provider called `pigeon`; the kinds "
                    + "it has are \(builtInProviders.map(\.name).joined(separator: ", "))",
                "posthaste.yaml:10:21: routes[0].match.brand: there is no brand `eastside`; did you mean `westside`?",
                "posthaste.yaml:11:10: routes[0].via: there is no provider `rely`; did you mean `relay`?",
                "posthaste.yaml:13:5: routes[2]: this route is never reached; routes[1] takes its mail first; move this one "
                    + "before it",
            ]
        )
    }

    @Test func allFaultsOfAGmailProviderAreToldAtOnce() throws {
        let text = """
            proxy: proxy.example.org
            providers:
              gm:
                kind: gmail
                account: nobody
                tokens: databse
                credentials: c.json
                api_url: http://gmail.example
                timeout: 0s
                delivery: sned
                proxy: socks4://h
                user: x
                pass: hunter2
            routes:
              - via: [gm]
            """
        #expect(
            SettingsText(text).faults == [
                "posthaste.yaml:1:8: proxy: expected the address of a proxy; write it like "
                    + "http://proxy.example.org:3128 or socks5h://user:password@host:1080, or `none`",
                "posthaste.yaml:5:14: providers.gm.account: `nobody` is no email address; write the mailbox like "
                    + "noreply@example.org",
                "posthaste.yaml:6:13: providers.gm.tokens: `databse` is no place for tokens; write `database`, "
                    + "`file:PATH`, `service-account:PATH` or `command: [PROGRAM]`",
                "posthaste.yaml:8:14: providers.gm.api_url: the credentials could be read on the way to gmail.example; "
                    + "use https://; http:// is for this machine alone",
                "posthaste.yaml:9:14: providers.gm.timeout: a time limit is longer than nothing",
                "posthaste.yaml:10:15: providers.gm.delivery: `sned` is none of send, draft",
                "posthaste.yaml:11:12: providers.gm.proxy: expected the address of a proxy; write it like "
                    + "http://proxy.example.org:3128 or socks5h://user:password@host:1080, or `none`",
                "posthaste.yaml:12:5: providers.gm.user: unknown key; known keys are account, api_url, canary, "
                    + "credentials, delivery, kind, limits, proxy, sign, timeout, tokens",
                "posthaste.yaml:13:5: providers.gm.pass: unknown key; known keys are account, api_url, canary, "
                    + "credentials, delivery, kind, limits, proxy, sign, timeout, tokens",
            ]
        )
        // The fault of the file that it names can be reported at the same time.
        let refused = #expect(throws: SettingsFaults.self) { try SettingsText(text).read() }
        #expect(refused?.credentialFiles.map(\.path) == ["/etc/posthaste/c.json"])
    }

    @Test(arguments: [
        ("user", "username"), ("pass", "password"), ("passwd", "password"), ("login", "username"), ("host", "url"),
    ])
    func otherWordsForAKeyAreUnderstood(word: String, key: String) {
        let text = "providers: { relay: { kind: smtp, \(word): x } }\nroutes: [{ via: [relay] }]"
        #expect(SettingsText(text).faults.contains { $0.hasSuffix("unknown key; did you mean `\(key)`?") })
    }

    @Test func lastRouteTakesAllThatIsLeft() {
        let text = "providers: { inbox: { kind: capture } }\nroutes: [{ match: { brand: westside }, via: [inbox] }]"
        #expect(
            SettingsText(text).faults == [
                "posthaste.yaml:2:19: routes[0].match: the last route has a `match`; add a last route without `match`, for "
                    + "the mail that no other route takes"
            ]
        )
    }

    @Test func emptyFileLacksProvidersAndRoutes() {
        #expect(
            SettingsText("# nothing\n").faults == [
                "posthaste.yaml:1:1: providers: there is no provider; add one, such as `inbox: { kind: capture }`",
                "posthaste.yaml:1:1: routes: there is no route, so mail could not leave; add `routes: [{ via: [NAME] }]`",
            ]
        )
    }

    @Test func brokenYAMLIsToldWithItsLine() {
        let faults = SettingsText("listen: 127.0.0.1:1\nproviders: [\n").faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("posthaste.yaml:3:1: this is no YAML: ") == true)
    }

    @Test func whatIsSwitchedOffIsNotLookedAt() {
        #expect(SettingsText.minimal("password_reset: { enabled: false, brand: x }\nalerts: []").faults == [])
    }
}
