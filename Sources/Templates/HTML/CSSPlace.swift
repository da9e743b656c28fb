// SPDX-License-Identifier: Apache-2.0

/// The position of a value in CSS.
struct CSSPlace: Sendable, Hashable {
    private enum Mode: Sendable, Hashable {
        case plain, comment
        case string(UInt8)
        /// Inside `url(`, with the quote or 0.
        case url(UInt8)
    }

    /// Represents the last byte, or a part of the current name, when it may come from a value.
    private static let unknown: UInt8 = 0
    /// Functions whose arguments are code, or URLs without `url(`.
    private static let closedFunctions: Set<String> = [
        "expression", "image-set", "-webkit-image-set", "image", "-webkit-image", "src", "url-prefix", "domain",
        "-moz-element", "element", "attr", "cross-fade", "-webkit-cross-fade",
    ]
    private static let closedRules: Set<String> = [
        "@import", "@namespace", "@charset", "@document", "@-moz-document",
    ]

    private var mode = Mode.plain
    private var address = AddressPlace()
    /// The current name, in lower case.
    private var name: [UInt8] = []
    private var last = UInt8.space
    private var isEscaped = false
    private var depth = 0
    /// The depth of a function that may not contain values; nil outside of one.
    private var closedDepth: Int?
    private var isInClosedRule = false

    mutating func consume(_ byte: UInt8) throws(MarkupError) {
        defer { last = byte }
        if isEscaped {
            isEscaped = false
            if mode == .plain { name.append(Self.unknown) }
            return
        }
        if byte == UInt8(ascii: "\\"), mode != .comment {
            isEscaped = true
            return
        }
        switch mode {
        case .plain: try consumePlain(byte)
        case .comment: try consumeComment(byte)
        case .string(let quote):
            if byte == .lineFeed { throw MarkupError(reason: "a CSS string ends on the line it begins on") }
            if byte == quote { mode = .plain }
        case .url(let quote): try consumeAddress(byte, quote: quote)
        }
    }

    private mutating func consumePlain(_ byte: UInt8) throws(MarkupError) {
        guard !byte.isCSSName else { return name.append(byte.lowercased) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): mode = .string(byte)
        case UInt8(ascii: "*") where last == Self.unknown:
            throw MarkupError(reason: "leave a blank between a value and `*`, which could begin a comment")
        case UInt8(ascii: "*") where last == UInt8(ascii: "/"): mode = .comment
        case UInt8(ascii: "("): try openFunction()
        case UInt8(ascii: ")"): closeFunction()
        case UInt8(ascii: ";"), UInt8(ascii: "{"), UInt8(ascii: "}"): isInClosedRule = false
        default: break
        }
        endName()
    }

    private mutating func endName() {
        if name.first == UInt8(ascii: "@"), Self.closedRules.contains(String(decoding: name, as: UTF8.self)) {
            isInClosedRule = true
        }
        name.removeAll(keepingCapacity: true)
    }

    private mutating func openFunction() throws(MarkupError) {
        guard !name.contains(Self.unknown) else {
            throw MarkupError(reason: "the name of a CSS function cannot be made of a value or be written with `\\`")
        }
        depth += 1
        if name.elementsEqual("url".utf8) {
            mode = .url(0)
            address = AddressPlace()
        } else if closedDepth == nil, Self.closedFunctions.contains(String(decoding: name, as: UTF8.self)) {
            closedDepth = depth
        }
    }

    private mutating func closeFunction() {
        if closedDepth == depth { closedDepth = nil }
        depth = max(0, depth - 1)
    }

    private mutating func consumeComment(_ byte: UInt8) throws(MarkupError) {
        guard byte == UInt8(ascii: "/") else { return }
        if last == Self.unknown { throw MarkupError(reason: "a section cannot end a CSS comment") }
        if last == UInt8(ascii: "*") { mode = .plain }
    }

    private mutating func consumeAddress(_ byte: UInt8, quote: UInt8) throws(MarkupError) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if quote == 0, address.isAtStart { mode = .url(byte) } else if quote == byte { mode = .plain }
        case UInt8(ascii: ")") where quote == 0:
            mode = .plain
            closeFunction()
        default: try address.consume(byte)
        }
    }

    mutating func acceptValue(inAttribute: Bool) throws(MarkupError) -> Escaper {
        if closedDepth != nil || isInClosedRule {
            throw MarkupError(reason: "a value cannot stand in this CSS function or rule")
        }
        if isEscaped { throw MarkupError(reason: "a value cannot stand behind `\\`") }
        switch mode {
        case .plain:
            if last == UInt8(ascii: "/") {
                throw MarkupError(reason: "leave a blank between `/` and the value")
            }
            (name, last) = (name + [Self.unknown], Self.unknown)
            return .css(inAttribute: inAttribute)
        case .string: return .cssString
        case .url: return try address.acceptValue(.css(inAttribute: inAttribute))
        case .comment: throw MarkupError(reason: "a value cannot stand in a CSS comment")
        }
    }

    /// The position after two branches; nil when they end differently.
    func joined(_ other: CSSPlace) -> CSSPlace? {
        guard mode == other.mode, isEscaped == other.isEscaped, depth == other.depth else { return nil }
        guard closedDepth == other.closedDepth, isInClosedRule == other.isInClosedRule else { return nil }
        var result = self
        if mode != .plain { result.address = address.joined(other.address) }
        if last != other.last || name != other.name {
            result.last = Self.unknown
            result.name = [Self.unknown]
        }
        return result
    }
}

extension UInt8 {
    fileprivate var isCSSName: Bool {
        isLetter || isDigit || self >= 0x80 || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
            || self == UInt8(ascii: "@")
    }
}
