// SPDX-License-Identifier: Apache-2.0
import JSON

/// A number whose plural category a template uses, as in `{{#count.one}}`.
struct PluralUse: Sendable, Hashable {
    /// The declared names from the data to the number.
    let path: [String]
    /// Its display format, which determines the category.
    let format: ValueFormat
    let fallback: JSON?

    /// The data member with the category of the number `name`; no sender can declare a name like it.
    static func member(for name: String) -> String { "\(name) plural" }

    /// Adds the category of each number in `uses` to `data`.
    static func prepare(_ data: JSON, _ uses: Set<PluralUse>, locale: String) -> JSON {
        uses.reduce(data) { data, use in use.prepare(data, use.path[...], locale) }
    }

    private func prepare(_ value: JSON, _ path: ArraySlice<String>, _ locale: String) -> JSON {
        if case .array(let items) = value { return .array(items.map { prepare($0, path, locale) }) }
        guard let name = path.first, var members = value.object ?? (value.isNull ? JSONObject() : nil) else {
            return value
        }
        if path.count > 1 {
            if let inner = members[name] { members[name] = prepare(inner, path.dropFirst(), locale) }
        } else if let category = category(members[name] ?? .null, locale) {
            members[Self.member(for: name)] = .object(JSONObject([(category.rawValue, JSON.bool(true))]))
        }
        return .object(members)
    }

    private func category(_ value: JSON, _ locale: String) -> PluralCategory? {
        let number = value.isNull ? fallback ?? .null : value
        return format.digits(number).map { PluralCategory($0, locale: locale) }
    }
}

extension Program.Value {
    /// The plural category that the name selects; nil for other names.
    var pluralCategory: PluralCategory? {
        guard path.count > 1, path[path.count - 2].hasSuffix(PluralUse.member(for: "")) else { return nil }
        return path.last.flatMap(PluralCategory.init)
    }
}
