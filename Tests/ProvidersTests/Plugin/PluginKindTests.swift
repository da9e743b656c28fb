// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Settings
import Testing

@testable import Providers

struct PluginKindTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test(
        arguments: [
            ([:], ["there is no plugin to call"]),
            (["run": ["bin/mine"]], ["the program needs its full path, for no shell looks for it"]),
            (["run": []], ["there is no program to run"]),
            (
                ["run": ["/p"], "url": "https://p.example.org", "secret": .scalar(secret)],
                ["a plugin is a program or an address, not both"]
            ),
            (
                ["run": ["/p"], "secret": .scalar(secret), "proxy": "none"],
                ["`secret` is for a plugin behind `url`", "`proxy` is for a plugin behind `url`"]
            ),
            (["url": "https://p.example.org"], ["`secret` is missing: the plugin could not tell who calls it"]),
            (["url": "https://p.example.org", "secret": "whsec_short"], ["this is no secret of Standard Webhooks"]),
            (
                ["url": "http://p.example.org", "secret": .scalar(secret)],
                ["the credentials could be read on the way to p.example.org"]
            ),
            (["url": "p.example.org", "secret": .scalar(secret)], ["this is no address of an API"]),
            (["run": ["/p"], "settings": ["one"]], ["expected a map"]),
            (["run": ["/p"], "settings": "one"], ["expected a map"]),
            (["run": ["/p"], "timeout": "0s"], ["a time limit is longer than nothing"]),
            (["run": ["/p"], "retries": "1"], ["unknown key"]),
            (
                ["run": ["p"], "timeout": "soon", "settings": "x"],
                [
                    "the program needs its full path, for no shell looks for it", "expected a duration, found `soon`",
                    "expected a map",
                ]
            ),
        ] as [(SampleSettings, [String])]
    )
    func faultsAreNotedAllAtOnce(_ settings: SampleSettings, _ problems: [String]) {
        let reader = settings.reader
        _ = ProviderKind.plugin.read(reader, SampleProvider.sample().context)
        #expect(Set(reader.faults().map(\.problem)) == Set(problems))
    }

    /// Keys are shown, values are not: whatever their form.
    @Test func everyValueOfSettingsIsSecret() {
        let settings: SampleSettings = [
            "run": ["/p"], "settings": ["token": "t", "list": ["a", "b"], "deep": ["er": ["run": ["x"], "n": "1"]]],
        ]
        let reader = settings.reader
        _ = ProviderKind.plugin.read(reader, SampleProvider.sample().context)
        #expect(
            Set(reader.secretPaths.filter { $0.contains(".settings") }) == [
                "providers.p.settings.token", "providers.p.settings.list", "providers.p.settings.deep.er.run",
                "providers.p.settings.deep.er.n",
            ]
        )
    }

    /// What is written without quotes may be a number or a boolean; a secret from a file or the environment never is.
    @Test(arguments: [
        ("17", true, JSON.integer(17)), ("17", false, "17"), ("-1.5", true, .number(-1.5)), ("007", true, "007"),
        ("+1", true, "+1"), ("1_000", true, "1_000"), ("true", true, true), ("False", true, false),
        ("true", false, "true"),
        ("yes", true, "yes"), ("1e3", true, .number(1000)), ("", false, ""), ("0", true, 0), ("-", true, "-"),
    ])
    func settingsAreHandedOverAsTheyAre(_ text: String, _ isPlain: Bool, _ value: JSON) throws {
        let place = SettingsPosition(file: "", line: 1, column: 1)
        func node(_ value: SettingsNode.Value, isPlain: Bool = false) -> SettingsNode {
            SettingsNode(value, at: place, isPlain: isPlain)
        }
        func map(_ key: String, _ value: SettingsNode) -> SettingsNode {
            node(.map([.init(key: key, position: place, node: value)]))
        }
        var members = [SettingsNode.Member(key: "run", position: place, node: node(.list([node(.scalar("/p"))])))]
        let settings = map("a", node(.list([node(.scalar(text), isPlain: isPlain), node(.null)])))
        members.append(.init(key: "settings", position: place, node: settings))
        let reader = SettingsReader(node(.map(members)), folder: "/")
        let read = try #require(ProviderKind.plugin.read(reader, SampleProvider.sample().context) as? PluginSettings)
        let hello: JSON = ["hello": ["protocol": 1, "name": "p", "settings": ["a": [value, nil]]]]
        #expect(read.identity.hello == hello.encoded())
    }
}
