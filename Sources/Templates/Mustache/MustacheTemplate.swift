// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A compiled plain Mustache template, without layout and declared variables.
package struct MustacheTemplate: Sendable {
    package enum Escaping: Sendable {
        /// `& " < >` in the value of `{{name}}` become entities, as in the published spec.
        case html
        case none
    }

    private let program: Program
    private let escaper: Escaper

    /// Compiles `source`; `name` is the file name in errors.
    package static func compile(
        _ source: String,
        name: String,
        escaping: Escaping = .html
    ) throws(TemplateError) -> MustacheTemplate {
        let nodes = try MustacheParser.parse(SourceFile(name: name, text: source))
        let escaper: Escaper = escaping == .html ? .specification : .raw
        let program = MustacheEmitter.program(nodes, escaper: escaper, isIndentable: false)
        return MustacheTemplate(program: program, escaper: escaper)
    }

    /// Appends the output to `output`; missing names and partials render as nothing.
    package func render(
        _ data: JSON,
        partials: @escaping (String) -> String? = { _ in nil },
        to output: inout [UInt8]
    ) throws(TemplateError) {
        var renderer = Renderer(data: data, partials: PartialCache(escaper: escaper, text: partials))
        swap(&renderer.output, &output)
        defer { swap(&renderer.output, &output) }
        try renderer.run(program)
    }
}
