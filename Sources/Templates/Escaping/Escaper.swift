// SPDX-License-Identifier: Apache-2.0
import JSON

/// What is done to a value so that it stays a value in the place it stands in.
enum Escaper: Sendable, Hashable {
    /// As it is.
    case raw
    /// `& " < >` as entities, as the Mustache spec has it.
    case specification
    /// Text or a quoted attribute of HTML.
    case html
    /// An attribute without quotes.
    case unquoted
    /// An HTML comment.
    case comment
    /// The beginning of an address.
    case url(URLUse)
    /// Part of an address before `?` and `#`.
    case urlPath
    /// Part of an address behind `?` or `#`.
    case urlQuery
    /// A value of a CSS declaration; `inAttribute` when entities are read there.
    case css(inAttribute: Bool)
    /// The inside of a CSS string.
    case cssString
    /// HTML, cleaned.
    case cleanHTML
    /// One line of a header.
    case subject
    /// A text part.
    case text
    /// HTML shown in a text part.
    case htmlAsText
    /// The same within a text part that is made from HTML: ends as the last element of the value does.
    case htmlInText
}

/// Where an address leads.
enum URLUse: Sendable, Hashable {
    /// Followed by a click; subject to the brand's link hosts.
    case link
    /// The same in a text part.
    case shown
    /// The same where words follow at once: behind a bare host it gets a slash, so that they cannot continue the host.
    case shownWhole
    /// Fetched by the reader, such as an image.
    case resource
    /// Fetched by the reader, inside `url(…)` of CSS.
    case css(inAttribute: Bool)
}

/// Says why a value cannot stand in its place; continues "the value of NAME …".
struct EscapeRefusal: Error {
    let reason: String
}

extension Escaper {
    /// Appends `value` to `output`; null, lists and objects are nothing.
    func write(
        _ value: JSON,
        as format: ValueFormat,
        _ program: Program,
        to output: inout [UInt8]
    ) throws(EscapeRefusal) {
        switch (format, value) {
        case (.plain, .string(let text)): try write(text, linkHosts: program.linkHosts, to: &output)
        case (_, .null): break
        default:
            guard let text = format.text(value, program.locale) else { return }
            try write(text, linkHosts: program.linkHosts, to: &output)
        }
    }

    /// The value `text` of `name`, which is known when a template is compiled; throws when it cannot stand in its place.
    func bytes(
        _ text: String,
        of name: Name,
        linkHosts: [String],
        quotesWhenEmpty: Bool
    ) throws(TemplateError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(EscapeRefusal) {
            try write(text, linkHosts: linkHosts, to: &bytes)
        } catch {
            throw name.position.error("the value of \(name.text) \(error.reason)")
        }
        return bytes.isEmpty && quotesWhenEmpty ? Array("\"\"".utf8) : bytes
    }

    /// For the same part of an address in a text part: percent-encoded alike, without character references.
    var inText: Escaper {
        switch self {
        case .urlPath, .urlQuery: self
        default: .url(.shown)
        }
    }

    func write(_ text: String, linkHosts: [String], to output: inout [UInt8]) throws(EscapeRefusal) {
        switch self {
        case .raw: output.append(contentsOf: text.utf8)
        case .specification: HTMLEscaping.appendSpecified(text, to: &output)
        case .html: HTMLEscaping.append(text, to: &output)
        case .unquoted: HTMLEscaping.appendUnquoted(text, to: &output)
        case .comment: HTMLEscaping.appendComment(text, to: &output)
        case .url(let use): try URLEscaping.appendAddress(text, use, linkHosts: linkHosts, to: &output)
        case .urlPath: URLEscaping.append(text, keeping: "/@+", to: &output)
        case .urlQuery: URLEscaping.append(text, keeping: "", to: &output)
        case .css(let inAttribute): try CSSEscaping.append(text, inAttribute: inAttribute, to: &output)
        case .cssString: CSSEscaping.appendString(text, to: &output)
        case .cleanHTML: try HTMLCleaner.append(text, linkHosts: linkHosts, to: &output)
        case .subject: ControlCharacters.appendLine(text, to: &output)
        case .text: ControlCharacters.appendText(text, to: &output)
        case .htmlAsText: ControlCharacters.appendText(HTMLText.text(fromHTML: text), to: &output)
        case .htmlInText: ControlCharacters.appendText(HTMLText.text(ofPart: text), to: &output)
        }
    }
}
