// SPDX-License-Identifier: Apache-2.0

extension Expander {
    /// Resolves a name to a variable or a fixed value in the innermost scope that has it.
    ///
    /// A map of free names, such as the brand's links, matches every name that no other scope has.
    mutating func meaning(_ name: Name, isRaw: Bool) throws(TemplateError) -> Slot {
        guard let first = name.parts.first else { return try currentItem(name, isRaw) }
        var freeMap: (level: Int, shape: FixedShape)?
        for scope in scopes.reversed() {
            switch scope {
            case .variable(let frame, let type, let path):
                guard let declaration = type.fields.first(where: { $0.name == first }) else { continue }
                return try variable(name, frame, declaration, path, isRaw)
            case .fixed(let level, let shape):
                if shape.isMap, freeMap == nil { freeMap = (level, shape) }
                if shape.hasField(first) { return try fixed(name, level, shape, isRaw) }
            }
        }
        if FixedShape.root.hasField(first) { return try fixed(name, 0, .root, isRaw) }
        if let freeMap { return try fixed(name, freeMap.level, freeMap.shape, isRaw) }
        if let habit = HandlebarsHabit.name(name.text) { throw name.position.error(habit) }
        let known = scopes.flatMap {
            if case .variable(_, let type, _) = $0 { type.fields.map(\.name) } else { [String]() }
        }
        let hint = Spelling.hint(for: first, among: known + FixedShape.root.fields)
        throw name.position.error("`\(name.text)` is not declared in template.yaml\(hint)")
    }

    private func currentItem(_ name: Name, _ isRaw: Bool) throws(TemplateError) -> Slot {
        guard scopes.count > 1, let scope = scopes.last else {
            throw name.position.error("{{.}} is the item of a list; there is no list here")
        }
        switch scope {
        case .fixed(let level, let shape): return try fixed(name, level, shape, isRaw)
        case .variable(let frame, let type, let path):
            var value = Program.Value(
                name: name,
                frame: frame,
                path: [],
                format: ValueFormat(type, nil) ?? .plain
            )
            value.isGatewayValue = isGatewayValue(path)
            return Slot(value: value, type: type, isRaw: isRaw, path: path)
        }
    }

    private func isGatewayValue(_ path: [String]) -> Bool {
        guard case .variable(_, let root, _)? = scopes.first, path.count == 1 else { return false }
        return root.fields.contains { $0.name == path[0] && $0.isGatewayValue }
    }

    private mutating func variable(
        _ name: Name,
        _ frame: Int,
        _ declaration: VariableDeclaration,
        _ outer: [String],
        _ isRaw: Bool
    ) throws(TemplateError) -> Slot {
        var declaration = declaration
        var path = outer + [declaration.name]
        usedNames.insert(path.joined(separator: "."))
        for part in name.parts.dropFirst() {
            if declaration.type == .number, let category = PluralCategory(rawValue: part), part == name.parts.last {
                return plural(category, name, frame, declaration, path)
            }
            guard let field = declaration.type.fields.first(where: { $0.name == part }) else {
                let hint = Spelling.hint(for: part, among: declaration.type.fields.map(\.name))
                throw name.position.error("`\(declaration.name)` has no field `\(part)`\(hint)")
            }
            declaration = field
            path.append(part)
            usedNames.insert(path.joined(separator: "."))
        }
        var value = Program.Value(name: name, frame: frame, path: name.parts, fallback: declaration.fallback)
        value.format = ValueFormat(declaration.type, declaration.format) ?? .plain
        value.isGatewayValue = declaration.isGatewayValue
        return Slot(value: value, type: declaration.type, isRaw: isRaw, path: path)
    }

    private mutating func plural(
        _ category: PluralCategory,
        _ name: Name,
        _ frame: Int,
        _ declaration: VariableDeclaration,
        _ path: [String]
    ) -> Slot {
        let format = ValueFormat(declaration.type, declaration.format) ?? .plain
        plurals.insert(PluralUse(path: path, format: format, fallback: declaration.fallback))
        let hidden = name.parts.dropLast(2) + [PluralUse.member(for: declaration.name), category.rawValue]
        let value = Program.Value(name: name, frame: frame, path: Array(hidden))
        return Slot(value: value, type: .boolean, isRaw: false, path: path, isPlural: true)
    }

    private func fixed(_ name: Name, _ level: Int, _ outer: FixedShape, _ isRaw: Bool) throws(TemplateError) -> Slot {
        var shape = outer
        for part in name.parts {
            guard let next = shape.below(part) else {
                let hint = Spelling.hint(for: part, among: shape.fields)
                throw name.position.error("\(shape.words) has no field `\(part)`\(hint)")
            }
            shape = next
        }
        let value = Program.Value(name: name, frame: nil, path: name.parts)
        return Slot(
            value: value,
            type: shape == .list ? .list(.string) : .string,
            isRaw: isRaw,
            fixedLevel: level,
            shape: shape == .list ? .text : shape
        )
    }
}
