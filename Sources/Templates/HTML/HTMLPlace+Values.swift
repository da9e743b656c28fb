// SPDX-License-Identifier: Apache-2.0

extension HTMLPlace {
    /// How a value here is escaped; moves behind it.
    mutating func acceptValue(isRaw: Bool) throws(PlaceRefusal) -> (escaper: Escaper, quotesWhenEmpty: Bool) {
        if isRaw, state != .text || raw != nil {
            throw PlaceRefusal(reason: "{{{…}}} and {{&…}} may stand in text only, not inside a tag or an attribute")
        }
        switch state {
        case .text:
            guard raw != nil else { return (isRaw ? .cleanHTML : .html, false) }
            word = []
            return (try rawEscaper(), false)
        case .beforeValue:
            beginValue(quote: 0)
            return (try valueEscaper(), true)
        case .value: return (try valueEscaper(), false)
        case .comment:
            dashes = 0
            word = Array("...".utf8)
            return (.comment, false)
        case .tagOpen, .endTagOpen, .tagName:
            throw PlaceRefusal(reason: "a value cannot be the name of a tag or a part of it")
        case .gap, .beforeAttribute, .attributeName, .afterAttributeName:
            throw PlaceRefusal(reason: "a value cannot be the name of an attribute or a part of it")
        case .declaration, .bogus, .conditionalHeader:
            throw PlaceRefusal(reason: "a value cannot stand in a declaration")
        }
    }

    private mutating func rawEscaper() throws(PlaceRefusal) -> Escaper {
        switch raw {
        case .css: return try css.acceptValue(inAttribute: false)
        case .forbidden:
            let name = String(decoding: tag, as: UTF8.self)
            throw PlaceRefusal(reason: "a value cannot stand in <\(name)>")
        case .title, nil: return .html
        }
    }

    private mutating func valueEscaper() throws(PlaceRefusal) -> Escaper {
        let name = String(decoding: word, as: UTF8.self)
        switch attribute {
        case .plain: return quote == 0 ? .unquoted : .html
        case .address(let use): return address.acceptValue(use)
        case .css:
            guard quote != 0 else { throw PlaceRefusal(reason: "put quotes around a style that holds a value") }
            return try css.acceptValue(inAttribute: true)
        case .forbidden: throw PlaceRefusal(reason: "a value cannot stand in the attribute `\(name)`")
        }
    }

    /// The place after one of two ways through a section; nil when they end in different places.
    func joined(_ other: HTMLPlace) -> HTMLPlace? {
        guard raw == other.raw, isConditional == other.isConditional else { return nil }
        if state != other.state { return joinedBetweenAttributes(other) }
        switch state {
        case .text where raw == nil, .beforeAttribute, .gap, .bogus:
            return isEndTag == other.isEndTag || state == .text ? self : nil
        case .text: return raw != .css || css.isSamePlace(other.css) ? self : nil
        case .value:
            guard quote == other.quote, attribute == other.attribute, word == other.word else { return nil }
            guard css.isSamePlace(other.css) else { return nil }
            var result = self
            result.address = address.joined(other.address)
            return result
        default: return tag == other.tag && word == other.word && isEndTag == other.isEndTag ? self : nil
        }
    }

    private func joinedBetweenAttributes(_ other: HTMLPlace) -> HTMLPlace? {
        let states = [state, other.state]
        guard isEndTag == other.isEndTag else { return nil }
        let isGap = states.allSatisfy { $0 == .tagName || $0 == .beforeAttribute || $0 == .gap }
        let isBetween = states.allSatisfy { $0 == .afterAttributeName || $0 == .beforeAttribute }
        guard isGap || isBetween else { return nil }
        var result = self
        result.state = isGap ? .gap : .beforeAttribute
        return result
    }

    /// The place as a person calls it.
    var words: String {
        switch state {
        case .text: raw == nil ? "text" : "the text of <\(String(decoding: tag, as: UTF8.self))>"
        case .value: "the attribute `\(String(decoding: word, as: UTF8.self))`"
        case .comment, .conditionalHeader: "a comment"
        default: "the tag <\(isEndTag ? "/" : "")\(String(decoding: tag, as: UTF8.self))>"
        }
    }
}
