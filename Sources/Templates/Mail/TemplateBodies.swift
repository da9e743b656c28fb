// SPDX-License-Identifier: Apache-2.0

/// The two bodies of a mail, by the suffix of their files.
enum TemplatePart: String {
    case html, txt
}

/// The parsed bodies of a template, each in its layout.
struct TemplateBodies {
    /// Nil when there is no such body, or it has a fault.
    let html: [Node]?
    let text: [Node]?

    init(
        _ template: String,
        layout: (name: String, position: Position)?,
        _ files: TemplateFiles,
        _ faults: inout FaultList
    ) {
        let reader = Reader(template: template, layout: layout, files: files)
        html = faults.noting { () throws(TemplateError) in try reader.nodes(.html) } ?? nil
        text = faults.noting { () throws(TemplateError) in try reader.nodes(.txt) } ?? nil
    }

    private struct Reader {
        let template: String
        let layout: (name: String, position: Position)?
        let files: TemplateFiles

        /// The body in its layout; nil when there is no body of this part.
        func nodes(_ part: TemplatePart) throws(TemplateError) -> [Node]? {
            guard let path = files.best("\(template)/body", part.rawValue), let body = try files.nodes(path) else {
                return nil
            }
            guard let layout = try layout(part) else { return body }
            let start = Position(source: SourceFile(name: path, bytes: []), offset: 0)
            let blocks = try blocks(body, of: layout, start)
            let target = PartialTarget.fixed("layouts/\(layout.name)")
            return [.parent(Parent(target: target, indentation: [], blocks: blocks, position: start))]
        }

        private func blocks(
            _ body: [Node],
            of layout: (name: String, path: String, blocks: Set<String>),
            _ start: Position
        ) throws(TemplateError) -> [Block] {
            var blocks: [Block] = []
            var rest: [Node] = []
            var followsBlock = false
            for node in body {
                guard case .block(let block) = node else {
                    // The line end after such a block on its own line is no part of the body.
                    if !(followsBlock && node.isBlank) { rest.append(node) }
                    followsBlock = false
                    continue
                }
                followsBlock = true
                guard layout.blocks.contains(block.name) else {
                    let hint = Spelling.hint(for: block.name, among: layout.blocks.sorted())
                    throw block.position.error("the layout `\(layout.name)` has no block `\(block.name)`\(hint)")
                }
                blocks.append(block)
            }
            if !blocks.contains(where: { $0.name == "body" }) {
                blocks.append(Block(name: "body", indentation: [], isStandalone: true, nodes: rest, position: start))
            }
            return blocks
        }

        private func layout(
            _ part: TemplatePart
        ) throws(TemplateError) -> (name: String, path: String, blocks: Set<String>)? {
            let name = layout?.name ?? "base"
            guard name != "none" else { return nil }
            if let path = files.best("layouts/\(name)", part.rawValue), let nodes = try files.nodes(path) {
                let blocks = nodes.blockNames
                guard blocks.contains("body") else {
                    let start = Position(source: SourceFile(name: path, bytes: []), offset: 0)
                    throw start.error("the layout has no {{$body}}{{/body}}")
                }
                return (name, path, blocks)
            }
            if part == .html, let position = layout?.position {
                throw position.error("there is no layouts/\(name).html")
            }
            return nil
        }
    }
}

extension Node {
    /// Whether it is only white space from the file.
    fileprivate var isBlank: Bool {
        if case .text(let bytes, _) = self { bytes.allSatisfy(\.isSpace) } else { false }
    }
}

extension [Node] {
    /// The names of all blocks, including those in sections, blocks and parents.
    fileprivate var blockNames: Set<String> {
        reduce(into: []) { names, node in
            switch node {
            case .block(let block): names.formUnion(block.nodes.blockNames.union([block.name]))
            case .section(let section): names.formUnion(section.nodes.blockNames)
            case .parent(let parent): for block in parent.blocks { names.formUnion(block.nodes.blockNames) }
            case .text, .lineStart, .value, .partial: break
            }
        }
    }
}
