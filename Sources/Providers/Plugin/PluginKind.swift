// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import Settings

extension ProviderKind {
    /// `kind: plugin`.
    public static let plugin = ProviderKind(
        "plugin",
        summary: "a provider of your own in any language, as a program or behind an address",
        sample: ["run: [/opt/plugins/mine]"],
        signing: .byDefault
    ) { settings, context in
        let program = settings.pluginProgram()
        let endpoint = settings.pluginEndpoint()
        let values = settings.confidential("settings")
        if let values, values.value.isList || values.value.isScalar {
            settings.note("expected a map", key: "settings", remedy: "write `settings: { name: value }`, in any depth")
        }
        let timeout = settings.duration("timeout")
        if let timeout, timeout <= .zero { settings.note("a time limit is longer than nothing", key: "timeout") }
        let events = settings.standardWebhookEvents()
        let isProgram = settings.node("run") != nil
        if isProgram == (settings.node("url") != nil) {
            settings.note(
                isProgram ? "a plugin is a program or an address, not both" : "there is no plugin to call",
                key: isProgram ? "url" : nil,
                remedy: "write `run: [/opt/plugins/mine]`, or `url:` and `secret:`"
            )
            return nil
        }
        guard let way = program.map(PluginProvider.Identity.Way.program) ?? endpoint.map({ .address($0) }) else {
            return nil
        }
        let json = values?.json ?? .object(JSONObject())
        let secret = settings.node("secret").map { [$0] } ?? []
        return PluginSettings(
            name: context.name,
            identity: PluginProvider.Identity(
                way: way,
                hello: PluginProtocol.hello(name: context.name, settings: json)
            ),
            timeout: timeout ?? PluginSettings.usualTimeout,
            mask: SecretWords((secret + (values.map { [$0] } ?? [])).flatMap(\.texts)),
            events: events
        )
    }
}

/// The settings of a `plugin` provider.
struct PluginSettings: ProviderSettings {
    static let usualTimeout = Duration.seconds(30)

    let name: String
    let identity: PluginProvider.Identity
    let timeout: Duration
    /// The values below `settings` and the secret of the calls.
    let mask: SecretWords
    let events: EventVerification?

    func provider(_ services: ProviderServices) -> any Provider {
        let log: @Sendable (String, Bool) -> Void = { [name] in services.log(name, $0, $1) }
        let link: any PluginLink =
            switch identity.way {
            case .program(let words):
                PluginProcess(words: words, hello: identity.hello, runner: services.programs, mask: mask, log: log)
            case .address(let endpoint):
                PluginHTTP(
                    endpoint,
                    hello: identity.hello,
                    client: services.http,
                    mask: mask,
                    clock: services.clock,
                    log: log
                )
            }
        return PluginProvider(identity, link: link, timeout: timeout, mask: mask)
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { PluginEvents(events) }
}

extension SettingsReader {
    /// The setting `run`; nil when it is absent or has a fault, which is noted.
    fileprivate func pluginProgram() -> [String]? {
        guard node("run") != nil, let words = strings("run") else { return nil }
        guard let program = words.first, program.hasPrefix("/") else {
            note(
                words.isEmpty
                    ? "there is no program to run" : "the program needs its full path, for no shell looks for it",
                key: "run",
                remedy: "write it like `run: [/usr/bin/python3, /opt/plugins/mine.py]`"
            )
            return nil
        }
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else {
            note("an argument may not have a NUL character", key: "run")
            return nil
        }
        return words
    }

    /// The settings `url`, `secret` and `proxy`; nil when there is no address, or a fault, which is noted.
    fileprivate func pluginEndpoint() -> PluginEndpoint? {
        let proxy = proxy()
        let secret = secret("secret")
        let url = serviceURL("url", default: nil)
        guard node("url") != nil else {
            for key in ["secret", "proxy"] where node(key) != nil {
                note("`\(key)` is for a plugin behind `url`", key: key, remedy: "remove it, or name the `url`")
            }
            return nil
        }
        guard let secret else {
            note("`secret` is missing: the plugin could not tell who calls it", remedy: "add `secret: whsec_…` here")
            return nil
        }
        guard let key = WebhookSecret(secret) else {
            note(
                "this is no secret of Standard Webhooks",
                key: "secret",
                remedy: "make one: `echo whsec_$(head -c 32 /dev/urandom | base64)`"
            )
            return nil
        }
        return url.map { PluginEndpoint(url: $0, secret: key, proxy: proxy) }
    }
}

extension SettingsNode {
    /// The value as JSON: a scalar written without quotes is a number, a boolean or a text; a quoted one, and one from a file or
    /// the environment, is always a text.
    fileprivate var json: JSON {
        switch value {
        case .null: .null
        case .list(let items): .array(items.map(\.json))
        case .map(let members): .object(JSONObject(members.map { ($0.key, $0.node.json) }))
        case .scalar(let text):
            switch text {
            case _ where !isPlain: .string(text)
            case "true", "True", "TRUE": true
            case "false", "False", "FALSE": false
            default: Self.number(text) ?? .string(text)
            }
        }
    }

    /// A number in the form of JSON (RFC 8259 section 6); nil for `007`, `+1` and `1_000`.
    private static func number(_ text: String) -> JSON? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, first.isASCIIDigit else { return nil }
        if first == UInt8(ascii: "0"), digits.utf8.dropFirst().first?.isASCIIDigit == true { return nil }
        return JSON(number: text)
    }

    /// All single values, here and below.
    fileprivate var texts: [String] {
        switch value {
        case .null: []
        case .scalar(let text): [text]
        case .list(let items): items.flatMap(\.texts)
        case .map(let members): members.flatMap(\.node.texts)
        }
    }
}

extension SettingsNode.Value {
    fileprivate var isList: Bool { if case .list = self { true } else { false } }
    fileprivate var isScalar: Bool { if case .scalar = self { true } else { false } }
}
