// SPDX-License-Identifier: Apache-2.0

/// Parses HTML byte by byte and determines the context of a value.
///
/// Follows the tokenizer of the HTML standard as far as mail needs it, and parses the inside of Outlook's conditional comments
/// as HTML.
struct HTMLPlace: Sendable, Hashable {
    enum State: Sendable {
        case text, tagOpen, endTagOpen, tagName, beforeAttribute, attributeName, afterAttributeName, beforeValue, value
        /// Between a tag's name and its attributes, when a section may have written an attribute.
        case gap
        case declaration, bogus, comment, conditionalHeader
    }

    /// Elements with raw text.
    enum RawElement: Sendable {
        case css, title, forbidden
    }

    enum Event: Sendable {
        case none
        case text(UInt8)
        case attribute
        case value(UInt8)
        case tag
    }

    /// Whether the HTML is foreign: nothing that can be parsed is refused.
    let isLenient: Bool
    /// Whether <noscript> and <template> are parsed like other elements, as in clients without scripts.
    let opensAll: Bool
    /// Whether the inside of Outlook's conditional comments is parsed; for all other clients they are comments.
    let followsConditional: Bool
    var state = State.text
    /// The quote of the current attribute; 0 for none.
    var quote: UInt8 = 0
    var isEndTag = false
    var raw: RawElement?
    var attribute = AttributeKind.plain
    var address = AddressPlace()
    var css = CSSPlace()
    /// Whether a conditional comment for Outlook is open, which all other clients treat as a comment.
    var isConditional = false
    /// The dashes just parsed in a conditional comment, and whether a value may add more.
    var conditionalDashes = 0
    var isBehindValue = false
    /// The number of open `<svg>` and `<math>` elements, which have their own rules.
    var foreignDepth = 0
    /// Whether the unquoted attribute is a single value, which may be written as `""`.
    var isWholeUnquoted = false
    /// The length of the attribute so far in bytes, without values.
    var valueLength = 0
    /// The current character reference, including its `&`.
    var reference: [UInt8] = []
    var meta = MetaRefresh()
    /// The name of the current tag or of the open raw element, in lower case.
    var tag: [UInt8] = []
    /// The name of the current attribute, or the beginning of a comment or of an end tag.
    var word: [UInt8] = []
    var dashes = 0

    init(isLenient: Bool = false, opensAll: Bool = false, followsConditional: Bool = true) {
        (self.isLenient, self.opensAll, self.followsConditional) = (isLenient, opensAll, followsConditional)
    }

    mutating func consume(_ byte: UInt8) throws(MarkupError) -> Event {
        if isConditional, !isLenient { try guardComment(byte) }
        switch state {
        case .text: return try consumeText(byte)
        case .tagOpen: openTag(byte)
        case .endTagOpen: openEndTag(byte)
        case .tagName: return try consumeTagName(byte)
        case .gap:
            guard byte.isSpace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") else {
                throw MarkupError(reason: "leave a blank between the section and what follows it in the tag")
            }
            state = .beforeAttribute
            return try consumeBeforeAttribute(byte)
        case .beforeAttribute: return try consumeBeforeAttribute(byte)
        case .attributeName, .afterAttributeName: return try consumeAttributeName(byte)
        case .beforeValue: return try consumeBeforeValue(byte)
        case .value: return try consumeValue(byte)
        case .declaration, .bogus, .comment, .conditionalHeader: try consumeComment(byte)
        }
        return .none
    }

    private mutating func consumeText(_ byte: UInt8) throws(MarkupError) -> Event {
        if let raw {
            if raw == .css, !isLenient { try css.consume(byte) }
            return try consumeRaw(byte)
        }
        guard byte == UInt8(ascii: "<") else { return .text(byte) }
        state = .tagOpen
        return .none
    }

    /// Looks for the end tag of the raw element.
    private mutating func consumeRaw(_ byte: UInt8) throws(MarkupError) -> Event {
        if raw == .forbidden, !isLenient, word.count == 1, byte == UInt8(ascii: "!") {
            throw MarkupError(reason: "`<!--` in a <script> hides its end from some readers; leave it out")
        }
        // `word` is the parsed beginning of `</NAME`.
        let isWhole = word.count == tag.count + 2
        if isWhole, byte.isSpace || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") {
            raw = nil
            word = []
            isEndTag = true
            state = byte == UInt8(ascii: ">") ? .text : .beforeAttribute
            return byte == UInt8(ascii: ">") ? .tag : .none
        }
        if !isWhole, byte.lowercased == endTagByte(word.count) {
            word.append(byte.lowercased)
        } else if byte == UInt8(ascii: "<") {
            word = [byte]
        } else if !word.isEmpty {
            word = []
        }
        return .text(byte)
    }

    /// The byte at `index` of `</NAME`.
    private func endTagByte(_ index: Int) -> UInt8 {
        switch index {
        case 0: UInt8(ascii: "<")
        case 1: UInt8(ascii: "/")
        default: tag[index - 2]
        }
    }

    private mutating func openTag(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "/"): state = .endTagOpen
        case UInt8(ascii: "!"): (state, word, dashes) = (.declaration, [], 0)
        case UInt8(ascii: "?"): state = .bogus
        case UInt8(ascii: "<"): break
        default:
            state = byte.isLetter ? .tagName : .text
            (tag, isEndTag, meta) = ([byte.lowercased], false, MetaRefresh())
        }
    }

    private mutating func openEndTag(_ byte: UInt8) {
        if byte.isLetter {
            (state, tag, isEndTag) = (.tagName, [byte.lowercased], true)
        } else {
            state = byte == UInt8(ascii: ">") ? .text : .bogus
        }
    }

    private mutating func consumeTagName(_ byte: UInt8) throws(MarkupError) -> Event {
        switch byte {
        case UInt8(ascii: ">"): return try endTag()
        case UInt8(ascii: "/"): state = .beforeAttribute
        case _ where byte.isSpace: state = .beforeAttribute
        default: tag.append(byte.lowercased)
        }
        return .none
    }

    mutating func consumeBeforeAttribute(_ byte: UInt8) throws(MarkupError) -> Event {
        switch byte {
        case UInt8(ascii: ">"): return try endTag()
        case UInt8(ascii: "/"): break
        case _ where byte.isSpace: break
        case UInt8(ascii: "="): throw MarkupError(reason: "`=` without the name of an attribute before it")
        default: (state, word) = (.attributeName, [byte.lowercased])
        }
        return .none
    }

    private mutating func consumeAttributeName(_ byte: UInt8) throws(MarkupError) -> Event {
        switch byte {
        case UInt8(ascii: "="): state = .beforeValue
        case UInt8(ascii: ">"): return try endTag()
        case UInt8(ascii: "/"): state = .beforeAttribute
        case _ where byte.isSpace: state = .afterAttributeName
        default:
            if state == .afterAttributeName { word = [] }
            state = .attributeName
            word.append(byte.lowercased)
        }
        return .none
    }

    private mutating func consumeBeforeValue(_ byte: UInt8) throws(MarkupError) -> Event {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            try beginValue(quote: byte)
            return .attribute
        case UInt8(ascii: ">"): return try endTag()
        case _ where byte.isSpace: return .none
        default:
            try beginValue(quote: 0)
            return try consumeValue(byte)
        }
    }
}
