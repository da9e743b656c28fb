// SPDX-License-Identifier: Apache-2.0

/// Any JSON value, for a `Decoder` such as Foundation's: members may have other types than documented.
///
/// Each level takes stack, so the caller checks the text with ``JSON/isNested(deeperThan:in:)`` first.
package struct DecodedJSON: Decodable {
    package let value: JSON

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a value; the members of an object are in the order of their keys, because a decoder has none.
    package init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Key.self) {
            let keys = members.allKeys.sorted { $0.stringValue < $1.stringValue }
            value = .object(
                JSONObject(try keys.map { ($0.stringValue, try members.decode(DecodedJSON.self, forKey: $0).value) })
            )
        } else if var items = try? decoder.unkeyedContainer() {
            var array: [JSON] = []
            while !items.isAtEnd { array.append(try items.decode(DecodedJSON.self).value) }
            value = .array(array)
        } else {
            value = try Self.scalar(decoder.singleValueContainer())
        }
    }

    /// Tries each type in turn: the reason why one does not fit is not needed.
    private static func scalar(_ single: any SingleValueDecodingContainer) throws -> JSON {
        if single.decodeNil() { return .null }
        if let flag = try? single.decode(Bool.self) { return .bool(flag) }
        if let whole = try? single.decode(Int.self) { return .integer(whole) }
        if let number = try? single.decode(Double.self) { return .number(number) }
        return .string(try single.decode(String.self))
    }
}

extension JSON {
    /// Whether arrays and objects in JSON text are nested deeper than `limit`; for other text the answer means nothing.
    ///
    /// True for text with a NUL, which JSON in UTF-8 does not contain (RFC 8259 section 7) and other encodings of it do.
    package static func isNested(deeperThan limit: Int, in text: [UInt8]) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if byte == 0 { return true }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            if depth > limit { return true }
        }
        return false
    }
}
