// SPDX-License-Identifier: Apache-2.0
package import JSON

/// Whose mail it is, as read from `brand.yaml` and the brand that it inherits from.
package struct Brand: Sendable, Hashable {
    package let name: String
    /// The name of its folder.
    package let id: String
    package let locale: String
    /// As written in the file; nil when not set.
    package let from: String?
    package let replyTo: String?
    /// Hosts that its links may lead to; empty for any https host.
    package let linkHosts: [String]
    /// All fields as `{{brand.…}}` sees them.
    package let json: JSON
    /// Wording by name, as `{{strings.…}}` sees it.
    package let strings: JSONObject

    static let fields = [
        "name", "locale", "from", "reply_to", "logo", "colours", "font", "address", "links", "footer", "link_hosts",
        "strings",
    ]
    private static let logoFields = ["url", "dark_url", "alt", "width", "height"]

    /// Reads the chain of files: default, default in the locale, the brand, the brand in the locale.
    static func read(
        _ id: String,
        _ files: TemplateFiles,
        locales: [String]
    ) throws(TemplateError) -> Brand {
        var merged = JSONObject()
        for folder in id == "default" ? [id] : ["default", id] {
            let paths =
                ["brands/\(folder)/brand.yaml"]
                + locales.reversed().map { "brands/\(folder)/brand.\($0).yaml" }
            for path in paths {
                guard let file = try files.read(path) else { continue }
                merge(try members(YAMLValue.read(file)), into: &merged)
            }
        }
        return Brand(id: id, merged)
    }

    private init(id: String, _ fields: JSONObject) {
        var all = JSONObject(Self.fields.map { ($0, fields[$0] ?? .null) })
        let name = fields["name"]?.string ?? id
        all["name"] = .string(name)
        for map in ["links", "colours", "strings"] where all[map]?.object == nil { all[map] = .object(JSONObject()) }
        if let logo = all["logo"], !logo.isNull {
            let given = logo.object ?? JSONObject([("url", logo)])
            var full = JSONObject(Self.logoFields.map { ($0, given[$0] ?? .null) })
            if full["alt"]?.isNull == true { full["alt"] = .string(name) }
            all["logo"] = .object(full)
        }
        let address = all["address"]?.string ?? ""
        let lines = address.split(whereSeparator: \.isNewline).map { JSON.string(String($0)) }
        all["address_lines"] = .array(lines)
        self.id = id
        self.name = name
        locale = fields["locale"]?.string ?? "en"
        from = fields["from"]?.string
        replyTo = fields["reply_to"]?.string
        linkHosts = fields["link_hosts"]?.array?.compactMap(\.string) ?? []
        strings = fields["strings"]?.object ?? JSONObject()
        json = .object(all)
    }

    private static func members(_ yaml: YAMLValue) throws(TemplateError) -> JSONObject {
        try yaml.checkKeys(fields, in: "brand.yaml")
        var result = JSONObject()
        for member in try yaml.members("brand.yaml") {
            switch member.key {
            case "links", "strings":
                for item in try member.value.members(member.key) { _ = try item.value.text(item.key) }
            case "colours": try checkColours(member.value)
            case "logo":
                if case .map = member.value.content { try member.value.checkKeys(logoFields, in: "logo") }
            case "link_hosts":
                guard case .list(let items) = member.value.content else {
                    throw member.at.error("link_hosts must be a list of hosts")
                }
                for item in items { _ = try item.text("a host") }
            case "address":
                if case .list(let lines) = member.value.content {
                    var texts: [String] = []
                    for line in lines { texts.append(try line.text("a line of the address")) }
                    result["address"] = .string(texts.joined(separator: "\n"))
                    continue
                }
                _ = try textOrNull(member.value, "address")
            default: try textOrNull(member.value, member.key)
            }
            result[member.key] = member.value.json
        }
        return result
    }

    private static func textOrNull(_ value: YAMLValue, _ what: String) throws(TemplateError) {
        if case .scalar(.null) = value.content { return }
        _ = try value.text(what)
    }

    private static func checkColours(_ value: YAMLValue) throws(TemplateError) {
        for member in try value.members("colours") {
            if case .map = member.value.content {
                try checkColours(member.value)
            } else if !CSSEscaping.isHarmless(Array(try member.value.text("a colour, in quotes,").utf8)) {
                throw member.value.position.error("`\(member.key)` is no colour; write it as \"#2f51c4\"")
            }
        }
    }

    /// Maps are merged name by name; a null takes an inherited value away.
    private static func merge(_ new: JSONObject, into old: inout JSONObject) {
        for (key, value) in new {
            if case .object(let inner) = value, case .object(var outer)? = old[key] {
                merge(inner, into: &outer)
                old[key] = .object(outer)
            } else {
                old[key] = value
            }
        }
    }
}
