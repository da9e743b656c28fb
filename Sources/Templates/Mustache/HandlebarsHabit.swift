// SPDX-License-Identifier: Apache-2.0

/// Detects Handlebars syntax, and suggests the Mustache equivalent.
enum HandlebarsHabit {
    private static let noElse =
        "Mustache has no `else`: close the section, then write {{^name}}…{{/name}} for when it is empty or false"

    /// The suggestion for a tag that Mustache cannot parse; nil for any other tag.
    static func syntax(_ tag: Tag) -> String? {
        guard tag.kind != .comment, tag.kind != .delimiters, tag.kind != .close else { return nil }
        let words = tag.content.split(whereSeparator: \.isWhitespace).map(String.init)
        let first = words.first ?? ""
        if first.hasPrefix("~") || tag.content.hasSuffix("~") {
            return "`~` is of Handlebars: Mustache trims a line that holds only a section tag, and nothing else"
        }
        // A partial may have any name.
        if first.hasPrefix("../"), tag.kind != .partial {
            let name = tag.content.split(separator: "/").last.map(String.init) ?? "name"
            return "`../` is of Handlebars: in Mustache names of outer sections are found by themselves, write \(name)"
        }
        switch tag.kind {
        case .section where words.count > 1: return section(first, words[1])
        case .inverted where words.isEmpty, .inverted where words.count > 1: return noElse
        case .value where first == "else" && words.count > 1: return noElse
        case .value where words.count > 1, .rawValue where words.count > 1:
            let remedy = "how a number, an amount or a date is shown is said by `format` where the variable is declared"
            return "`\(tag.content)` is no name; Mustache has no helpers: \(remedy)"
        case .partial where first == "@partial-block":
            return "what a caller puts into a partial is a block: {{$name}}…{{/name}}"
        case .partial where first.hasPrefix("("):
            return "the name of a partial is one fixed word, {{>name}}; choose between two with sections"
        case .partial where words.count > 1 && !first.hasPrefix("*"):
            return "a partial takes no parameters: give it blocks, {{<\(first)}}{{$title}}…{{/title}}{{/\(first)}}"
        default: return nil
        }
    }

    private static func section(_ helper: String, _ argument: String) -> String {
        let isName = argument.utf8.allSatisfy {
            $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard isName else {
            return
                "Mustache compares and computes nothing: give a variable that is true or false, and ask {{#name}}…{{/name}}"
        }
        switch helper {
        case "if", "with":
            return "{{#\(helper) \(argument)}} is of Handlebars; Mustache asks {{#\(argument)}}…{{/\(argument)}}"
        case "unless":
            return "{{#unless \(argument)}} is of Handlebars; Mustache asks {{^\(argument)}}…{{/\(argument)}}"
        case "each":
            let item = "in it {{.}} is the item, and its fields have their names"
            return "{{#each \(argument)}} is of Handlebars; Mustache writes {{#\(argument)}}…{{/\(argument)}}; \(item)"
        default:
            return "Mustache has no helper `\(helper)`; a section names one variable: {{#\(argument)}}…{{/\(argument)}}"
        }
    }

    /// The suggestion for an unknown name; nil when it means nothing in Handlebars either.
    static func name(_ text: String) -> String? {
        switch text {
        case "else": noElse
        case "this": "`this` is of Handlebars; Mustache writes {{.}} for the item of a list"
        case _ where text.hasPrefix("this."), _ where text.hasPrefix("this/"):
            "`\(text)` is of Handlebars; in Mustache a field has its name alone: {{\(text.dropFirst(5))}}"
        case _ where text.hasPrefix("@root."): "`\(text)` is of Handlebars; Mustache writes {{\(text.dropFirst(6))}}"
        case _ where text.hasPrefix("@"):
            "`\(text)` is of Handlebars; Mustache does not count: give each item a field for it, such as `number` or `last`"
        default: nil
        }
    }
}

extension MustacheParser {
    /// All Handlebars syntax in a file that contains a tag which Mustache cannot parse.
    static func habits(_ source: SourceFile) -> [TemplateError] {
        var reader = TagReader(source)
        // The parser reports an unclosed tag.
        guard let tags = try? reader.tags(), tags.contains(where: { HandlebarsHabit.syntax($0) != nil }) else {
            return []
        }
        return tags.compactMap { tag in
            let isName = tag.kind == .value || tag.kind == .rawValue
            let message = HandlebarsHabit.syntax(tag) ?? (isName ? HandlebarsHabit.name(tag.content) : nil)
            return message.map { source.error($0, at: tag.range.lowerBound) }
        }
    }
}
