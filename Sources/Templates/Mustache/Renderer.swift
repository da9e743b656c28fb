// SPDX-License-Identifier: Apache-2.0
import JSON

/// Runs programs, which append to one buffer.
struct Renderer {
    /// The maximum nesting of partials, parents and blocks, so that endless recursion ends with an error.
    static let deepestInclusion = 100
    /// The maximum size of the output in bytes.
    static let longestOutput = 64 << 20
    /// The maximum number of steps: nested lists could otherwise run for years.
    static let mostSteps = 10_000_000

    private struct Loop {
        let items: [JSON]
        var next: Int
    }

    var output: [UInt8] = []
    var contexts: [JSON]
    /// The indentation of the lines of the current partial.
    var indentation: [UInt8] = []
    var depth = 0
    private var numbers = ListNumbers()
    private var stepsLeft = Self.mostSteps
    /// The contents with which enclosing parents replace blocks.
    var contents: [String: BlockContent] = [:]
    let partials: PartialCache?

    init(data: JSON, partials: PartialCache? = nil) {
        contexts = [data]
        self.partials = partials
    }

    mutating func run(_ program: Program) throws(TemplateError) {
        try run(program, program.steps.indices)
        numbers.finish(&output)
    }

    mutating func run(_ program: Program, _ range: Range<Int>) throws(TemplateError) {
        var loops: [Loop] = []
        var step = range.lowerBound
        let steps = program.steps
        while step < range.upperBound {
            switch steps[step] {
            case .text(let from, let to): output.append(contentsOf: program.text[from..<to])
            case .value(let index): try write(program.values[index].value, program)
            case .open(let index, let end):
                if !enter(program.values[index].value, &loops) { step = end }
            case .close(let start):
                if repeatLoop(&loops) { step = start }
            case .skip(let index, let end):
                if find(program.values[index].value)?.isTruthy == true {
                    step = end
                    continue
                }
            case .lineStart: output.append(contentsOf: indentation)
            case .include(let index): try include(program.inclusions[index])
            case .extend(let index):
                try extend(program.inclusions[index], program)
                step = program.inclusions[index].end
                continue
            case .block(let index):
                try fill(program.blocks[index], program)
                step = program.blocks[index].steps.upperBound
                continue
            case .lineBreak(let blank): breakLine(blank: blank)
            case .softSpace: appendSoftSpace()
            case .list(let step): numbers.follow(step, &output)
            }
            step += 1
            // A name is searched in all contexts, which counts as work.
            stepsLeft -= contexts.count
            if stepsLeft < 0 || output.count > Self.longestOutput { throw tooLong(program) }
        }
    }

    private func tooLong(_ program: Program) -> TemplateError {
        let message = "the output is longer than \(Self.longestOutput >> 20) MiB, or takes too many steps to make"
        return program.values.first?.value.name.position.error(message) ?? TemplateError(file: "", message: message)
    }

    /// The value of a name; nil when it does not exist.
    func find(_ value: Program.Value) -> JSON? {
        if let frame = value.frame {
            return contexts[frame].descend(value.path[...]) ?? value.fallback
        }
        guard let first = value.path.first else { return contexts.last }
        for context in contexts.reversed() {
            guard let found = context[first] else { continue }
            return found.descend(value.path.dropFirst())
        }
        return nil
    }

    private mutating func write(_ value: Program.Value, _ program: Program) throws(TemplateError) {
        let start = output.count
        if let found = find(value) {
            do throws(MarkupError) {
                try value.escaper.write(found, value, program, to: &output)
            } catch {
                let message = "the value of \(value.name.text) \(error.reason)"
                throw value.name.position.error(message, variable: value.name.text)
            }
        }
        if value.quotesWhenEmpty, output.count == start { output.append(contentsOf: "\"\"".utf8) }
    }

    private mutating func enter(_ value: Program.Value, _ loops: inout [Loop]) -> Bool {
        guard let found = find(value), found.isTruthy else { return false }
        if case .array(let items) = found {
            contexts.append(items[0])
            loops.append(Loop(items: items, next: 1))
        } else {
            contexts.append(found)
            loops.append(Loop(items: [], next: 0))
        }
        return true
    }

    /// Ends one iteration of the innermost section; true when there is another.
    private mutating func repeatLoop(_ loops: inout [Loop]) -> Bool {
        let last = loops.count - 1
        guard loops[last].next < loops[last].items.count else {
            loops.removeLast()
            contexts.removeLast()
            return false
        }
        contexts[contexts.count - 1] = loops[last].items[loops[last].next]
        loops[last].next += 1
        return true
    }
}

extension JSON {
    /// False for null, false, an empty list and empty text; true for everything else.
    var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .array(let items): !items.isEmpty
        case .string(let text): !text.isEmpty
        case .integer, .number, .decimal, .object: true
        }
    }

    /// The value at `path` below this one.
    func descend(_ path: ArraySlice<String>) -> JSON? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}
