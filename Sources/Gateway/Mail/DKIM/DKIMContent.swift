// SPDX-License-Identifier: Apache-2.0
import Crypto

/// The parts of a message that signatures cover: its header fields by name, and the hash of its body.
struct DKIMContent {
    private struct Field {
        /// In lower case.
        let name: String
        let range: Range<Int>
    }

    private let message: [UInt8]
    private let fields: [Field]
    /// The SHA-256 of the body in its relaxed canonical form.
    let bodyHash: [UInt8]

    /// Reads the header of a message with CRLF line ends; a line that is no field is covered by no signature.
    init(_ message: [UInt8]) {
        self.message = message
        let (fields, bodyStart) = Self.header(message.span)
        self.fields = fields
        var hash = SHA256()
        DKIMCanonicalForm.body(message, from: bodyStart) { hash.update(data: $0) }
        bodyHash = Array(hash.finalize())
    }

    private static func header(_ message: borrowing Span<UInt8>) -> (fields: [Field], bodyStart: Int) {
        var fields: [Field] = []
        var (start, position) = (0, 0)
        while position + 1 < message.count {
            guard message[position] == 0x0D, message[position + 1] == 0x0A else {
                position += 1
                continue
            }
            let next = position + 2
            // The line after this one continues the field.
            if position > start, next < message.count, message[next] == 0x20 || message[next] == 0x09 {
                position = next
                continue
            }
            if position == start { return (fields, next) }
            if let name = name(message, start..<position) { fields.append(Field(name: name, range: start..<position)) }
            (start, position) = (next, next)
        }
        return (fields, message.count)
    }

    /// The name in lower case, without blanks before the colon; nil for a line that is no field.
    private static func name(_ message: borrowing Span<UInt8>, _ range: Range<Int>) -> String? {
        var end = range.lowerBound
        while end < range.upperBound, message[end] != UInt8(ascii: ":") { end += 1 }
        guard end < range.upperBound else { return nil }
        var name: [UInt8] = []
        for position in range.lowerBound..<end where message[position] != 0x20 && message[position] != 0x09 {
            name.append(message[position])
        }
        return String(decoding: name, as: UTF8.self).lowercased()
    }

    /// How many fields have this name, in lower case.
    func count(of name: String) -> Int { fields.count { $0.name == name } }

    /// The hash of the fields in `names`, in that order, without a signature's own field.
    ///
    /// Each repeat of a name takes the next field from the bottom up; a name without a further field adds
    /// nothing (RFC 6376 section 5.4.2).
    func hash(of names: [String]) -> SHA256 {
        var taken: [String: Int] = [:]
        var text: [UInt8] = []
        for name in names {
            let rank = taken[name, default: 0]
            taken[name] = rank + 1
            guard let field = fields.reversed().lazy.filter({ $0.name == name }).dropFirst(rank).first else { continue }
            DKIMCanonicalForm.appendField(message.span, field.range, to: &text)
            text += [0x0D, 0x0A]
        }
        var hash = SHA256()
        hash.update(data: text)
        return hash
    }

    /// The digest to sign: `hash`, and the signature's own field with an empty `b=` (RFC 6376 section 3.7).
    static func digest(_ hash: SHA256, with field: [UInt8]) -> SHA256.Digest {
        var text: [UInt8] = []
        DKIMCanonicalForm.appendField(field.span, field.indices, to: &text)
        var hash = hash
        hash.update(data: text)
        return hash.finalize()
    }
}
