// SPDX-License-Identifier: Apache-2.0

extension [Node] {
    /// The leading white space of the first line; nil when there is no line.
    var leadingIndentation: ArraySlice<UInt8>? {
        guard let first else { return nil }
        switch first {
        case .lineStart:
            guard count > 1, case .text(let text, _) = self[1] else { return [] }
            return text.prefix { $0.isBlank }
        case .section(let section): return section.nodes.leadingIndentation
        case .block(let block): return block.indentation
        case .partial(let partial): return partial.indentation
        case .parent(let parent): return parent.indentation
        case .text, .value: return nil
        }
    }

    /// Removes `indentation` from each line that begins with it.
    func removingIndentation(_ indentation: ArraySlice<UInt8>) -> [Node] {
        guard !indentation.isEmpty else { return self }
        var isLineStart = false
        return map { node in
            defer { if case .lineStart = node { isLineStart = true } else { isLineStart = false } }
            switch node {
            case .text(let text, let position) where isLineStart && text.starts(with: indentation):
                return .text(text.dropFirst(indentation.count), position)
            case .section(var section):
                section.nodes = section.nodes.removingIndentation(indentation)
                return .section(section)
            case .partial(var partial):
                partial.indentation = partial.indentation.removingPrefix(indentation)
                return .partial(partial)
            case .parent(var parent):
                parent.indentation = parent.indentation.removingPrefix(indentation)
                return .parent(parent)
            case .block(var block):
                if !block.isStandalone { block.nodes = block.nodes.removingIndentation(indentation) }
                block.indentation = block.indentation.removingPrefix(indentation)
                return .block(block)
            default: return node
            }
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func removingPrefix(_ prefix: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        starts(with: prefix) ? dropFirst(prefix.count) : self
    }
}
