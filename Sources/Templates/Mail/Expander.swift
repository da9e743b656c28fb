// SPDX-License-Identifier: Apache-2.0

/// Inserts layouts, partials, blocks and constants, and binds each name to its variable.
struct Expander {
    enum Scope {
        /// The items or fields of a variable; `path` is its path from the data.
        case variable(frame: Int, VariableType, path: [String])
        /// The item of a section over a fixed value; the outermost such section has level 1.
        case fixed(level: Int, FixedShape)
    }

    private struct Filling {
        let block: Block
        let outer: [String: Filling]
    }

    /// Global names whose values are the same for all brands.
    let constants: [String: String]
    /// The nodes that replace `{{subject}}`.
    let subject: [Node]
    let parse: (String, Position) throws(TemplateError) -> [Node]
    private(set) var scopes: [Scope]
    private var frames = 1
    private var fixedLevels = 0
    private var fillings: [String: Filling] = [:]
    private var indentation: [UInt8] = []
    private var depth = 0
    private var inclusions = 0
    /// The declared names used so far, including fields after a dot.
    var usedNames: Set<String> = []
    /// Numbers whose plural category is used.
    var plurals: Set<PluralUse> = []
    private(set) var faults = FaultList()
    private var sections = 0
    private var pieces: [Piece] = []

    init(
        _ variables: [VariableDeclaration],
        constants: [String: String],
        subject: [Node],
        parse: @escaping (String, Position) throws(TemplateError) -> [Node]
    ) {
        self.constants = constants
        self.subject = subject
        self.parse = parse
        scopes = [.variable(frame: 0, .object(variables), path: [])]
    }

    /// Unknown names are noted in ``faults`` and left out; throws for a fault that ends the expansion.
    mutating func expand(_ nodes: [Node]) throws(TemplateError) -> [Piece] {
        let outer = pieces
        pieces = []
        for node in nodes { try append(node) }
        defer { pieces = outer }
        return pieces
    }

    private mutating func append(_ node: Node) throws(TemplateError) {
        // Each fault searches the file for its line, so faults beyond the reported ones are skipped.
        guard !faults.isFull else { return }
        switch node {
        case .text(let bytes, let position): pieces.append(.text(bytes, position))
        case .lineStart:
            guard !indentation.isEmpty else { return }
            pieces.append(.text(indentation[...], Position(source: SourceFile(name: "", bytes: []), offset: 0)))
        case .value(let name, let raw):
            do throws(TemplateError) {
                try appendValue(name, isRaw: raw)
            } catch {
                faults.add(error)
            }
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
        let parse = parse
        guard let nodes = faults.noting({ () throws(TemplateError) in try parse(name, position) }) else { return }
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
        if name.parts.count > 2, name.parts[0] == "strings" {
            return try appendPlural(name, isRaw: isRaw)
        }
        let slot = try meaning(name, isRaw: isRaw)
        if !slot.isFixed {
            if slot.isPlural { throw name.position.error("`\(name.text)` is for sections: write {{#\(name.text)}}") }
            if case .list = slot.type { throw name.position.error("`\(name.text)` is a list: write {{#\(name.text)}}") }
            if case .object = slot.type {
                throw name.position.error("`\(name.text)` is an object: name one of its fields")
            }
        }
        if slot.fixedLevel == 0, name.parts.count == 1, let text = constants[name.parts[0]] {
            pieces.append(.constant(text, name, isRaw: isRaw))
        } else {
            pieces.append(.value(slot))
        }
    }

    /// `{{strings.minutes.count}}`: the form of `minutes` for the number `count`.
    private mutating func appendPlural(_ name: Name, isRaw: Bool) throws(TemplateError) {
        let number = Name(parts: Array(name.parts.dropFirst(2)), position: name.position)
        guard try meaning(number, isRaw: false).type == .number else {
            throw name.position.error("`\(number.text)` is no declared number; `\(name.text)` picks a form by one")
        }
        for category in PluralCategory.allCases {
            let condition = Name(parts: number.parts + [category.rawValue], position: name.position)
            let slot = try meaning(condition, isRaw: false)
            let form = Name(parts: Array(name.parts.prefix(2)) + [category.rawValue], position: name.position)
            pieces.append(.section(slot, isInverted: false, [.value(try meaning(form, isRaw: isRaw))]))
        }
    }

    private func declares(_ name: String) -> Bool {
        scopes.contains {
            if case .variable(_, let type, _) = $0 { type.fields.contains { $0.name == name } } else { false }
        }
    }

    private mutating func append(_ section: Section) throws(TemplateError) {
        // Later passes recurse over the nesting, so it must be limited before it exhausts the stack.
        guard sections < 150 else {
            return faults.add(section.name.position.error("sections are nested more than 150 deep"))
        }
        sections += 1
        defer { sections -= 1 }
        let slot: Slot
        do throws(TemplateError) {
            slot = try meaning(section.name, isRaw: false)
        } catch {
            return faults.add(error)
        }
        let inner = try scoped(section.isInverted ? nil : slot) { expander throws(TemplateError) in
            try expander.expand(section.nodes)
        }
        pieces.append(.section(slot, isInverted: section.isInverted, inner))
    }

    private mutating func scoped(
        _ slot: Slot?,
        _ body: (inout Expander) throws(TemplateError) -> [Piece]
    ) throws(TemplateError) -> [Piece] {
        guard let slot else { return try body(&self) }
        let counts = (frames, fixedLevels)
        if let shape = slot.shape {
            fixedLevels += 1
            scopes.append(.fixed(level: fixedLevels, shape))
        } else {
            var item = slot.type
            if case .list(let type) = slot.type { item = type }
            scopes.append(.variable(frame: frames, item, path: slot.path))
            frames += 1
        }
        defer {
            scopes.removeLast()
            (frames, fixedLevels) = counts
        }
        return try body(&self)
    }
}
