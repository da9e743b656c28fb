// SPDX-License-Identifier: Apache-2.0

/// Whether a `<meta>` redirects, with a URL after a number in `content`.
struct MetaRefresh: Sendable, Hashable {
    var isRefresh = false
    var hasValue = false

    func joined(_ other: MetaRefresh) -> MetaRefresh {
        MetaRefresh(isRefresh: isRefresh || other.isRefresh, hasValue: hasValue || other.hasValue)
    }
}

extension HTMLPlace {
    mutating func beginValue(quote: UInt8) throws(MarkupError) {
        self.quote = quote
        state = .value
        attribute = AttributeKind(tag: tag, name: word)
        address = AddressPlace()
        css = CSSPlace()
        (isWholeUnquoted, valueLength, reference) = (false, 0, [])
        guard !isLenient, word.elementsEqual("http-equiv".utf8) else { return }
        meta.isRefresh = true
        if meta.hasValue { throw Self.refusesRefresh }
    }

    static var refusesRefresh: MarkupError {
        MarkupError(reason: "a value cannot stand in the `content` of a <meta http-equiv>")
    }

    mutating func consumeValue(_ byte: UInt8) throws(MarkupError) -> Event {
        if quote != 0, byte == quote {
            try endReference()
            state = .beforeAttribute
            return .none
        }
        if quote == 0, byte.isSpace || byte == UInt8(ascii: ">") {
            try endReference()
            state = .beforeAttribute
            return try consumeBeforeAttribute(byte)
        }
        valueLength += 1
        if !isLenient { try follow(byte) }
        return .value(byte)
    }

    private mutating func follow(_ byte: UInt8) throws(MarkupError) {
        if isWholeUnquoted { throw Self.needsQuotes }
        guard attribute != .plain, attribute != .forbidden else { return }
        if byte == UInt8(ascii: "&") {
            try endReference()
            reference = [byte]
        } else if reference.isEmpty {
            try feed(byte)
        } else if byte == UInt8(ascii: ";") {
            try decodeReference()
        } else if byte.isLetter || byte.isDigit || byte == UInt8(ascii: "#") && reference.count == 1 {
            reference.append(byte)
        } else {
            try endReference()
            try feed(byte)
        }
    }

    static var needsQuotes: MarkupError {
        MarkupError(reason: "put quotes around an attribute that holds more than one value")
    }

    /// Decodes references before URLs and styles are parsed, as browsers do.
    private mutating func decodeReference() throws(MarkupError) {
        reference.append(UInt8(ascii: ";"))
        let decoded = HTMLEntities.decode(reference, isAttribute: true)
        if decoded.utf8.elementsEqual(reference) { return try endReference() }
        reference = []
        for byte in decoded.utf8 { try feed(byte) }
    }

    /// Treats an incomplete reference as literal text; throws where a client could decode it differently.
    mutating func endReference() throws(MarkupError) {
        let text = reference
        reference = []
        guard !text.isEmpty else { return }
        if text.count > 1, attribute == .css || address.isUndecided {
            let shown = String(decoding: text, as: UTF8.self)
            throw MarkupError(reason: "write the character itself, or a numbered reference, in place of `\(shown)`")
        }
        for byte in text { try feed(byte) }
    }

    private mutating func feed(_ byte: UInt8) throws(MarkupError) {
        switch attribute {
        case .address: try address.consume(byte)
        case .css: try css.consume(byte)
        case .plain, .forbidden: break
        }
    }
}
