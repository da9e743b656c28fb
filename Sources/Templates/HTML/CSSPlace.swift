// SPDX-License-Identifier: Apache-2.0

/// Where in CSS a value would stand.
struct CSSPlace: Sendable, Hashable {
    private enum Mode: Sendable, Hashable {
        case plain, comment
        case string(UInt8)
        /// Inside `url(`, with the quote or 0.
        case url(UInt8)
    }

    private var mode = Mode.plain
    private var address = AddressPlace()
    /// The last four bytes in small letters, the last one lowest.
    private var tail: UInt32 = 0
    private var last: UInt8 { UInt8(truncatingIfNeeded: tail) }
    private var isEscaped = false

    mutating func consume(_ byte: UInt8) throws(PlaceRefusal) {
        defer { tail = tail << 8 | UInt32(byte.lowercased) }
        if isEscaped {
            isEscaped = false
            return
        }
        if byte == UInt8(ascii: "\\"), mode != .comment {
            isEscaped = true
            return
        }
        switch mode {
        case .plain: consumePlain(byte)
        case .comment: if byte == UInt8(ascii: "/"), last == UInt8(ascii: "*") { mode = .plain }
        case .string(let quote): if byte == quote { mode = .plain }
        case .url(let quote): try consumeAddress(byte, quote: quote)
        }
    }

    private mutating func consumePlain(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): mode = .string(byte)
        case UInt8(ascii: "*") where last == UInt8(ascii: "/"): mode = .comment
        case UInt8(ascii: "(") where tail & 0xFF_FFFF == 0x75_726C:
            mode = .url(0)
            address = AddressPlace()
        default: break
        }
    }

    private mutating func consumeAddress(_ byte: UInt8, quote: UInt8) throws(PlaceRefusal) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            if quote == 0, address.isAtStart { mode = .url(byte) } else if quote == byte { mode = .plain }
        case UInt8(ascii: ")") where quote == 0: mode = .plain
        default: try address.consume(byte)
        }
    }

    mutating func acceptValue(inAttribute: Bool) throws(PlaceRefusal) -> Escaper {
        tail = 0
        switch mode {
        case .plain: return .css(inAttribute: inAttribute)
        case .string: return .cssString
        case .url: return address.acceptValue(.css(inAttribute: inAttribute))
        case .comment: throw PlaceRefusal(reason: "a value cannot stand in a CSS comment")
        }
    }

    func isSamePlace(_ other: CSSPlace) -> Bool {
        mode == other.mode && isEscaped == other.isEscaped && (mode == .plain || address == other.address)
    }
}
