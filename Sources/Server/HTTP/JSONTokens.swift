// SPDX-License-Identifier: Apache-2.0

/// Limits the number of values in a large JSON body, which could cost gigabytes and seconds to parse.
///
/// It counts quotes, commas and brackets in one pass over the bytes and does not check the syntax; the parser does that.
struct JSONTokens {
    enum Verdict: Hashable {
        case reasonable
        case tooManyValues
        /// One object has more members than any legitimate request needs.
        case tooManyMembers
    }

    /// Bodies up to this size are not counted.
    static let harmless = 1024 * 1024
    /// Enough for a batch of 1,000 messages with 1,000 values each.
    static let limit = 1_000_000
    static let memberLimit = 10_000

    private var count = 0
    /// The member count of each open object; nil for a list.
    ///
    /// Only the value count limits its depth: the parser builds the values before it checks the nesting depth.
    private var open: [Int?] = []

    static func verdict(_ text: [UInt8]) -> Verdict {
        guard text.count > harmless else { return .reasonable }
        var tokens = JSONTokens()
        return tokens.read(text.span)
    }

    private mutating func read(_ text: Span<UInt8>) -> Verdict {
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): position = Self.end(ofString: position, in: text)
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"):
                count += 1
                if count > Self.limit { return .tooManyValues }
                guard byte == UInt8(ascii: ",") else {
                    open.append(byte == UInt8(ascii: "{") ? 1 : nil)
                    continue
                }
                guard let members = open.last ?? nil else { continue }
                if members >= Self.memberLimit { return .tooManyMembers }
                open[open.count - 1] = members + 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): _ = open.popLast()
            default: break
            }
        }
        return .reasonable
    }

    /// The position after the quote that ends a string.
    private static func end(ofString start: Int, in text: Span<UInt8>) -> Int {
        var position = start
        while position < text.count {
            let byte = text[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        return position
    }
}
