// SPDX-License-Identifier: Apache-2.0
import JSON
import Server
import Settings

extension SettingsReader {
    private static let firstTag = "first-tag"

    /// The section `fronts`: a list of the fronts that are served, or a map with that list under `enabled`, with
    /// `category`, and with the settings of single fronts under their names.
    func fronts() -> FrontsSettings {
        guard let node = node("fronts") else { return FrontsSettings(enabled: Set(Fronts.names)) }
        guard case .map = node.value else { return FrontsSettings(enabled: fronts(strings("fronts"), key: "fronts")) }
        guard let reader = map("fronts") else { return FrontsSettings(enabled: []) }
        let enabled = reader.strings("enabled").map { reader.fronts($0, key: "enabled") } ?? Set(Fronts.names)
        let usesFirstTag = reader.choice("category", of: ["none", Self.firstTag]) == Self.firstTag
        var settings = FrontsSettings(enabled: enabled)
        for name in Fronts.names {
            let templates = reader.map(name)?.map("templates")
            let pairs = templates.map { templates in templates.keys.map { ($0, templates.string($0) ?? "") } } ?? []
            guard !pairs.isEmpty || usesFirstTag else { continue }
            settings.fronts[name] = FrontSettings(
                templates: Dictionary(pairs) { first, _ in first },
                usesFirstTagAsCategory: usesFirstTag
            )
        }
        return settings
    }

    private func fronts(_ names: [String]?, key: String) -> Set<String> {
        for name in names ?? [] { check(name, isOneOf: Fronts.names, as: "front", key: key) }
        return Set(names ?? [])
    }
}

extension FrontsSettings {
    /// As in a settings file: the list alone where nothing else is set.
    var view: JSON {
        let served = JSON.array(Fronts.names.filter(enabled.contains).map(JSON.string))
        guard !fronts.isEmpty else { return served }
        var view = JSONObject([("enabled", served)])
        if fronts.values.contains(where: \.usesFirstTagAsCategory) { view["category"] = "first-tag" }
        for name in Fronts.names {
            guard let templates = fronts[name]?.templates, !templates.isEmpty else { continue }
            let pairs = templates.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
            view[name] = ["templates": .object(JSONObject(pairs))]
        }
        return .object(view)
    }
}
