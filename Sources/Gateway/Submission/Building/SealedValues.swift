// SPDX-License-Identifier: Apache-2.0
package import Basics
package import JSON

extension SecretSealing {
    /// Seals the values of a message's secret variables, bound to its id, in their stored form.
    ///
    /// The form is that of ``seal(_:boundTo:)`` with a list of name, value, name, value as content, each preceded by
    /// its length, so that reading it needs no parser.
    func seal(values: JSONObject, of id: String) throws(SealingError) -> [UInt8] {
        var content: [UInt8] = []
        SealedValues.write(.object(values), to: &content)
        guard let text = try seal(content, boundTo: id)["sealed"]?.string else { throw .broken }
        return JSON.object(JSONObject([("sealed", .string(text))])).encoded()
    }

    /// The values sealed by ``seal(values:of:)``.
    package func values(_ sealed: [UInt8], of id: String) throws(SealingError) -> JSONObject {
        let (head, tail) = (Array(#"{"sealed":""#.utf8), Array(#""}"#.utf8))
        guard sealed.starts(with: head), sealed.suffix(tail.count).elementsEqual(tail) else { throw .broken }
        let text = String(decoding: sealed.dropFirst(head.count).dropLast(tail.count), as: UTF8.self)
        let content = try open(text: text, boundTo: id)
        var rest = content[...]
        guard case .object(let values)? = SealedValues.read(&rest), rest.isEmpty else { throw .broken }
        return values
    }
}

/// A binary form of JSON values: a letter for the type, then the value, with counts of eight bytes.
enum SealedValues {
    static func write(_ value: JSON, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
        case .integer(let value):
            bytes.append(UInt8(ascii: "i"))
            write(UInt64(bitPattern: Int64(value)), to: &bytes)
        case .number(let value):
            bytes.append(UInt8(ascii: "d"))
            write(value.bitPattern, to: &bytes)
        case .decimal(let digits):
            bytes.append(UInt8(ascii: "m"))
            write(digits, to: &bytes)
        case .string(let text):
            bytes.append(UInt8(ascii: "s"))
            write(text, to: &bytes)
        case .array(let items):
            bytes.append(UInt8(ascii: "a"))
            write(UInt64(items.count), to: &bytes)
            for item in items { write(item, to: &bytes) }
        case .object(let members):
            bytes.append(UInt8(ascii: "o"))
            write(UInt64(members.count), to: &bytes)
            for (name, value) in members {
                write(name, to: &bytes)
                write(value, to: &bytes)
            }
        }
    }

    /// Removes one value from the front; nil when there is none.
    static func read(_ bytes: inout ArraySlice<UInt8>) -> JSON? {
        switch bytes.popFirst().map(Unicode.Scalar.init) {
        case "n": return .null
        case "t": return true
        case "f": return false
        case "i": return number(&bytes).map { .integer(Int(Int64(bitPattern: $0))) }
        case "d": return number(&bytes).map { .number(Double(bitPattern: $0)) }
        case "m": return text(&bytes).map(JSON.decimal)
        case "s": return text(&bytes).map(JSON.string)
        case "a": return list(&bytes) { read(&$0) }.map(JSON.array)
        case "o":
            let members = list(&bytes) { bytes in
                text(&bytes).flatMap { name in read(&bytes).map { (name, $0) } }
            }
            return members.map { .object(JSONObject($0)) }
        default: return nil
        }
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        write(UInt64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }

    private static func write(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        guard bytes.count >= 8 else { return nil }
        defer { bytes = bytes.dropFirst(8) }
        return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func text(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let count = number(&bytes), count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(Int(count)) }
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }

    private static func list<T>(
        _ bytes: inout ArraySlice<UInt8>,
        item: (inout ArraySlice<UInt8>) -> T?
    ) -> [T]? {
        guard let count = number(&bytes), count <= bytes.count else { return nil }
        var items: [T] = []
        for _ in 0..<count {
            guard let item = item(&bytes) else { return nil }
            items.append(item)
        }
        return items
    }
}
