// SPDX-License-Identifier: Apache-2.0

/// One entity of a message (RFC 2045 section 2.4): the message itself, or a part of a multipart.
///
/// Ranges are those of the octets of the message.
public struct MIMEPart: Sendable {
    /// From the first field to the end of the last one.
    public let header: Range<Int>
    /// True when an empty line ends the header.
    let hasEmptyLine: Bool
    /// The body, without the line break before the next delimiter.
    public let body: Range<Int>
    public let fields: [ParsedField]
    public let contentType: ContentType
    public let encoding: TransferEncoding
    /// The parts of a multipart; empty for every other entity, and for a multipart in which no part was found.
    public let children: [MIMEPart]
}

/// A message as its octets and what they mean (RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 6532).
///
/// Takes any octets: what breaks the format is passed over, and noted in ``defects``. Takes time and memory in proportion to the
/// number of octets; nothing of the content is copied.
public struct ParsedMessage: Sendable {
    public let bytes: [UInt8]
    /// The message as an entity, with its parts.
    public let root: MIMEPart
    public let defects: [MIMEDefect]
    /// The limits of the parser that the message exceeds, so that some of its structure counts as content.
    let exceeded: Set<MIMEDefect.Kind>

    /// The header fields of the message, in their order.
    public var fields: [ParsedField] { root.fields }

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var parser = MIMEParser(bytes)
        root = parser.parse()
        (defects, exceeded) = (parser.defects, parser.exceeded)
    }

    /// The text of the first field with this name in any case, decoded (RFC 2047) and on one line; nil without one.
    public func text(ofField name: String) -> String? {
        bytes.firstField(name.lowercased(), in: fields).map { EncodedWords.decode(bytes[$0.value].trimmed) }
    }

    /// The decoded content of a part of this message.
    public func content(of part: MIMEPart) -> [UInt8] { TransferDecoding.decode(bytes[part.body], part.encoding) }

    /// The text of a part with LF line ends; nil when its character set is not built in.
    ///
    /// Octets that the character set does not have become U+FFFD. Without a character set, the text is read as UTF-8, else as
    /// windows-1252.
    public func text(of part: MIMEPart) -> String? {
        guard let charset = Charset(named: (part.contentType.parameter("charset") ?? "").utf8) else { return nil }
        return charset.decode(Self.withLineFeeds(content(of: part))[...])
    }

    private static func withLineFeeds(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0x0D) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for (position, byte) in text.enumerated() {
            if byte == 0x0D, position + 1 < text.count, text[position + 1] == 0x0A { continue }
            result.append(byte)
        }
        return result
    }

    /// The name of a field as it was written.
    public func name(of field: ParsedField) -> String { bytes.name(of: field) }

    /// The decoded value of a field, on one line.
    public func text(of field: ParsedField) -> String { EncodedWords.decode(bytes[field.value].trimmed) }
}
