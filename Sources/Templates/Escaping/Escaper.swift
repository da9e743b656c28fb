// SPDX-License-Identifier: Apache-2.0
import JSON

/// How a value is escaped for its context.
enum Escaper: Sendable, Hashable {
    /// Unescaped.
    case raw
    /// `& " < >` as entities, as in the Mustache spec.
    case specification
    /// Text or a quoted HTML attribute.
    case html
    /// An unquoted attribute.
    case unquoted
    /// An HTML comment.
    case comment
    /// The beginning of a URL.
    case url(URLUse)
    /// A part of a URL before `?` and `#`.
    case urlPath
    /// A part of a URL after `?` or `#`.
    case urlQuery
    /// A value of a CSS declaration; `inAttribute` when entities are decoded there.
    case css(inAttribute: Bool)
    /// The inside of a CSS string.
    case cssString
    /// Sanitized HTML.
    case cleanHTML
    /// One line of a header.
    case subject
    /// A plain text part.
    case text
    /// HTML converted to text in a text part.
    case htmlAsText
    /// The same within a text part derived from HTML: its end depends on the last element of the value.
    case htmlInText
}

/// The use of a URL.
enum URLUse: Sendable, Hashable {
    /// A link that the reader clicks; subject to the brand's link hosts.
    case link
    /// The same in a text part.
    case shown
    /// The same directly before other text: a bare host gets a slash, so that the text cannot continue the host.
    case shownWhole
    /// A resource that the mail client loads, such as an image.
    case resource
    /// A resource inside `url(…)` of CSS.
    case css(inAttribute: Bool)
}

extension Escaper {
    /// Appends the value that was found for `use` to `output`; null, lists and objects append nothing.
    func write(
        _ value: JSON,
        _ use: Program.Value,
        _ program: Program,
        to output: inout [UInt8]
    ) throws(MarkupError) {
        let linkHosts = use.isGatewayValue ? [] : program.linkHosts
        switch (use.format, value) {
        case (.plain, .string(let text)): try write(text, linkHosts: linkHosts, to: &output)
        case (_, .null): break
        default:
            guard let text = use.format.text(value, program.locale) else { return }
            try write(text, linkHosts: linkHosts, to: &output)
        }
    }

    /// Escapes `text`, the value of `name`, at compile time; throws when it is refused in its context.
    func bytes(
        _ text: String,
        of name: Name,
        linkHosts: [String],
        quotesWhenEmpty: Bool
    ) throws(TemplateError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(MarkupError) {
            try write(text, linkHosts: linkHosts, to: &bytes)
        } catch {
            throw name.position.error("the value of \(name.text) \(error.reason)")
        }
        return bytes.isEmpty && quotesWhenEmpty ? Array("\"\"".utf8) : bytes
    }

    /// The escaper for the same part of a URL in a text part: percent-encoded alike, without character references.
    var inText: Escaper {
        switch self {
        case .urlPath, .urlQuery: self
        default: .url(.shown)
        }
    }

    func write(_ text: String, linkHosts: [String], to output: inout [UInt8]) throws(MarkupError) {
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
