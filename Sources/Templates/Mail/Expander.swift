// SPDX-License-Identifier: Apache-2.0
import JSON

/// Puts layout, partials, blocks and constants in, and binds each name to the variable it means.
struct Expander {
    private enum Scope {
        case runtime(frame: Int, VariableType)
        case constant(JSON)
    }

    private struct Filling {
        let block: Block
        let outer: [String: Filling]
    }

    private enum Meaning {
        case variable(Slot)
        case constant(JSON?)
    }

    /// Names that are known while compiling: `brand`, `strings`, `locale` and the like.
    let constants: [String: JSON]
    /// What `{{subject}}` puts in.
    let subject: [Node]
    let parse: (String, Position) throws(TemplateError) -> [Node]
    private var scopes: [Scope]
    private var frames = 1
    private var fillings: [String: Filling] = [:]
    private var indentation: [UInt8] = []
    private var depth = 0
    private var inclusions = 0
    private(set) var usedNames: Set<String> = []
    private var pieces: [Piece] = []

    init(
        _ variables: [VariableDeclaration],
        constants: [String: JSON],
        subject: [Node],
        parse: @escaping (String, Position) throws(TemplateError) -> [Node]
    ) {
        self.constants = constants
        self.subject = subject
        self.parse = parse
        scopes = [.runtime(frame: 0, .object(variables))]
    }

    mutating func expand(_ nodes: [Node]) throws(TemplateError) -> [Piece] {
        let outer = pieces
        pieces = []
        for node in nodes { try append(node) }
        defer { pieces = outer }
        return pieces
    }

    private mutating func append(_ node: Node) throws(TemplateError) {
        switch node {
        case .text(let bytes, let position): pieces.append(.text(bytes, position))
        case .lineStart:
            guard !indentation.isEmpty else { return }
            pieces.append(.text(indentation[...], Position(source: SourceFile(name: "", bytes: []), offset: 0)))
        case .value(let name, let raw): try appendValue(name, isRaw: raw)
        case .section(let section): try append(section)
        case .partial(let partial):
            try include(partial.target, Array(partial.indentation), partial.position, fillings)
        case .parent(let parent):
            var inner = fillings
            for block in parent.blocks where inner[block.name] == nil {
                inner[block.name] = Filling(block: block, outer: fillings)
            }
            try include(parent.target, Array(parent.indentation), parent.position, inner)
        case .block(let block): try append(block)
        }
    }

    private mutating func include(
        _ target: PartialTarget,
        _ added: [UInt8],
        _ position: Position,
        _ inner: [String: Filling]
    ) throws(TemplateError) {
        guard case .fixed(let name) = target else {
            throw position.error("names of partials made at run time are not allowed in mail")
        }
        let nodes = try parse(name, position)
        inclusions += 1
        guard depth < 100, inclusions < 5_000 else {
            throw position.error("partials are nested too deep; `\(name)` seems to contain itself")
        }
        depth += 1
        defer { depth -= 1 }
        let outer = fillings
        fillings = inner
        defer { fillings = outer }
        try indented(added) { expander throws(TemplateError) in
            for node in nodes { try expander.append(node) }
        }
    }

    private mutating func append(_ block: Block) throws(TemplateError) {
        guard let filling = fillings[block.name] else {
            return try indented(block.isStandalone ? Array(block.indentation) : []) { expander throws(TemplateError) in
                for node in block.nodes { try expander.append(node) }
            }
        }
        let outer = fillings
        fillings = filling.outer
        defer { fillings = outer }
        try indented(Array(block.indentation)) { expander throws(TemplateError) in
            var nodes = filling.block.nodes[...]
            var beginsLine = false
            if case .lineStart = nodes.first { beginsLine = true }
            if beginsLine, !block.isStandalone { nodes = nodes.dropFirst() }
            if !beginsLine, block.isStandalone { try expander.append(.lineStart) }
            for node in nodes { try expander.append(node) }
        }
    }

    private mutating func indented(
        _ added: [UInt8],
        _ body: (inout Expander) throws(TemplateError) -> Void
    ) throws(TemplateError) {
        let outer = indentation
        indentation += added
        defer { indentation = outer }
        try body(&self)
    }

    private mutating func appendValue(_ name: Name, isRaw: Bool) throws(TemplateError) {
        if name.parts == ["subject"], !declares("subject") {
            for node in subject { try append(node) }
            return
        }
        switch try meaning(name, isRaw: isRaw) {
        case .variable(let slot):
            if case .list = slot.type { throw name.position.error("`\(name.text)` is a list: write {{#\(name.text)}}") }
            if case .object = slot.type {
                throw name.position.error("`\(name.text)` is an object: name one of its fields")
            }
            pieces.append(.value(slot))
        case .constant(let value?):
            let shown = value["url"] ?? value
            pieces.append(.constant(ValueFormat.plain.text(shown, .english) ?? "", name, isRaw: isRaw))
        case .constant(nil): throw name.position.error("`\(name.text)` is not set; ask with {{#\(name.text)}} first")
        }
    }

