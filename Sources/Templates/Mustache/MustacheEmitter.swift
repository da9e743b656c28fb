// SPDX-License-Identifier: Apache-2.0

/// Converts parsed nodes to a program that resolves partials and blocks at rendering.
struct MustacheEmitter {
    private var program = Program()
    private var barrier = 0
    private let escaper: Escaper
    /// Whether the output may be indented as a whole, which needs one step per line.
    private var keepsLineStarts: Bool

    static func program(_ nodes: [Node], escaper: Escaper, isIndentable: Bool) -> Program {
        var emitter = MustacheEmitter(escaper: escaper, keepsLineStarts: isIndentable)
        emitter.emit(nodes)
        return emitter.program
    }

    private init(escaper: Escaper, keepsLineStarts: Bool) {
        self.escaper = escaper
        self.keepsLineStarts = keepsLineStarts
    }

    private mutating func emit(_ nodes: [Node]) {
        for node in nodes {
            switch node {
            case .text(let bytes, _): program.append(text: bytes, barrier: barrier)
            case .lineStart: if keepsLineStarts { program.steps.append(.lineStart) }
            case .value(let name, let raw):
                let index = value(name, escaper: raw ? .raw : escaper)
                program.steps.append(.value(index))
            case .section(let section): emit(section)
            case .partial(let partial):
                let indentation = Array(partial.indentation)
                program.inclusions.append(
                    .init(target: partial.target, indentation: indentation, position: partial.position)
                )
                program.steps.append(.include(program.inclusions.count - 1))
            case .parent(let parent): emit(parent)
            case .block(let block): emit(block)
            }
        }
    }

    private mutating func value(_ name: Name, escaper: Escaper = .raw) -> Int {
        program.values.append(.init(.init(name: name, path: name.parts, escaper: escaper)))
        return program.values.count - 1
    }

    private mutating func emit(_ section: Section) {
        let value = value(section.name)
        let start = program.beginSection(value)
        emit(section.nodes)
        program.endSection(value, isInverted: section.isInverted, from: start)
        barrier = program.steps.count
    }

    private mutating func emit(_ parent: Parent) {
        let index = program.inclusions.count
        let indentation = Array(parent.indentation)
        program.inclusions.append(.init(target: parent.target, indentation: indentation, position: parent.position))
        program.steps.append(.extend(index))
        let outer = keepsLineStarts
        keepsLineStarts = true
        for block in parent.blocks {
            let content = emitContent(block.nodes)
            program.inclusions[index].blocks.append(.init(name: block.name, steps: content))
        }
        keepsLineStarts = outer
        program.inclusions[index].end = program.steps.count
    }

    private mutating func emit(_ block: Block) {
        let index = program.blocks.count
        let indentation = Array(block.indentation)
        program.blocks.append(
            .init(name: block.name, indentation: indentation, isStandalone: block.isStandalone, steps: 0..<0)
        )
        program.steps.append(.block(index))
        let outer = keepsLineStarts
        keepsLineStarts = outer || block.isStandalone && !indentation.isEmpty
        program.blocks[index].steps = emitContent(block.nodes)
        keepsLineStarts = outer
    }

    private mutating func emitContent(_ nodes: [Node]) -> Range<Int> {
        barrier = program.steps.count
        let start = barrier
        emit(nodes)
        barrier = program.steps.count
        return start..<barrier
    }
}
