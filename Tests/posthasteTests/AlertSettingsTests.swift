// SPDX-License-Identifier: Apache-2.0
import JSON
import Mail
import Monitoring
import Queue
import Settings
import Testing

@testable import posthaste

/// The valid settings of `alerts` and `canary`.
@Suite struct AlertSettingsTests {
    private static func node(_ json: JSON) -> SettingsNode {
        let place = SettingsPosition(file: "f", line: 1, column: 1)
        switch json {
        case .null: return SettingsNode(.null, at: place)
        case .array(let items): return SettingsNode(.list(items.map(node)), at: place)
        case .object(let members):
            return SettingsNode(
                .map(members.map { .init(key: $0.key, position: place, node: node($0.value)) }),
                at: place
            )
        case let value: return SettingsNode(.scalar(value.string ?? value.text()), at: place)
        }
    }

    private static func read(_ alerts: JSON) -> (settings: AlertSettings, faults: [String]) {
        let reader = SettingsReader(node(["alerts": alerts]), folder: "/etc/posthaste")
        let settings = reader.alerts(providers: ["gmail", "relay"])
        return (settings, reader.faults().map { "\($0.path): \($0.problem)" })
    }

    @Test func entriesAreReadInTheirOrder() throws {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let (settings, faults) = Self.read([
            ["kind": "webhook", "url": "https://hooks.example.org/x", "secret": .string(secret), "repeat_after": "6h"],
            ["kind": "email", "to": "Ops <ops@example.org>", "via": ["gmail", "relay"], "queue_age": "10m"],
            [
                "kind": "command", "run": ["/bin/page", "-x"], "timeout": "5s", "on": ["provider_down"],
                "repeat_after": "2h",
            ],
            ["kind": "webhook", "url": "http://127.0.0.1:9/", "queue_age": ["critical": "30s", "normal": "20m"]],
        ])
        #expect(faults == [])
        #expect(settings.channels.map(\.name) == ["webhook-1", "email", "command", "webhook-2"])
        #expect(settings.channels[2].alerts == [.providerDown] && settings.channels[0].alerts == nil)
        #expect(settings.channels[2].kind == .command(["/bin/page", "-x"], timeout: .seconds(5)))
        guard case .email(let to, nil, ["gmail", "relay"]) = settings.channels[1].kind else {
            Issue.record("no mail: \(settings.channels[1].kind)")
            return
        }
        #expect(to.map(\.display) == ["Ops <ops@example.org>"])
        // The shortest value applies to all.
        #expect(settings.watchdog.repeatAfter == .seconds(7200))
        #expect(
            settings.watchdog.queueAge == [.critical: .seconds(30), .normal: .seconds(600), .bulk: .seconds(4 * 3600)]
        )
        #expect("\(settings)" == "webhook-1, email, command, webhook-2")
    }

    @Test func withoutEntriesTheUsualLimitsHold() {
        let (settings, faults) = Self.read([])
        #expect(faults == [] && settings.channels == [])
        #expect(settings.watchdog.repeatAfter == .seconds(4 * 3600))
        #expect(settings.watchdog.queueAge[.normal] == .seconds(900))
    }

    /// The alerts of the core and of every feature, as settings, metrics and receivers name them.
    private static let names = [
        "provider_down", "provider_misconfigured", "provider_limited", "failover", "token_failing", "grant_dead",
        "grant_ending", "queue_age", "many_failures", "nothing_sent", "uncertain_mail", "store_unreachable",
        "canary_absent", "webhook_down", "password_reset_burst",
    ]

    @Test func everyAlertCanBeChosen() {
        let on = JSON.array(Self.names.map(JSON.string))
        let (settings, faults) = Self.read([["kind": "command", "run": ["/bin/page"], "on": on]])
        #expect(faults == [])
        #expect(settings.channels.first?.alerts == Set(Self.names.map(AlertName.init(rawValue:))))
        #expect(Features.alerts.names.map(\.rawValue) == Self.names)
    }

    @Test func allFaultsAreToldAtOnce() {
        let faults = Self.read([
            ["kind": "pager"],
            ["url": "https://hooks.example.org"],
            ["kind": "webhook", "url": "http://hooks.example.org", "secret": "abc", "colour": "red"],
            ["kind": "webhook"],
            ["kind": "email", "to": "nobody", "via": ["rely"], "from": "x", "repeat_after": "0s"],
            ["kind": "email"],
            ["kind": "command", "run": ["page"], "timeout": "0s", "on": ["provider_dwn"]],
            ["kind": "command", "queue_age": ["critical": "soon", "slow": "1h"]],
        ]).faults
        let expected: Set<String> = [
            "alerts[0].kind: there is no kind of alert called `pager`", "alerts[1]: `kind` is missing",
            "alerts[2].url: expected an https address",
            "alerts[2].secret: expected `whsec_` and 24 to 64 bytes in base64", "alerts[2].colour: unknown key",
            "alerts[3]: `url` is missing", "alerts[4].to: `nobody` is no address: The address has no @ sign.",
            "alerts[4].from: `x` is no address: The address has no @ sign.",
            "alerts[4].via: there is no provider `rely`", "alerts[4].repeat_after: expected 1 s or more",
            "alerts[5]: `to` is missing", "alerts[5]: `via` is missing",
            "alerts[6].run: the program needs its full path, for no shell looks for it",
            "alerts[6].timeout: expected more than nothing", "alerts[6].on: there is no alert called `provider_dwn`",
            "alerts[7]: `run` is missing", "alerts[7].queue_age.critical: expected a duration, found `soon`",
            "alerts[7].queue_age.slow: unknown key",
        ]
        #expect(Set(faults) == expected)
    }

    private static let warned: [(entry: JSON?, count: Int)] = [
        (nil, 1), (["kind": "webhook", "url": "https://x.example"], 0),
        (["kind": "email", "to": "a@b.example", "via": ["relay"]], 1),
        (["kind": "email", "to": "a@b.example", "via": ["relay", "gmail"]], 0),
    ]

    @Test(arguments: warned)
    func settingsThatLeaveAnOutageUntoldAreWarnedAbout(entry: JSON?, count: Int) {
        #expect(Self.read(.array([entry].compactMap { $0 })).settings.warnings.count == count)
    }

    @Test func twoMailsThroughDifferentProvidersTellOfEachOther() {
        let mail = { (via: String) -> JSON in ["kind": "email", "to": "a@b.example", "via": [.string(via)]] }
        #expect(Self.read([mail("relay"), mail("gmail")]).settings.warnings == [])
        #expect(Self.read([mail("relay"), mail("relay")]).settings.warnings.count == 1)
    }

    @Test func canaryNamesWhomAndHowOften() {
        let read = { (canary: JSON) in
            let reader = SettingsReader(Self.node(["canary": canary]), folder: "/")
            return (reader.canary(), reader.faults().map(\.problem))
        }
        let (canary, faults) = read(["every": "15m", "to": "canary@example.org"])
        #expect(faults == [] && canary?.every == .seconds(900) && canary?.to.display == "canary@example.org")
        #expect(read(["to": "canary@example.org"]).0?.every == .seconds(900))
        #expect(read(["every": "15m"]).1 == ["`to` is missing"])
        #expect(read(["every": "10ms", "to": "c@example.org"]).1 == ["expected 1 s or more"])
        #expect(read("yes").1.count == 2)
        #expect(read(.null).0 == nil)
    }
}
