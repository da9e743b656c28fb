// SPDX-License-Identifier: Apache-2.0

extension HTMLPlace {
    /// Returns the escaper of a value at this position, and advances past the value.
    mutating func acceptValue(isRaw: Bool) throws(MarkupError) -> (escaper: Escaper, quotesWhenEmpty: Bool) {
        if isRaw, state != .text || raw != nil {
            throw MarkupError(reason: "{{{…}}} and {{&…}} may stand in text only, not inside a tag or an attribute")
        }
        if foreignDepth > 0, !isLenient {
            throw MarkupError(reason: "a value cannot stand in <svg> or <math>")
        }
        isBehindValue = true
        switch state {
        case .text:
            guard raw != nil else { return (isRaw ? .cleanHTML : .html, false) }
            guard word.isEmpty else { throw MarkupError(reason: "a value cannot stand behind `<` or `</`") }
            return (try rawEscaper(), false)
        case .beforeValue:
            try beginValue(quote: 0)
            isWholeUnquoted = true
            return (try valueEscaper(), true)
        case .value:
            if isWholeUnquoted { throw Self.needsQuotes }
            return (try valueEscaper(), false)
        case .comment:
            guard dashes == 0, word == Self.settled else {
                throw MarkupError(
                    reason: "leave a blank between the beginning of the comment, or dashes, and the value"
                )
            }
            return (.comment, false)
        case .tagOpen, .endTagOpen, .tagName:
            throw MarkupError(reason: "a value cannot be the name of a tag or a part of it")
        case .gap, .beforeAttribute, .attributeName, .afterAttributeName:
            throw MarkupError(reason: "a value cannot be the name of an attribute or a part of it")
        case .declaration, .bogus, .conditionalHeader:
            throw MarkupError(reason: "a value cannot stand in a declaration")
        }
    }

    private mutating func rawEscaper() throws(MarkupError) -> Escaper {
        switch raw {
        case .css: return try css.acceptValue(inAttribute: false)
        case .forbidden:
            let name = String(decoding: tag, as: UTF8.self)
            throw MarkupError(reason: "a value cannot stand in <\(name)>")
        case .title, nil: return .html
        }
    }

    private mutating func valueEscaper() throws(MarkupError) -> Escaper {
        let name = String(decoding: word, as: UTF8.self)
        if !reference.isEmpty { try acceptReference() }
        switch attribute {
        case .plain:
            if word.elementsEqual("content".utf8) {
                meta.hasValue = true
                if meta.isRefresh { throw Self.refusesRefresh }
            }
            return quote == 0 ? .unquoted : .html
        case .address(let use): return try address.acceptValue(use)
        case .css:
            guard quote != 0 else { throw MarkupError(reason: "put quotes around a style that holds a value") }
            return try css.acceptValue(inAttribute: true)
        case .forbidden: throw MarkupError(reason: "a value cannot stand in the attribute `\(name)`")
        }
    }

    /// A value after `&` could become part of a reference.
    private mutating func acceptReference() throws(MarkupError) {
        if attribute == .css || address.isUndecided {
            throw MarkupError(reason: "a value cannot stand behind `&` here")
        }
        try endReference()
    }

    /// The position after two branches of a section; nil when they end differently.
    func joined(_ other: HTMLPlace) -> HTMLPlace? {
        guard raw == other.raw, isConditional == other.isConditional, foreignDepth == other.foreignDepth else {
            return nil
        }
        var result = state == other.state ? joinedWithinState(other) : joinedBetweenAttributes(other)
        result?.meta = meta.joined(other.meta)
        result?.isBehindValue = isBehindValue || other.isBehindValue || conditionalDashes != other.conditionalDashes
        return result
    }

    private func joinedWithinState(_ other: HTMLPlace) -> HTMLPlace? {
        switch state {
        case .text where raw == nil: return self
        case .beforeAttribute, .gap, .bogus: return isEndTag == other.isEndTag && tag == other.tag ? self : nil
        case .text:
            guard word == other.word, tag == other.tag else { return nil }
            return joinedStyle(other, isStyle: raw == .css)
        case .value:
            guard quote == other.quote, attribute == other.attribute, word == other.word else { return nil }
            guard isWholeUnquoted == other.isWholeUnquoted else { return nil }
            let isDecided = attribute != .css && !address.isUndecided && !other.address.isUndecided
            guard reference == other.reference || isDecided else { return nil }
            var result = joinedStyle(other, isStyle: true)
            if isDecided { result?.reference = [] }
            result?.address = address.joined(other.address)
            return result
        case .comment: return dashes == other.dashes && word == other.word ? self : nil
        default: return tag == other.tag && word == other.word && isEndTag == other.isEndTag ? self : nil
        }
    }

    private func joinedStyle(_ other: HTMLPlace, isStyle: Bool) -> HTMLPlace? {
        guard isStyle else { return self }
        guard let css = css.joined(other.css) else { return nil }
        var result = self
        result.css = css
        return result
    }

    private func joinedBetweenAttributes(_ other: HTMLPlace) -> HTMLPlace? {
        let states = [state, other.state]
        guard isEndTag == other.isEndTag, tag == other.tag else { return nil }
        let isGap = states.allSatisfy { $0 == .tagName || $0 == .beforeAttribute || $0 == .gap }
        let isBetween = states.allSatisfy { $0 == .afterAttributeName || $0 == .beforeAttribute }
        guard isGap || isBetween else { return nil }
        var result = self
        result.state = isGap ? .gap : .beforeAttribute
        return result
    }

    /// Whether a file may end here.
    var isAtRest: Bool { state == .text && raw == nil && !isConditional }

    /// A description of the position for messages.
    var words: String {
        switch state {
        case .text where raw == nil && isConditional: "a conditional comment"
        case .text: raw == nil ? "text" : "the text of <\(String(decoding: tag, as: UTF8.self))>"
        case .attributeName: "the name of the attribute `\(String(decoding: word, as: UTF8.self))`"
        case .value: "the attribute `\(String(decoding: word, as: UTF8.self))`"
        case .comment, .conditionalHeader: "a comment"
        default: "the tag <\(isEndTag ? "/" : "")\(String(decoding: tag, as: UTF8.self))>"
        }
    }
}
