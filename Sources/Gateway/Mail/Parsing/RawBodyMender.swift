// SPDX-License-Identifier: Apache-2.0
import Basics

/// Replacements of ranges of a message, in ascending order.
struct Splices {
    private var edits: [(range: Range<Int>, text: [UInt8])] = []

    var isEmpty: Bool { edits.isEmpty }

    /// Replaces the range, which starts at or after the end of the one before.
    mutating func replace(_ range: Range<Int>, with text: [UInt8]) {
        guard !range.isEmpty || !text.isEmpty else { return }
        edits.append((range, text))
    }

    func applied(to bytes: [UInt8]) -> [UInt8] {
        guard !edits.isEmpty else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.text.count })
        var position = 0
        for edit in edits {
            result += bytes[position..<edit.range.lowerBound]
            result += edit.text
            position = edit.range.upperBound
        }
        result += bytes[position...]
        return result
    }
}

/// Gives those parts of a message another transfer encoding that cannot be passed on as they are.
struct RawBodyMender {
    /// How deep messages in messages are mended.
    private static let depthLimit = 10

    private let message: ParsedMessage
    /// True to encode also octets above 127.
    private let makesSevenBit: Bool
    private let depth: Int
    private var splices = Splices()

    /// The message with its lines of more than 998 octets encoded, and on demand all octets above 127 (RFC 6152 section 3).
    ///
    /// Signed and encrypted parts stay as they are, because any change breaks them; so does everything else that needs nothing.
    static func mended(_ bytes: [UInt8], makesSevenBit: Bool, depth: Int = 0) -> [UInt8] {
        var mender = RawBodyMender(ParsedMessage(bytes), makesSevenBit, depth)
        mender.mend(mender.message.root, isRoot: true)
        return mender.splices.applied(to: bytes)
    }

    private init(_ message: ParsedMessage, _ makesSevenBit: Bool, _ depth: Int) {
        (self.message, self.makesSevenBit, self.depth) = (message, makesSevenBit, depth)
    }

    private mutating func mend(_ part: MIMEPart, isRoot: Bool) {
        let type = part.contentType
        switch type.name {
        case "multipart/signed", "multipart/encrypted": mendFields(of: part)
        case _ where type.isMultipart:
            mendFields(of: part, dropsEncoding: makesSevenBit && part.encoding != .sevenBit)
            for child in part.children { mend(child, isRoot: false) }
        case _ where type.type == "message": mendMessage(part)
        default: mendLeaf(part, isRoot: isRoot)
        }
    }

    /// Writes the fields of a part; `adding` are new ones, after the others.
    private mutating func mendFields(of part: MIMEPart, dropsEncoding: Bool = false, adding: [UInt8] = []) {
        let bytes = message.bytes
        for field in part.fields {
            if dropsEncoding, bytes.span.isWord(field.name, "content-transfer-encoding") {
                splices.replace(field.range, with: [])
            } else if makesSevenBit, RawFieldEncoder.needsWork(bytes.span, field) {
                splices.replace(field.range, with: RawFieldEncoder.encoded(bytes, field))
            }
        }
        guard !adding.isEmpty else { return }
        let end = part.header.upperBound
        splices.replace(end..<end, with: part.hasEmptyLine ? adding : adding + [0x0D, 0x0A])
    }

    private mutating func mendMessage(_ part: MIMEPart) {
        let bytes = message.bytes
        let needs = makesSevenBit && depth < Self.depthLimit && bytes.span.hasHighOctet(in: part.body)
        mendFields(of: part, dropsEncoding: needs)
        guard needs else { return }
        let inner = Array(bytes[part.body])
        splices.replace(part.body, with: Self.mended(inner, makesSevenBit: true, depth: depth + 1))
    }

    private mutating func mendLeaf(_ part: MIMEPart, isRoot: Bool) {
        let bytes = message.bytes
        let isHigh = makesSevenBit && bytes.span.hasHighOctet(in: part.body)
        let isLong = bytes.span.hasLine(longerThan: RawFieldEncoder.lineLimit, in: part.body)
        guard isHigh || isLong, part.encoding != .unknown else {
            mendFields(of: part)
            return
        }
        let content = message.content(of: part)
        let isText = part.contentType.type == "text" && part.encoding != .base64
        let usesBase64 = !isText || content.reduce(0) { $0 + Int($1 >> 7) } * 6 > content.count
        var body: [UInt8] = []
        if usesBase64 { Base64.appendLines(content, to: &body) } else { body = QuotedPrintable.encoded(content) }
        // The line break before a delimiter belongs to the delimiter.
        if bytes[part.body].last != 0x0A, body.count > 1 { body.removeLast(2) }
        let encoding: TransferEncoding = usesBase64 ? .base64 : .quotedPrintable
        mendFields(of: part, dropsEncoding: true, adding: fields(for: part, encoding, content, isRoot))
        splices.replace(part.body, with: body)
    }

    /// The fields that a part with a new encoding needs.
    private func fields(
        for part: MIMEPart,
        _ encoding: TransferEncoding,
        _ content: [UInt8],
        _ isRoot: Bool
    ) -> [UInt8] {
        let bytes = message.bytes
        var buffer = MessageBuffer(capacity: 120)
        if isRoot, bytes.firstField("mime-version", in: part.fields) == nil { buffer.field("MIME-Version", "1.0") }
        if bytes.firstField("content-type", in: part.fields) == nil, content.span.hasHighOctet(in: content.indices) {
            let isUnicode = String(validating: content, as: UTF8.self) != nil
            buffer.field("Content-Type", "text/plain; charset=\(isUnicode ? "utf-8" : "windows-1252")")
        }
        buffer.field("Content-Transfer-Encoding", encoding.rawValue)
        return buffer.bytes
    }
}
