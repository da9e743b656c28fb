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
        return AlertNotification(episode, state, symptom: state == .resolved ? nil : symptom, gateway: "mail1")
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

    @Test(arguments: AlertName.allCases)
    func everyEpisodeCanBeNamedReadBackAndEnded(trouble: AlertName) {
        let key = AlertKey(trouble, trouble == .failover ? "gmail/relay" : "gmail")
        #expect(AlertKey(key.description) == key)
        #expect(AlertKey(trouble.rawValue) == AlertKey(trouble))
        #expect(!key.overTitle.isEmpty && key.trouble.overWord != trouble.rawValue)
        #expect(!AlertTests.alert(key).id.contains(".") && !AlertTests.alert(key).id.contains("/"))
    }

    @Test func troubleOfAnotherVersionIsNotRead() {
        #expect(AlertKey("meteor/gmail") == nil)
        #expect(AlertKey("") == nil)
    }
}
