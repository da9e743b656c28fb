// SPDX-License-Identifier: Apache-2.0

extension JSON {
    /// The value as UTF-8 text without white space between tokens.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self, indent: nil)
        return writer.bytes
    }

    /// The value as text, on one line or indented by two blanks per level.
    public func text(pretty: Bool = false) -> String {
        var writer = JSONWriter()
        writer.write(self, indent: pretty ? 0 : nil)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Appends JSON text to a buffer of bytes.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: JSON, indent: Int?) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value): write(value)
        case .decimal(let text): bytes.append(contentsOf: text.utf8)
        case .string(let value): write(value)
        case .array(let items):
            write("[", "]", items.count, indent) { writer, position, inner in
                writer.write(items[position], indent: inner)
            }
        case .object(let members):
            write("{", "}", members.count, indent) { writer, position, inner in
                writer.write(members[position].key)
                writer.bytes.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                writer.write(members[position].value, indent: inner)
            }
        }
    }

    /// Without an exponent, and with a fraction, so that the value is read back as a `Double`.
    private mutating func write(_ value: Double) {
        guard let text = PlainNumber.text(value) else { return bytes.append(contentsOf: "null".utf8) }
        bytes.append(contentsOf: text.utf8)
        if !text.utf8.contains(UInt8(ascii: ".")) { bytes.append(contentsOf: ".0".utf8) }
    }

    private mutating func write(
        _ open: String,
        _ close: String,
        _ count: Int,
        _ indent: Int?,
        item: (inout JSONWriter, Int, Int?) -> Void
    ) {
        let inner = indent.map { $0 + 1 }
        bytes.append(contentsOf: open.utf8)
        for position in 0..<count {
            if position > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(inner)
            item(&self, position, inner)
        }
        if count > 0 { breakLine(indent) }
        bytes.append(contentsOf: close.utf8)
    }

    private mutating func breakLine(_ indent: Int?) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
    }

    /// Escapes only what RFC 8259 section 7 requires, so that text in any script remains readable.
    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var rest = text.utf8[...]
        // Runs without escapes, which are nearly all of any text, are copied whole. A closure, because a key path is looked up
        // for each byte.
        while let position = rest.firstIndex(where: { $0.needsEscape }) {
            bytes.append(contentsOf: rest[..<position])
            escape(rest[position])
            rest = rest[rest.index(after: position)...]
        }
        bytes.append(contentsOf: rest)
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        default:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(contentsOf: [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]])
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

extension UInt8 {
    fileprivate var needsEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}
