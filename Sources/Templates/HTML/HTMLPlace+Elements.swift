// SPDX-License-Identifier: Apache-2.0

extension HTMLPlace {
    mutating func endTag() throws(MarkupError) -> Event {
        state = .text
        word = []
        let name = String(decoding: tag, as: UTF8.self)
        if name == "svg" || name == "math" { foreignDepth = max(0, foreignDepth + (isEndTag ? -1 : 1)) }
        guard !isEndTag else { return .tag }
        switch name {
        case "style": (raw, css) = (.css, CSSPlace())
        case "title", "textarea": raw = .title
        case "script", "iframe": raw = .forbidden
        case "noscript" where opensAll, "template" where opensAll: break
        case "noembed", "noframes", "noscript", "plaintext", "xmp", "template":
            raw = .forbidden
            guard isLenient else {
                throw MarkupError(
                    reason: "<\(name)> means one thing to some readers and another to others; leave it out"
                )
            }
        default: break
        }
        if raw != nil, foreignDepth > 0, !isLenient {
            throw MarkupError(reason: "<\(name)> within <svg> or <math> has other rules; leave it out")
        }
        return .tag
    }

    /// In a conditional comment, `-->` ends the comment for all clients except Outlook.
    mutating func guardComment(_ byte: UInt8) throws(MarkupError) {
        switch byte {
        case UInt8(ascii: "-"): conditionalDashes += 1
        case UInt8(ascii: "!"): break
        case UInt8(ascii: ">") where state != .declaration && state != .comment:
            if conditionalDashes >= 2 {
                throw MarkupError(reason: "`-->` ends a conditional comment; write `<![endif]-->`")
            }
            if isBehindValue {
                throw MarkupError(
                    reason: "within a conditional comment, put quotes or a blank between a value and `>`"
                )
            }
            conditionalDashes = 0
        default: (conditionalDashes, isBehindValue) = (0, false)
        }
    }

    mutating func consumeComment(_ byte: UInt8) throws(MarkupError) {
        switch state {
        case .declaration: try consumeDeclaration(byte)
        case .comment: consumeCommentText(byte)
        case .conditionalHeader:
            if byte == UInt8(ascii: ">") {
                (state, isConditional, word) = (.text, true, [])
                (conditionalDashes, isBehindValue) = (0, false)
            }
        default:
            if byte == UInt8(ascii: ">") { state = .text }
        }
    }

    private mutating func consumeDeclaration(_ byte: UInt8) throws(MarkupError) {
        if foreignDepth > 0, word.isEmpty, byte == UInt8(ascii: "["), !isLenient {
            throw MarkupError(reason: "`<![CDATA[` within <svg> or <math> has other rules; leave it out")
        }
        word.append(byte)
        if word.elementsEqual("--".utf8) { (state, word, dashes) = (.comment, [], 0) }
        guard byte == UInt8(ascii: ">") else { return }
        if isConditional, word.starts(with: "[endif]".utf8) { isConditional = false }
        state = .text
    }

    /// ``word`` holds the text that can still become `[if` or an immediate end of the comment, and dots otherwise.
    private mutating func consumeCommentText(_ byte: UInt8) {
        let isAtStart = word.isEmpty || word == [UInt8(ascii: "-")]
        if byte == UInt8(ascii: ">"), dashes >= 2 || isAtStart {
            (state, isConditional) = (.text, false)
            return
        }
        // `--!>` ends a comment too.
        if byte != UInt8(ascii: "!") || dashes < 2 { dashes = byte == UInt8(ascii: "-") ? min(dashes + 1, 2) : 0 }
        if word.count < 3 { word.append(byte) }
        if word.elementsEqual("[if".utf8), !isConditional, followsConditional { return state = .conditionalHeader }
        if !"[if".utf8.starts(with: word), word != [UInt8(ascii: "-")] { word = Self.settled }
    }

    static let settled = Array("...".utf8)
}
