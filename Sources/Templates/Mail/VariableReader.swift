// SPDX-License-Identifier: Apache-2.0
import JSON

/// Reads `variables:` of `template.yaml`.
enum VariableReader {
    private static let keys = ["type", "required", "default", "description", "secret", "format", "of", "fields"]

    static func declarations(
        _ value: YAMLValue,
        reserved: [String] = []
    ) throws(TemplateError) -> [(declaration: VariableDeclaration, at: Position)] {
        var result: [(declaration: VariableDeclaration, at: Position)] = []
        for member in try value.members("variables") {
            let name = member.key
            guard !name.isEmpty, name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }) else {
                throw member.at.error("`\(name)` is no name for a variable: use letters, digits and `_`")
            }
            guard !reserved.contains(name) else { throw member.at.error("`\(name)` is taken; choose another name") }
            result.append((try declaration(name, member.value), member.at))
        }
        return result
    }

    private static func declaration(_ name: String, _ value: YAMLValue) throws(TemplateError) -> VariableDeclaration {
        if case .scalar = value.content {
            return VariableDeclaration(name: name, type: try type(value, nil))
        }
        try value.checkKeys(keys, in: "the variable `\(name)`")
        guard let word = value["type"] else { throw value.position.error("the variable `\(name)` has no `type`") }
        let type = try type(word, value)
        let format = try value["format"].map { value throws(TemplateError) in try value.text("format") }
        if let format, ValueFormat(type, format) == nil, let place = value["format"]?.position {
            throw place.error("a \(type.word) has no format `\(format)`")
        }
        let declaration = VariableDeclaration(
            name: name,
            type: type,
            isRequired: try flag(value, "required"),
            fallback: value["default"].map(\.json),
            summary: try value["description"].map { value throws(TemplateError) in try value.text("description") },
            isSecret: try flag(value, "secret"),
            format: format
        )
        try checkDefault(declaration, value)
        return declaration
    }

    private static func checkDefault(_ declaration: VariableDeclaration, _ value: YAMLValue) throws(TemplateError) {
        guard let fallback = declaration.fallback, let place = value["default"]?.position else { return }
        var check = VariableCheck()
        check.check(JSONObject([(declaration.name, fallback)]), [declaration], at: .root)
        if let fault = check.faults.first { throw place.error("this default does not fit: \(fault.detail)") }
    }

    private static func flag(_ value: YAMLValue, _ key: String) throws(TemplateError) -> Bool {
        guard let flag = value[key] else { return false }
        guard case .scalar(.bool(let isOn)) = flag.content else {
            throw flag.position.error("`\(key)` is true or false")
        }
        return isOn
    }

    private static func type(_ word: YAMLValue, _ declaration: YAMLValue?) throws(TemplateError) -> VariableType {
        let text = try word.text("type")
        let inner = declaration?["of"] ?? declaration?["fields"]
        switch text {
        case "list": return .list(try inner.map { value throws(TemplateError) in try item(value) } ?? .string)
        case "object":
            guard let inner else { throw word.position.error("an object needs `fields:`, a map of its fields") }
            return .object(try declarations(inner).map(\.declaration))
        default:
            guard let type = VariableType(word: text) else {
                let hint = Spelling.hint(for: text, among: VariableType.words)
                let known = VariableType.words.joined(separator: ", ")
                throw word.position.error("`\(text)` is no type\(hint); known are \(known)")
            }
            return type
        }
    }

    /// `of:` is a type, a declaration, or a map of fields.
    private static func item(_ value: YAMLValue) throws(TemplateError) -> VariableType {
        if case .scalar = value.content { return try type(value, nil) }
        if let word = value["type"], case .scalar(.string(let text)) = word.content, VariableType.words.contains(text) {
            return try declaration("item", value).type
        }
        return .object(try declarations(value).map(\.declaration))
    }
}
