// SPDX-License-Identifier: Apache-2.0
import JSON

/// Reads `variables:` of `template.yaml`.
struct VariableReader {
    private static let keys = ["type", "required", "default", "description", "secret", "format", "of", "fields"]

    private var faults: FaultList

    /// The valid declarations; the faults of all others are added to `faults`.
    static func declarations(
        _ value: YAMLValue,
        _ reserved: [String],
        _ faults: inout FaultList
    ) -> [VariableDeclaration] {
        var reader = VariableReader(faults: faults)
        defer { faults = reader.faults }
        return reader.declarations(value, reserved: reserved)
    }

    /// The position of each variable's declaration, and of each field's by its dotted name.
    static func positions(_ value: YAMLValue?, below prefix: String = "") -> [String: Position] {
        guard let value, case .map(let members) = value.content else { return [:] }
        var result: [String: Position] = [:]
        for member in members {
            result[prefix + member.key] = member.at
            guard let fields = fields(of: member.value) else { continue }
            result.merge(positions(fields, below: "\(prefix)\(member.key).")) { first, _ in first }
        }
        return result
    }

    private static func fields(of declaration: YAMLValue) -> YAMLValue? {
        guard let inner = declaration["of"] ?? declaration["fields"] else { return nil }
        return isDeclaration(inner) ? fields(of: inner) : inner
    }

    /// Whether `of:` is a declaration, and not a map of fields.
    private static func isDeclaration(_ value: YAMLValue) -> Bool {
        guard let word = value["type"], case .scalar(.string(let text)) = word.content else { return false }
        return VariableType.words.contains(text)
    }

    private mutating func noting<Value>(_ work: () throws(TemplateError) -> Value) -> Value? { faults.noting(work) }

    private mutating func declarations(_ value: YAMLValue, reserved: [String] = []) -> [VariableDeclaration] {
        var result: [VariableDeclaration] = []
        for member in noting({ () throws(TemplateError) in try value.members("variables") }) ?? [] {
            let name = member.key
            if name.isEmpty || !name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") }) {
                faults.add(member.at.error("`\(name)` is no name for a variable: use letters, digits and `_`"))
            } else if reserved.contains(name) {
                faults.add(member.at.error("`\(name)` is taken; choose another name"))
            } else if let declaration = declaration(name, member.value) {
                result.append(declaration)
            }
        }
        return result
    }

    private mutating func declaration(_ name: String, _ value: YAMLValue) -> VariableDeclaration? {
        if case .scalar = value.content {
            return type(value, nil).map { VariableDeclaration(name: name, type: $0) }
        }
        faults.add(value.unknownKeys(Self.keys, in: "the variable `\(name)`"))
        guard let word = value["type"] else {
            faults.add(value.position.error("the variable `\(name)` has no `type`"))
            return nil
        }
        guard let type = type(word, value) else { return nil }
        let declaration = VariableDeclaration(
            name: name,
            type: type,
            isRequired: flag(value, "required"),
            fallback: value["default"].map(\.json),
            summary: text(value, "description"),
            isSecret: flag(value, "secret"),
            format: text(value, "format")
        )
        checkFormat(declaration, value)
        checkDefault(declaration, value)
        return declaration
    }

    private mutating func text(_ value: YAMLValue, _ key: String) -> String? {
        noting { () throws(TemplateError) in try value[key]?.text(key) } ?? nil
    }

    private mutating func checkFormat(_ declaration: VariableDeclaration, _ value: YAMLValue) {
        guard let format = declaration.format, let place = value["format"]?.position else { return }
        if ValueFormat(declaration.type, format) == nil {
            faults.add(place.error("a \(declaration.type.word) has no format `\(format)`"))
        }
    }

    private mutating func checkDefault(_ declaration: VariableDeclaration, _ value: YAMLValue) {
        guard let fallback = declaration.fallback, let place = value["default"]?.position else { return }
        var check = VariableCheck()
        check.check(JSONObject([(declaration.name, fallback)]), [declaration], at: .root)
        if let fault = check.faults.first { faults.add(place.error("this default does not fit: \(fault.detail)")) }
    }

    private mutating func flag(_ value: YAMLValue, _ key: String) -> Bool {
        guard let flag = value[key] else { return false }
        if case .scalar(.bool(let isOn)) = flag.content { return isOn }
        faults.add(flag.position.error("`\(key)` is true or false"))
        return false
    }

    private mutating func type(_ word: YAMLValue, _ declaration: YAMLValue?) -> VariableType? {
        guard let text = noting({ () throws(TemplateError) in try word.text("type") }) else { return nil }
        let inner = declaration?["of"] ?? declaration?["fields"]
        switch text {
        case "list":
            guard let inner else { return .list(.string) }
            return item(inner).map(VariableType.list)
        case "object":
            guard let inner else {
                faults.add(word.position.error("an object needs `fields:`, a map of its fields"))
                return nil
            }
            return .object(declarations(inner))
        default:
            if let type = VariableType(word: text) { return type }
            let hint = Spelling.hint(for: text, among: VariableType.words)
            let known = VariableType.words.joined(separator: ", ")
            faults.add(word.position.error("`\(text)` is no type\(hint); known are \(known)"))
            return nil
        }
    }

    /// `of:` is a type, a declaration, or a map of fields.
    private mutating func item(_ value: YAMLValue) -> VariableType? {
        if case .scalar = value.content { return type(value, nil) }
        return Self.isDeclaration(value) ? declaration("item", value)?.type : .object(declarations(value))
    }
}
