// SPDX-License-Identifier: Apache-2.0
import JSON

@testable import Templates

/// The property that fuzzing and the replay of its corpus check: no value leaves its context.
enum PlaceProperty {
    private static let variables = [
        VariableDeclaration(name: "x", type: .string), VariableDeclaration(name: "u", type: .url),
        VariableDeclaration(name: "h", type: .html), VariableDeclaration(name: "l", type: .list(.string)),
    ]
    private static let partials = ["a": "<b title=\"{{x}}\">{{$s}}{{x}}{{/s}}</b>"]
    private static let kept: Set<String> = [
        "p", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h1", "h2", "h3",
        "h4", "span", "sub", "sup", "br", "hr",
    ]
    private static let schemes: Set<String> = ["http", "https", "mailto", "tel", "cid"]

    /// The violation by `input` (a body, a byte 1, and a value); nil when the property holds.
    static func violation(_ input: [UInt8]) -> String? {
        let parts = input.split(separator: 1, maxSplits: 1, omittingEmptySubsequences: false)
        let value = String(decoding: parts.count > 1 ? parts[1] : [], as: UTF8.self)
        return cleaning(value) ?? rendering(Array(parts[0]), value)
    }

    private static func rendering(_ body: [UInt8], _ value: String) -> String? {
        // Refusing a body is a valid result.
        guard String(validating: body, as: UTF8.self) != nil, let template = try? compile(body) else { return nil }
        // So is refusing a value.
        guard let expected = try? render(template.html, value.isEmpty ? "" : "a") else { return nil }
        guard let text = try? render(template.text, value), let html = try? render(template.html, value) else {
            return nil
        }
        if text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\t" }) && !hasControls(body) {
            return "the text has controls"
        }
        return difference(html, expected)
    }

    private static func hasControls(_ body: [UInt8]) -> Bool {
        body.contains { $0 < 0x20 || $0 == 0x7F || $0 == 0xC2 || $0 == UInt8(ascii: "&") }
    }

    /// Compiles only the body, because the other files of a template would take most of the time.
    private static func compile(_ body: [UInt8]) throws(TemplateError) -> (html: Program, text: Program) {
        var expander = Expander(variables, constants: ["direction": "ltr"], subject: []) {
            name,
            position throws(TemplateError) in
            guard let text = partials[name] else { throw position.error("there is no partial `\(name)`") }
            return try MustacheParser.parse(SourceFile(name: name, text: text))
        }
        let pieces = try expander.expand(try MustacheParser.parse(SourceFile(name: "body.html", bytes: body)))
        if let fault = expander.faults.all.first { throw fault }
        var pass = PlacePass()
        var html = PieceEmitter()
        html.emit(try pass.run(pieces))
        var text = PieceEmitter()
        text.emit(TextDerivation.pieces(pieces))
        return (html.program, text.program)
    }

    private static func render(_ program: Program, _ value: String) throws(TemplateError) -> String {
        var renderer = Renderer(data: data(value))
        try renderer.run(program)
        return String(decoding: renderer.output, as: UTF8.self)
    }

    private static func data(_ value: String) -> JSON {
        ["x": .string(value), "u": .string(value), "h": "a", "l": [.string(value), .string(value)]]
    }

    private static func difference(_ html: String, _ expected: String) -> String? {
        let pairs = [
            (MarkupReader(html.utf8), MarkupReader(expected.utf8), "browser"),
            (
                MarkupReader(html.utf8, isOutlook: true), MarkupReader(expected.utf8, isOutlook: true), "Outlook"
            ),
        ]
        for (found, wanted, reader) in pairs {
            guard found.comments == wanted.comments, found.tags.count == wanted.tags.count else {
                return "\(reader): other tags in \(html) than in \(expected)"
            }
            for (tag, other) in zip(found.tags, wanted.tags) {
                guard tag.name == other.name, tag.attributes == other.attributes else {
                    return "\(reader): \(tag) in place of \(other)"
                }
                let fault = zip(tag.addresses, other.addresses).first { $0 != $1 && !isHarmless($0) }
                if let fault { return "\(reader): the address \(fault.0)" }
            }
        }
        return nil
    }

    /// Sanitized HTML must be well nested and have only allowed tags.
    private static func cleaning(_ value: String) -> String? {
        var output: [UInt8] = []
        guard (try? HTMLCleaner.append(value, linkHosts: [], to: &output)) != nil else { return nil }
        let page = MarkupReader(output)
        var open: [String] = []
        for tag in page.tags {
            guard kept.contains(tag.name), tag.attributes.allSatisfy({ $0 == "href" }) else { return "cleaner: \(tag)" }
            if let address = tag.addresses.first(where: { !isHarmless($0) }) {
                return "cleaner: the address \(address)"
            }
            if tag.isEnd {
                guard open.popLast() == tag.name else { return "cleaner: </\(tag.name)> closes nothing" }
            } else if tag.name != "br", tag.name != "hr" {
                open.append(tag.name)
            }
        }
        return open.isEmpty && page.comments == 0 ? nil : "cleaner: \(open) is open"
    }

    private static func isHarmless(_ address: String) -> Bool {
        // A browser drops tabs and line breaks, and trims white space.
        let seen = HTMLEntities.decode(Array(address.utf8)).unicodeScalars.filter { $0.value > 0x20 }
        let text = String(String.UnicodeScalarView(seen)).lowercased()
        guard let end = text.firstIndex(where: { ":/?#".contains($0) }), text[end] == ":" else { return true }
        return end == text.startIndex || schemes.contains(String(text[..<end]))
    }
}
