// SPDX-License-Identifier: Apache-2.0
import JSON

/// The content with which a parent replaces a block, and the block contents in effect where it was written.
struct BlockContent: Sendable {
    let program: Program
    let steps: Range<Int>
    let contents: [String: BlockContent]
}

extension Renderer {
    mutating func include(_ inclusion: Program.Inclusion) throws(TemplateError) {
        try renderPartial(inclusion, contents: contents)
    }

    /// The outermost template that fills a block wins, so existing contents remain.
    mutating func extend(_ inclusion: Program.Inclusion, _ program: Program) throws(TemplateError) {
        var inner = contents
        for block in inclusion.blocks where inner[block.name] == nil {
            inner[block.name] = BlockContent(program: program, steps: block.steps, contents: contents)
        }
        try renderPartial(inclusion, contents: inner)
    }

    private mutating func renderPartial(
        _ inclusion: Program.Inclusion,
        contents inner: [String: BlockContent]
    ) throws(TemplateError) {
        guard let partials, let name = partialName(inclusion.target) else { return }
        let isIndented = !(inclusion.indentation.isEmpty && indentation.isEmpty)
        guard let partial = try partials.program(name, isIndentable: isIndented) else { return }
        let outer = contents
        contents = inner
        try nest(inclusion.indentation, at: inclusion.position) { renderer throws(TemplateError) in
            try renderer.run(partial)
        }
        contents = outer
    }

    private func partialName(_ target: PartialTarget) -> String? {
        switch target {
        case .fixed(let name): name
        case .dynamic(let name): find(.init(name: name, path: name.parts))?.string
        }
    }

    mutating func fill(_ block: Program.BlockPlace, _ program: Program) throws(TemplateError) {
        let position =
            program.values.first?.value.name.position ?? Position(source: SourceFile(name: "", bytes: []), offset: 0)
        guard let content = contents[block.name] else {
            let indentation = block.isStandalone ? block.indentation : []
            try nest(indentation, at: position) { renderer throws(TemplateError) in
                try renderer.run(program, block.steps)
            }
            return
        }
        let outer = contents
        contents = content.contents
        try nest(block.indentation, at: position) { renderer throws(TemplateError) in
            try renderer.fill(with: content, isStandalone: block.isStandalone)
        }
        contents = outer
    }

    /// The first line of a content is indented exactly once, by the text before the block or by the block.
    private mutating func fill(with content: BlockContent, isStandalone: Bool) throws(TemplateError) {
        var steps = content.steps
        var beginsLine = false
        if let first = steps.first, case .lineStart = content.program.steps[first] { beginsLine = true }
        if !isStandalone, beginsLine { steps = steps.dropFirst() }
        if isStandalone, !beginsLine { output.append(contentsOf: indentation) }
        try run(content.program, steps)
    }

    private mutating func nest(
        _ added: [UInt8],
        at position: Position,
        _ body: (inout Renderer) throws(TemplateError) -> Void
    ) throws(TemplateError) {
        guard depth < Self.deepestInclusion else {
            throw position.error(
                "partials are nested more than \(Self.deepestInclusion) deep; do they contain each other?"
            )
        }
        depth += 1
        let outer = indentation.count
        indentation.append(contentsOf: added)
        try body(&self)
        indentation.removeLast(indentation.count - outer)
        depth -= 1
    }
}
