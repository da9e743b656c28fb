// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import Foundation
import JSON
import Mail
import Queue
import Server
import Settings
import Yams

/// The effective settings for display: defaults filled in, secrets masked.
enum SettingsView {
    static let mask = "••••••"

    /// `features` are the sections of optional features as written.
    static func json(_ read: ReadSettings, features: [(String, SettingsNode?)] = []) -> JSON {
        let settings = read.settings
        let providers = settings.providers.map { provider in
            (provider.name, node(provider.node, path: "providers.\(provider.name)", secret: read.secretPaths))
        }
        let members: [(String, JSON)] = [
            ("listen", settings.listenView),
            ("public_listen", settings.publicListen.map { .string($0.description) } ?? .null),
            ("public_url", .string(settings.publicURL)),
            ("smtp", settings.smtp.map(\.view) ?? .null),
            ("trusted_proxies", list(settings.trustedProxies)),
            ("fronts", settings.fronts.view),
            ("console", ["enabled": .bool(settings.console.isEnabled)]),
            ("proxy", proxy(settings.proxy)),
            ("store", store(settings.store)),
            ("sealing_keys", list(settings.sealingKeys.map { _ in mask })),
            ("templates", .string(settings.templates)),
            ("default_brand", .string(settings.defaultBrand)),
            ("bounces", settings.bounceDomain.map { ["domain": .string($0)] } ?? .null),
            ("dkim", .array(settings.dkim.map(signer))),
            ("providers", .object(JSONObject(providers))),
            ("routes", .array(settings.routes.routes.map(route))),
            ("retry", retry(settings.retry)),
            ("when_uncertain", .object(JSONObject(uncertain(settings)))),
            ("retention", retention(settings.retention)),
            ("suppress", settings.feedback.view),
            ("shutdown_grace", .string(settings.shutdownGrace.setting)),
            ("log", log(settings.log)),
            ("webhooks", .object(JSONObject(settings.webhooks.map { ($0.name, $0.view) }))),
            (
                "alerts",
                settings.writtenAlerts.map { node($0.node, path: "alerts", secret: read.secretPaths) } ?? .array([])
            ),
        ]
        let sections = features.map { name, section in
            (name, section.map { node($0, path: name, secret: read.secretPaths) } ?? ["enabled": false])
        }
        return .object(JSONObject(members + sections))
    }

    /// The same in YAML, as in a settings file.
    static func yaml(_ view: JSON) -> String {
        // A tree of maps, lists and strings can always be serialized.
        (try? Yams.serialize(node: yamlNode(view), allowUnicode: true)) ?? ""
    }

    private static func node(_ node: SettingsNode, path: String, secret: Set<String>) -> JSON {
        if secret.contains(path) { return .string(mask) }
        switch node.value {
        case .null: return .null
        case .scalar(let text): return .string(withoutPassword(text))
        case .list(let items) where path.hasSuffix(".run"):
            // Arguments of a program may hold a password; the program's name is shown.
            return .array(
                items.indices.map { $0 == 0 ? Self.node(items[0], path: path, secret: secret) : .string(mask) }
            )
        case .list(let items):
            return .array(items.enumerated().map { Self.node($1, path: "\(path)[\($0)]", secret: secret) })
        case .map(let members):
            return .object(
                JSONObject(members.map { ($0.key, Self.node($0.node, path: "\(path).\($0.key)", secret: secret)) })
            )
        }
    }

    /// An address with the part before its `@` masked.
    private static func withoutPassword(_ text: String) -> String {
        guard let start = text.range(of: "://"), let at = text[start.upperBound...].lastIndex(of: "@") else {
            return text
        }
        return text[..<start.upperBound] + mask + text[at...]
    }

    private static func proxy(_ choice: ProxyChoice?) -> JSON {
        switch choice {
        case nil: .null
        case .direct: "none"
        case .through(let proxy): .string(proxy.description)
        }
    }

    private static func signer(_ signer: DKIMSigner) -> JSON {
        ["domain": .string(signer.domain), "selector": .string(signer.selector), "key": .string(mask)]
    }

    private static func list(_ words: [String]) -> JSON { .array(words.map(JSON.string)) }

    private static func route(_ route: Routes.Route) -> JSON {
        var match = JSONObject()
        match["brand"] = route.brand.map(JSON.string)
        match["category"] = route.category.map(JSON.string)
        var view = JSONObject()
        if !match.isEmpty { view["match"] = .object(match) }
        view["via"] = list(route.via)
        return .object(view)
    }

    private static func retry(_ retry: RetryPolicy) -> JSON {
        [
            "first": .string(retry.first.setting), "factor": .number(retry.factor), "max": .string(retry.max.setting),
            "give_up_after": .string(retry.giveUpAfter.setting), "jitter": .number(retry.jitter),
        ]
    }

    private static func uncertain(_ settings: GatewaySettings) -> [(String, JSON)] {
        Priority.allCases.map { ($0.name, .string((settings.whenUncertain[$0] ?? .hold).rawValue)) }
    }

    private static func store(_ store: StoreSettings) -> JSON {
        let migrate = JSON.bool(store.migrates)
        if let path = store.path { return ["url": .string("sqlite:\(path)"), "migrate": migrate] }
        let pooler = JSON.string(store.isPooled ? "transaction" : "none")
        return [
            "url": .string(store.name), "migrate": migrate, "pooler": pooler,
            "connections": .integer(store.connections),
        ]
    }

    private static func log(_ log: LogSettings) -> JSON {
        ["format": .string(log.format.rawValue), "level": .string(log.level.rawValue)]
    }

    private static func retention(_ retention: RetentionSettings) -> JSON {
        ["content": .string(retention.content.setting), "messages": .string(retention.messages.setting)]
    }

    private static func yamlNode(_ value: JSON) -> Yams.Node {
        switch value {
        case .null: Yams.Node("null", Tag(.null))
        case .bool(let value): Yams.Node(value ? "true" : "false", Tag(.bool))
        case .integer(let value): Yams.Node("\(value)", Tag(.int))
        case .number(let value): Yams.Node(PlainNumber.text(value) ?? "\(value)", Tag(.float))
        case .decimal(let digits): Yams.Node(digits, Tag(.float))
        case .string(let text): Yams.Node(text, Tag(.str))
        case .array(let items):
            Yams.Node(items.map(yamlNode), Tag(.seq), items.contains { $0.object != nil } ? .block : .flow)
        case .object(let members): Yams.Node(members.map { (Yams.Node($0.key), yamlNode($0.value)) })
        }
    }
}

extension Duration {
    /// The form used in settings, in the largest unit that fits.
    var setting: String {
        let units: [(String, Int64)] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        let unit = units.first { milliseconds != 0 && milliseconds.isMultiple(of: $0.1) }
        return unit.map { "\(milliseconds / $0.1)\($0.0)" } ?? "\(milliseconds)ms"
    }
}
