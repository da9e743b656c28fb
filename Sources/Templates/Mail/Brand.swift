// SPDX-License-Identifier: Apache-2.0
package import JSON
import Text

/// A brand as read from `brand.yaml` and the brand that it inherits from.
package struct Brand: Sendable, Hashable {
    package let name: String
    /// The name of its folder.
    package let id: String
    package let locale: String
    /// As written in the file; nil when not set.
    package let from: String?
    package let replyTo: String?
    /// Canonical names of the allowed link hosts; empty for any host.
    package let linkHosts: [String]
    /// All fields of `{{brand.…}}`.
    package let json: JSON
    /// The strings of `{{strings.…}}` by name.
    package let strings: JSONObject
    /// The names of ``strings`` that exist in the language of the locale.
    let localStrings: Set<String>

    static let fields = [
        "name", "locale", "from", "reply_to", "logo", "colours", "font", "address", "links", "footer", "link_hosts",
        "strings",
    ]
    static let logoFields = ["url", "dark_url", "alt", "width", "height"]

    /// Reads the chain of files: default, default in the locale, the brand, the brand in the locale.
    static func read(_ id: String, _ files: TemplateFiles) throws(CompileError) -> Brand {
        var faults = FaultList()
        var merged = JSONObject()
        var localStrings: Set<String> = []
        for folder in id == "default" ? [id] : ["default", id] {
            for locale in [""] + files.chain.names.reversed() {
                let path = "brands/\(folder)/brand\(locale.isEmpty ? "" : ".")\(locale).yaml"
                let value = faults.noting { () throws(TemplateError) in try files.value(path) }
                guard let value = value ?? nil else { continue }
                let read = members(value, &faults)
                if files.chain.own.contains(locale) || locale.isEmpty && files.chain.isPlain {
                    localStrings.formUnion(read["strings"]?.object.map { Array($0.keys) } ?? [])
                }
                merge(read, into: &merged)
            }
        }
        try faults.check()
        return Brand(id: id, merged, localStrings)
    }

    private init(id: String, _ fields: JSONObject, _ localStrings: Set<String>) {
        self.localStrings = localStrings
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
        linkHosts = fields["link_hosts"]?.array?.compactMap { $0.string.flatMap(WebHost.init)?.name } ?? []
        strings = fields["strings"]?.object ?? JSONObject()
        json = .object(all)
    }

    private static func members(_ yaml: YAMLValue, _ faults: inout FaultList) -> JSONObject {
        faults.add(yaml.unknownKeys(fields, in: "brand.yaml"))
        var result = JSONObject()
        let given = faults.noting { () throws(TemplateError) in try yaml.members("brand.yaml") } ?? []
        // One fault is sufficient for a member with an unknown name.
        for member in given where fields.contains(member.key) {
            let value = member.value
            result[member.key] = value.json
            switch member.key {
            case "strings": result["strings"] = .object(Wording.read(value, &faults))
            case "links": checkTexts(value, "links", &faults)
            case "colours": checkColours(value, &faults)
            case "logo": checkLogo(value, &faults)
            case "link_hosts": checkHosts(value, &faults)
            case "address": result["address"] = address(value, &faults)
            default: checkText(value, member.key, &faults)
            }
        }
        return result
    }

    /// `known` are the allowed names in `value`; nil for any.
    private static func checkTexts(
        _ value: YAMLValue,
        _ what: String,
        known: [String]? = nil,
        _ faults: inout FaultList
    ) {
        for item in faults.noting({ () throws(TemplateError) in try value.members(what) }) ?? []
        where known?.contains(item.key) != false {
            checkText(item.value, item.key, &faults)
        }
    }

    private static func checkLogo(_ value: YAMLValue, _ faults: inout FaultList) {
        guard case .map = value.content else { return checkText(value, "logo", &faults) }
        faults.add(value.unknownKeys(logoFields, in: "logo"))
        checkTexts(value, "logo", known: logoFields, &faults)
    }

    /// The address lines joined to one text.
    private static func address(_ value: YAMLValue, _ faults: inout FaultList) -> JSON {
        guard case .list(let lines) = value.content else {
            checkText(value, "address", &faults)
            return value.json
        }
        let texts = lines.compactMap { line in
            faults.noting { () throws(TemplateError) in try line.text("a line of the address") }
        }
        return .string(texts.joined(separator: "\n"))
    }

    private static func checkHosts(_ value: YAMLValue, _ faults: inout FaultList) {
        guard case .list(let items) = value.content else {
            if case .scalar(.null) = value.content { return }
            let problem =
                if case .map = value.content { ": " + YAMLWords.listIsDue } else { " must be a list of hosts" }
            return faults.add(value.position.error("link_hosts\(problem)"))
        }
        for item in items {
            let text = faults.noting { () throws(TemplateError) in try item.text("a host") }
            guard let text, WebHost(text) == nil else { continue }
            let remedy = "write the name alone, such as example.org, which includes the hosts below it"
            faults.add(item.position.error("`\(text)` in link_hosts is no host: \(remedy)"))
        }
    }

    /// A null means that a value is not set.
    private static func checkText(_ value: YAMLValue, _ what: String, _ faults: inout FaultList) {
        if case .scalar(.null) = value.content { return }
        _ = faults.noting { () throws(TemplateError) in try value.text(what) }
    }

    private static func checkColours(_ value: YAMLValue, _ faults: inout FaultList) {
        for member in faults.noting({ () throws(TemplateError) in try value.members("colours") }) ?? [] {
            if case .map = member.value.content {
                checkColours(member.value, &faults)
                continue
            }
            let text = faults.noting { () throws(TemplateError) in try member.value.text("a colour, in quotes,") }
            if let text, !CSSEscaping.isHarmless(Array(text.utf8)) {
                faults.add(member.value.position.error("`\(member.key)` is no colour; write it as \"#2f51c4\""))
            }
        }
    }

    /// False when links of the brand may not lead to `host`; an IPv6 address has no brackets here.
    package func mayLink(to host: String) -> Bool {
        linkHosts.isEmpty || WebHost(host.contains(":") ? "[\(host)]" : host)?.isWithin(linkHosts) == true
    }

    /// Merges maps name by name; a null removes an inherited value.
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
