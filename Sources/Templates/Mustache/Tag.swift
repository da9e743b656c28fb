// SPDX-License-Identifier: Apache-2.0

/// One Mustache tag and its position in the file.
struct Tag: Sendable {
    enum Kind: Sendable {
        case value, rawValue, section, inverted, close, comment, delimiters, partial, parent, block

        /// Whether a line with only this tag is removed from the output.
        var mayStandAlone: Bool {
            switch self {
            case .value, .rawValue, .parent, .block: false
            case .section, .inverted, .close, .comment, .delimiters, .partial: true
            }
        }
    }

    let kind: Kind
    /// The text between the delimiters after the sigil, without surrounding white space.
    let content: String
    /// From the first byte of the opening delimiter to the first byte after the closing one.
    let range: Range<Int>
}

/// Finds the tags of a file in one pass.
struct TagReader {
    private let source: SourceFile
    private var bytes: [UInt8] { source.bytes }
    private var opening = Array("{{".utf8)
    private var closing = Array("}}".utf8)

    init(_ source: SourceFile) {
        self.source = source
    }

    mutating func tags() throws(TemplateError) -> [Tag] {
        var tags: [Tag] = []
        var position = 0
        while let start = find(opening, from: position) {
            let tag = try tag(at: start)
            tags.append(tag)
            position = tag.range.upperBound
        }
        return tags
    }

    private mutating func tag(at start: Int) throws(TemplateError) -> Tag {
        var inner = start + opening.count
        let (kind, sigilLength) = kind(at: inner)
        let isTriple = kind == .rawValue && bytes[inner] == UInt8(ascii: "{")
        inner += sigilLength
        let end = isTriple ? Array("}}}".utf8) : kind == .delimiters ? [UInt8(ascii: "=")] + closing : closing
        guard let close = find(end, from: inner) else {
            throw source.error("this tag is not closed; expected \(String(decoding: end, as: UTF8.self))", at: start)
        }
        let content = trimmed(inner..<close)
        guard let text = String(validating: bytes[content], as: UTF8.self) else {
            throw source.error("this tag is not UTF-8", at: start)
        }
        let tag = Tag(kind: kind, content: text, range: start..<close + end.count)
        if kind == .delimiters { try setDelimiters(tag) }
        return tag
    }

    private func kind(at position: Int) -> (Tag.Kind, sigilLength: Int) {
        var position = position
        let start = position
        while position < bytes.count, bytes[position].isSpace { position += 1 }
        guard position < bytes.count else { return (.value, 0) }
        let kind: Tag.Kind? =
            switch bytes[position] {
            case UInt8(ascii: "#"): .section
            case UInt8(ascii: "^"): .inverted
            case UInt8(ascii: "/"): .close
            case UInt8(ascii: "!"): .comment
            case UInt8(ascii: "="): .delimiters
            case UInt8(ascii: ">"): .partial
            case UInt8(ascii: "<"): .parent
            case UInt8(ascii: "$"): .block
            case UInt8(ascii: "&"): .rawValue
            case UInt8(ascii: "{") where position == start && opening == Array("{{".utf8): .rawValue
            default: nil
            }
        guard let kind else { return (.value, 0) }
        return (kind, position - start + 1)
    }

    private mutating func setDelimiters(_ tag: Tag) throws(TemplateError) {
        let parts = tag.content.split { $0.isWhitespace }
        guard parts.count == 2, !tag.content.contains("=") else {
            throw source.error("write new delimiters as {{=<% %>=}}: two words without `=`", at: tag.range.lowerBound)
        }
        opening = Array(parts[0].utf8)
        closing = Array(parts[1].utf8)
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first].isSpace { range = first + 1..<range.upperBound }
        while let last = range.last, bytes[last].isSpace { range = range.lowerBound..<last }
        return range
    }

    private func find(_ needle: [UInt8], from start: Int) -> Int? {
        var position = start
        let last = bytes.count - needle.count
        while position <= last {
            guard let next = bytes[position...last].firstIndex(of: needle[0]) else { return nil }
            if bytes[next..<next + needle.count].elementsEqual(needle) { return next }
            position = next + 1
        }
        return nil
    }
}