    private func declares(_ name: String) -> Bool {
        scopes.contains {
            if case .runtime(_, let type) = $0 { type.fields.contains { $0.name == name } } else { false }
        }
    }

    private mutating func append(_ section: Section) throws(TemplateError) {
        switch try meaning(section.name, isRaw: false) {
        case .constant(let value):
            let isTrue = value?.isTruthy ?? false
            guard isTrue != section.isInverted else { return }
            for item in section.isInverted ? [.null] : value?.array ?? [value ?? .null] {
                try scoped(section.isInverted ? nil : .constant(item)) { expander throws(TemplateError) in
                    for node in section.nodes { try expander.append(node) }
                }
            }
        case .variable(let slot):
            var item = slot.type
            if case .list(let type) = slot.type { item = type }
            var inner: [Piece] = []
            let scope: Scope? = section.isInverted ? nil : .runtime(frame: frames, item)
            if scope != nil { frames += 1 }
            try scoped(scope) { expander throws(TemplateError) in inner = try expander.expand(section.nodes) }
            if scope != nil { frames -= 1 }
            pieces.append(.section(slot, isInverted: section.isInverted, inner))
        }
    }

    private mutating func scoped(
        _ scope: Scope?,
        _ body: (inout Expander) throws(TemplateError) -> Void
    ) throws(TemplateError) {
        if let scope { scopes.append(scope) }
        try body(&self)
        if scope != nil { scopes.removeLast() }
    }

    private mutating func meaning(_ name: Name, isRaw: Bool) throws(TemplateError) -> Meaning {
        guard let first = name.parts.first else { return try currentItem(name, isRaw) }
        for (index, scope) in scopes.enumerated().reversed() {
            switch scope {
            case .runtime(let frame, let type):
                guard let declaration = type.fields.first(where: { $0.name == first }) else { continue }
                if index == 0 { usedNames.insert(first) }
                return .variable(try slot(name, frame, declaration, isRaw))
            case .constant(let value):
                guard value[first] != nil else { continue }
                return .constant(try constant(value, name.parts[...], name))
            }
        }
        guard let constant = constants[first] else {
            let known = scopes.flatMap {
                if case .runtime(_, let type) = $0 { type.fields.map(\.name) } else { [String]() }
            }
            let hint = Spelling.hint(for: first, among: known + constants.keys.sorted())
            throw name.position.error("`\(name.text)` is not declared in template.yaml\(hint)")
        }
        return .constant(try self.constant(constant, name.parts.dropFirst(), name))
    }

    private func currentItem(_ name: Name, _ isRaw: Bool) throws(TemplateError) -> Meaning {
        guard scopes.count > 1, let scope = scopes.last else {
            throw name.position.error("{{.}} is the item of a list; there is no list here")
        }
        switch scope {
        case .constant(let value): return .constant(value)
        case .runtime(let frame, let type):
            let declaration = VariableDeclaration(name: ".", type: type)
            return .variable(try slot(Name(parts: [], position: name.position), frame, declaration, isRaw))
        }
    }

    private func slot(
        _ name: Name,
        _ frame: Int,
        _ declaration: VariableDeclaration,
        _ isRaw: Bool
    ) throws(TemplateError) -> Slot {
        var declaration = declaration
        for part in name.parts.dropFirst() {
            guard let field = declaration.type.fields.first(where: { $0.name == part }) else {
                let hint = Spelling.hint(for: part, among: declaration.type.fields.map(\.name))
                throw name.position.error("`\(declaration.name)` has no field `\(part)`\(hint)")
            }
            declaration = field
        }
        var value = Program.Value(name: name, frame: frame, path: name.parts, fallback: declaration.fallback)
        value.format = ValueFormat(declaration.type, declaration.format) ?? .plain
        return Slot(value: value, type: declaration.type, isRaw: isRaw)
    }

    /// The constant at `path`; nil for a name of a free map that is not set.
    private func constant(_ value: JSON, _ path: ArraySlice<String>, _ name: Name) throws(TemplateError) -> JSON? {
        var value = value
        for (index, part) in path.enumerated() {
            if value.isNull { return .null }
            guard let next = value[part] else {
                if index == 0, name.parts.first == "brand", let fields = value.object {
                    let hint = Spelling.hint(for: part, among: Array(fields.keys))
                    throw name.position.error("a brand has no field `\(part)`\(hint)")
                }
                return nil
            }
            value = next
        }
        return value
    }
}
