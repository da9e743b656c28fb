// SPDX-License-Identifier: Apache-2.0
package import JSON

/// A Mustache template that a caller sends along with its data, in place of one from the template folder.
///
/// It is one text: it has no layout, no partials and no declared variables. Names that the data lacks render as nothing.
package enum InlineTemplate {
    /// The output of `source` with `data`; `name` is the file name in errors.
    ///
    /// Throws the first fault: text that is no Mustache, the syntax of Handlebars that Mustache lacks, and partials.
    package static func render(
        _ source: String,
        name: String,
        data: JSON,
        escaping: MustacheTemplate.Escaping
    ) throws(TemplateError) -> String {
        let file = SourceFile(name: name, text: source)
        var reader = TagReader(file)
        for tag in try reader.tags() {
            if let message = fault(of: tag) { throw file.error(message, at: tag.range.lowerBound) }
        }
        var output: [UInt8] = []
        try MustacheTemplate.compile(source, name: name, escaping: escaping).render(data, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func fault(of tag: Tag) -> String? {
        switch tag.kind {
        case .partial, .parent, .block:
            HandlebarsHabit.syntax(tag) ?? "a template that is sent along has no partials and blocks"
        case .value, .rawValue: HandlebarsHabit.syntax(tag) ?? HandlebarsHabit.name(tag.content)
        case .section, .inverted, .close, .comment, .delimiters: HandlebarsHabit.syntax(tag)
        }
    }
}
