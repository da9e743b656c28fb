// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Basics
@testable import Monitoring

/// The content of an alert.
@Suite struct AlertTests {
    static func alert(
        _ key: AlertKey = AlertKey(.providerDown, "gmail"),
        _ state: NotificationKind = .firing,
        reason: String? = "authentication (oauth.invalid_grant): Token has been expired or revoked.",
        at: Timestamp = WatchBench.start
    ) -> AlertNotification {
        let symptom = ActiveAlert(
            key,
            .critical,
            since: WatchBench.start - .seconds(3),
            title: "Provider gmail is down",
            reason: reason,
            remedy: "run `posthaste tokens authorize gmail`",
            details: JSONObject([("kind", "gmail")])
        )
        let episode = AlertRecord(
            key: key,
            since: symptom.since,
            title: symptom.title,
            severity: .critical,
            alertedAt: at,
            claimedBy: "a"
        )
        let definition = AlertCatalog().definition(key.name)
        return AlertNotification(
            episode,
            state,
            definition,
            symptom: state == .resolved ? nil : symptom,
            gateway: "mail1"
        )
    }

    @Test func jsonSaysWhatProviderSinceRemedyAndText() {
        let json = Self.alert().json
        #expect(json["what"] == "provider_down")
        #expect(json["provider"] == "gmail")
        #expect(json["since"] == "2026-09-21T14:13:17.000Z")
        #expect(json["remedy"] == "run `posthaste tokens authorize gmail`")
        let text =
            "[posthaste mail1] Provider gmail is down, since 2026-09-21T14:13:17.000Z: authentication "
            + "(oauth.invalid_grant): Token has been expired or revoked. What to do: run `posthaste tokens authorize gmail`."
        #expect(json["text"] == .string(text))
        #expect(json["state"] == "began" && json["severity"] == "critical" && json["gateway"] == "mail1")
        #expect(json["episode"] == "provider_down/gmail" && json["details"]?["kind"] == "gmail")
    }

    @Test func endIsAWordOfItsOwnWithoutARemedy() {
        let json = Self.alert(AlertKey(.providerDown, "gmail"), .resolved).json
        #expect(json["what"] == "provider_back" && json["remedy"] == .null && json["severity"] == "info")
        #expect(Self.alert(AlertKey(.queueAge, "bulk"), .resolved).json["what"] == "queue_age_over")
        #expect(Self.alert(AlertKey(.queueAge, "bulk")).json["provider"] == .null)
    }

    @Test func wordsOfAServerCannotCallAWholeChannel() {
        let text = Self.alert(reason: "<!channel> & <http://evil.example|click>").json["text"]?.string ?? ""
        #expect(text.contains("&lt;!channel&gt; &amp; &lt;http://evil.example|click&gt;"))
        #expect(!text.contains("<") && !text.contains(">"))
    }

    @Test func mailSaysTheSameInPlainText() {
        let alert = Self.alert()
        #expect(alert.subject == "[posthaste mail1] Provider gmail is down")
        for part in ["Provider gmail is down.", "Token has been expired", "tokens authorize gmail", "mail1"] {
            #expect(alert.mailText.contains(part))
        }
    }

    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (119, "1 min"), (7500, "2 h 5 min"), (90_000, "1 d 1 h"), (-5, "0 s"),
    ])
    func spansAreReadable(seconds: Int, words: String) {
        #expect(Duration.seconds(seconds).words == words)
    }

    /// The names and texts that scripts, dashboards and people rely on: name, name and title once resolved, provider.
    private static let wire: [(name: String, resolved: String, title: String, provider: String?)] = [
        ("provider_down", "provider_back", "Provider gmail is back", "gmail"),
        (
            "provider_misconfigured", "provider_misconfigured_over", "Provider gmail no longer refuses what is set up",
            "gmail"
        ),
        ("provider_limited", "provider_limited_over", "Provider gmail takes mail again", "gmail"),
        ("failover", "failover_over", "Mail no longer fails over from gmail to relay", "gmail"),
        ("token_failing", "token_failing_over", "Tokens of provider gmail are renewed again", "gmail"),
        ("grant_dead", "grant_dead_over", "The grant of provider gmail is good again", "gmail"),
        (
            "grant_ending", "grant_ending_over", "The grant of provider gmail is not about to end any more", "gmail"
        ),
        ("queue_age", "queue_age_over", "Mail of lane gmail no longer waits for long", nil),
        ("many_failures", "many_failures_over", "Most mail succeeds again", nil),
        ("nothing_sent", "nothing_sent_over", "Mail leaves again", nil),
        ("uncertain_mail", "uncertain_mail_over", "No mail is held as uncertain any more", nil),
        ("store_unreachable", "store_unreachable_over", "The store can be reached again", nil),
        ("canary_absent", "canary_absent_over", "The canary of provider gmail gets through again", "gmail"),
        ("webhook_down", "webhook_back", "Webhook gmail takes events again", nil),
    ]

    @Test func namesAndTextsOfTheCoreAreTheKnownOnes() {
        #expect(AlertCatalog().names.map(\.rawValue) == Self.wire.map(\.name))
    }

    @Test(arguments: wire)
    func everyAlertCanBeNamedReadBackAndEnded(name: String, resolved: String, title: String, provider: String?) {
        let key = AlertKey(AlertName(rawValue: name), name == "failover" ? "gmail/relay" : "gmail")
        #expect(AlertKey(key.description) == key && AlertKey(name) == AlertKey(key.name))
        let (begun, over) = (Self.alert(key), Self.alert(key, .resolved))
        #expect(begun.what == name && over.what == resolved && over.title == title)
        #expect(begun.provider == provider && begun.json["provider"] == (provider.map(JSON.string) ?? .null))
        #expect(!begun.id.contains(".") && !begun.id.contains("/"))
    }

    @Test func alertOfAnotherVersionCanBeNamed() {
        let key = AlertKey("meteor/gmail")
        #expect(key == AlertKey(AlertName(rawValue: "meteor"), "gmail"))
        let over = Self.alert(AlertKey(AlertName(rawValue: "meteor"), "gmail"), .resolved)
        #expect(over.what == "meteor_over" && over.title == "The alert meteor is over for gmail")
    }

    @Test(arguments: ["", "/gmail", "a.b", "two words/gmail", String(repeating: "a", count: 65)])
    func textThatNamesNoAlertIsNoKey(_ text: String) {
        #expect(AlertKey(text) == nil)
    }
}
