// SPDX-License-Identifier: Apache-2.0

/// Parses the text of one file.
struct MustacheParser {
    /// Deeper nesting is a fault, so that hostile text cannot exhaust the stack.
    static let deepestNesting = 1_500

    private struct Open {
        var nodes: [Node] = []
        let tag: Int
    }

    private let source: SourceFile
    private let tags: [Tag]
    private let openers: [Int?]
    private let layout: TagLayout

    static func parse(_ source: SourceFile) throws(TemplateError) -> [Node] {
        try MustacheParser(source).nodes()
    }

    private init(_ source: SourceFile) throws(TemplateError) {
        self.source = source
        var reader = TagReader(source)
        tags = try reader.tags()
        for tag in tags {
            if let habit = HandlebarsHabit.syntax(tag) { throw source.error(habit, at: tag.range.lowerBound) }
        }
        openers = try Self.pair(tags, in: source)
        layout = TagLayout(bytes: source.bytes, tags: tags, openers: openers)
    }

    /// The index of the opening tag of each closing tag.
    private static func pair(_ tags: [Tag], in source: SourceFile) throws(TemplateError) -> [Int?] {
        var openers: [Int?] = Array(repeating: nil, count: tags.count)
        var open: [Int] = []
        for (index, tag) in tags.enumerated() {
            switch tag.kind {
            case .section, .inverted, .parent, .block:
                open.append(index)
                guard open.count <= deepestNesting else {
                    throw source.error("sections are nested more than \(deepestNesting) deep", at: tag.range.lowerBound)
                }
            case .close:
                guard let opener = open.popLast() else {
                    throw source.error("{{/\(tag.content)}} closes nothing", at: tag.range.lowerBound)
                }
                guard tags[opener].content == tag.content else {
                    let expected = tags[opener].content
                    let message = "{{/\(tag.content)}} is where {{/\(expected)}} is expected"
                    throw source.error(message, at: tag.range.lowerBound)
                }
                openers[index] = opener
            default: break
            }
        }
        if let opener = open.last {
            let message = "this tag is not closed; expected {{/\(tags[opener].content)}}"
            throw source.error(message, at: tags[opener].range.lowerBound)
        }
        return openers
    }

    private func nodes() throws(TemplateError) -> [Node] {
        var stack = [Open(tag: -1)]
        var position = 0
        for index in tags.indices {
            appendText(position..<max(position, layout.cuts[index].lowerBound), to: &stack[stack.count - 1].nodes)
            position = layout.cuts[index].upperBound
            if !layout.standsAlone[index], isAtLineStart(tags[index].range.lowerBound) {
                stack[stack.count - 1].nodes.append(.lineStart)
            }
            try append(index, to: &stack)
        }
        appendText(position..<source.bytes.count, to: &stack[stack.count - 1].nodes)
        return stack[0].nodes
    }

    private func isAtLineStart(_ offset: Int) -> Bool {
        offset == 0 || source.bytes[offset - 1] == .lineFeed
    }

    /// Splits text into lines, each with a line-start mark unless it is blank.
    private func appendText(_ range: Range<Int>, to nodes: inout [Node]) {
        var start = range.lowerBound
        while start < range.upperBound {
            let rest = source.bytes[start..<range.upperBound]
            let end = rest.firstIndex(of: .lineFeed).map { $0 + 1 } ?? range.upperBound
            let line = source.bytes[start..<end]
            if isAtLineStart(start), line.first != .lineFeed, !line.elementsEqual("\r\n".utf8) {
                nodes.append(.lineStart)
            }
            nodes.append(.text(line, Position(source: source, offset: start)))
            start = end
        }
    }

    private func append(_ index: Int, to stack: inout [Open]) throws(TemplateError) {
        let tag = tags[index]
        let top = stack.count - 1
        switch tag.kind {
        case .value: stack[top].nodes.append(.value(try name(tag), raw: false))
        case .rawValue: stack[top].nodes.append(.value(try name(tag), raw: true))
        case .comment, .delimiters: break
        case .partial:
            let indentation = layout.standsAlone[index] ? layout.indentations[index] : []
            let partial = Partial(target: try target(tag), indentation: indentation, position: position(tag))
            stack[top].nodes.append(.partial(partial))
        case .section, .inverted, .parent, .block: stack.append(Open(tag: index))
        case .close:
            guard let open = stack.popLast() else { return }
            stack[top - 1].nodes.append(try element(open))
        }
    }

    private func element(_ open: Open) throws(TemplateError) -> Node {
        let tag = tags[open.tag]
        let standsAlone = layout.standsAlone[open.tag]
        switch tag.kind {
        case .parent:
            return .parent(
                Parent(
                    target: try target(tag),
                    indentation: standsAlone ? layout.indentations[open.tag] : [],
                    blocks: open.nodes.compactMap { if case .block(let block) = $0 { block } else { nil } },
                    position: position(tag)
                )
            )
        case .block:
            let indentation = layout.indentations[open.tag]
            let own = standsAlone ? open.nodes.leadingIndentation ?? indentation : indentation
            return .block(
                Block(
                    name: try simpleName(tag),
                    indentation: own,
                    isStandalone: standsAlone,
                    nodes: standsAlone ? open.nodes.removingIndentation(own) : open.nodes,
                    position: position(tag)
                )
            )
        default:
            return .section(Section(name: try name(tag), isInverted: tag.kind == .inverted, nodes: open.nodes))
        }
    }

    private func position(_ tag: Tag) -> Position {
        Position(source: source, offset: tag.range.lowerBound)
    }

    private func name(_ tag: Tag) throws(TemplateError) -> Name {
        try name(tag.content, tag)
    }

    private func name(_ content: String, _ tag: Tag) throws(TemplateError) -> Name {
        if content == "." { return Name(parts: [], position: position(tag)) }
        let parts = content.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains(""), !content.contains(where: \.isWhitespace) else {
            throw source.error(
                "`\(content)` is no name: write one word, or words joined by dots",
                at: tag.range.lowerBound
            )
        }
        return Name(parts: parts, position: position(tag))
    }

    private func target(_ tag: Tag) throws(TemplateError) -> PartialTarget {
        guard tag.content.first == "*" else { return .fixed(try simpleName(tag)) }
        let rest = tag.content.dropFirst().drop { $0.isWhitespace }
        return .dynamic(try name(String(rest), tag))
    }

    private func simpleName(_ tag: Tag) throws(TemplateError) -> String {
        guard !tag.content.isEmpty, !tag.content.contains(where: \.isWhitespace) else {
            throw source.error("`\(tag.content)` is no name: write one word", at: tag.range.lowerBound)
        }
        return tag.content
    }
}
