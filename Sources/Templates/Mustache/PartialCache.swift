// SPDX-License-Identifier: Apache-2.0

/// The partials of one rendering, each compiled at its first use.
final class PartialCache {
    private struct Key: Hashable {
        let name: String
        let isIndentable: Bool
    }

    private let text: (String) -> String?
    private let escaper: Escaper
    private var programs: [Key: Program] = [:]

    init(escaper: Escaper, text: @escaping (String) -> String?) {
        self.text = text
        self.escaper = escaper
    }

    /// The partial `name`; nil when there is none.
    func program(_ name: String, isIndentable: Bool) throws(TemplateError) -> Program? {
        let key = Key(name: name, isIndentable: isIndentable)
        if let known = programs[key] { return known }
        guard let text = text(name) else { return nil }
        let nodes = try MustacheParser.parse(SourceFile(name: name, text: text))
        let program = MustacheEmitter.program(nodes, escaper: escaper, isIndentable: isIndentable)
        programs[key] = program
        return program
    }
}
