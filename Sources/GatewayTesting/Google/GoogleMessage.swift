// SPDX-License-Identifier: Apache-2.0
internal import Mail

/// A message as Gmail parses it: its header fields, and its recipients from `To`, `Cc` and `Bcc`.
struct GoogleMessage: Sendable {
    struct Field: Sendable {
        let name: String
        /// Unfolded.
        let value: String
        /// The raw field with its line ends.
        let bytes: [UInt8]
    }

    let content: [UInt8]
    let fields: [Field]
    /// Including the empty line before it.
    let body: [UInt8]
    /// Without duplicates, in header order.
    let recipients: [String]

    init(_ content: [UInt8], takesBareLineFeeds: Bool) throws(TestingError) {
        self.content = content
        let lines = try Self.headerLines(content, takesBareLineFeeds)
        fields = try Self.fields(lines)
        body = Array(content[lines.reduce(0) { $0 + $1.count }...])
        var recipients: [String] = []
        for name in ["To", "Cc", "Bcc"] {
            let own = fields.filter { $0.name.lowercased() == name.lowercased() }
            guard own.count <= 1 else { throw TestingError("Invalid \(name) header") }
            for address in try own.first.map({ (field) throws(TestingError) in try Self.addresses(field.value, name) })
                ?? []
            where !recipients.contains(address) { recipients.append(address) }
        }
        guard !recipients.isEmpty else { throw TestingError("Recipient address required") }
        guard recipients.count <= 500 else { throw TestingError("Recipient limit exceeded") }
        self.recipients = recipients
    }

    /// The address in the From field; nil when there is none.
    var sender: String? {
        // An invalid From is replaced like one of another mailbox.
        field("From").flatMap { try? Self.addresses($0.value, "From").first }
    }

    func field(_ name: String) -> Field? { fields.first { $0.name.lowercased() == name.lowercased() } }

    /// The lines before the empty one, each with its line end.
    private static func headerLines(_ content: [UInt8], _ takesBareLineFeeds: Bool) throws(TestingError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = content[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let line = Array(rest[...end])
            rest = rest[(end + 1)...]
            let isProper = line.count >= 2 && line[line.count - 2] == 0x0D
            guard isProper || takesBareLineFeeds else { throw TestingError("A line of the header ends in LF alone") }
            guard line.count <= 1000, !line.dropLast(2).contains(0x0D), !line.contains(0) else {
                throw TestingError("A line of the header is too long or holds a CR or NUL")
            }
            if line == [0x0D, 0x0A] || line == [0x0A] { return lines }
            lines.append(line)
        }
        guard rest.isEmpty else { throw TestingError("The header does not end") }
        return lines
    }

    private static func fields(_ lines: [[UInt8]]) throws(TestingError) -> [Field] {
        var blocks: [[UInt8]] = []
        for line in lines {
            if line.first == 0x20 || line.first == 0x09 {
                guard !blocks.isEmpty else { throw TestingError("The header begins with a blank") }
                blocks[blocks.count - 1] += line
            } else {
                blocks.append(line)
            }
        }
        return try blocks.map { (block) throws(TestingError) in
            guard let colon = block.firstIndex(of: UInt8(ascii: ":")), colon > 0,
                block[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
            else { throw TestingError("A line of the header is no field") }
            let value = block[(colon + 1)...].filter { $0 != 0x0D && $0 != 0x0A }
            return Field(
                name: String(decoding: block[..<colon], as: UTF8.self),
                value: String(decoding: value, as: UTF8.self).trimmed,
                bytes: block
            )
        }
    }

    /// The addresses of a list of mailboxes and groups (RFC 5322 section 3.4).
    static func addresses(_ list: String, _ name: String) throws(TestingError) -> [String] {
        var addresses: [String] = []
        for part in Self.parts(list) {
            var text = part
            if let colon = text.firstIndex(of: ":"), !text.contains("<"), !text[..<colon].contains("@") {
                text = text[text.index(after: colon)...].trimmed
            }
            if let open = text.lastIndex(of: "<") {
                guard text.last == ">" else { throw TestingError("Invalid \(name) header") }
                text = String(text[text.index(after: open)...].dropLast())
            }
            if text.isEmpty { continue }
            // Gmail reports the same error for every invalid address.
            guard let address = try? EmailAddress(parsing: text) else { throw TestingError("Invalid \(name) header") }
            addresses.append(address.description)
        }
        return addresses
    }

    /// Splits the list at commas and at the ends of groups, outside quotes.
    private static func parts(_ list: String) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in list {
            if isQuoted {
                if !isEscaped, character == "\"" { isQuoted = false }
                isEscaped = !isEscaped && character == "\\"
            } else if character == "\"" {
                isQuoted = true
            } else if character == "," || character == ";" {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts.map(\.trimmed)
    }
}
