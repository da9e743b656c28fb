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
    /// Signed and encrypted parts stay as they are, because any change breaks them; so does everything else that needs nothing,
    /// and a message with more parts than the parser finds: what it takes for content may be structure.
    static func mended(_ bytes: [UInt8], makesSevenBit: Bool, depth: Int = 0) -> [UInt8] {
        let message = ParsedMessage(bytes)
        guard message.exceeded.isEmpty else { return bytes }
        var mender = RawBodyMender(message, makesSevenBit, depth)
        mender.mend(message.root, isRoot: true)
        return mender.splices.applied(to: bytes)
    }

    private init(_ message: ParsedMessage, _ makesSevenBit: Bool, _ depth: Int) {
        (self.message, self.makesSevenBit, self.depth) = (message, makesSevenBit, depth)
    }

    private mutating func mend(_ part: MIMEPart, isRoot: Bool) {
        let type = part.contentType
        switch type.name {
        case "multipart/signed", "multipart/encrypted": mendFields(of: part)
        case _ where type.isMultipart && !part.children.isEmpty: mendMultipart(part, isRoot: isRoot)
        case "message/rfc822", "message/global", "message/news":
            if part.encoding.isIdentity { mendMessage(part) } else { mendLeaf(part, isRoot: isRoot) }
        default: mendLeaf(part, isRoot: isRoot)
        }
    }

    /// True when the octets cannot be passed on as they are.
    private func needsWork(_ range: Range<Int>) -> Bool { isHigh(range) || isLong(range) }

    private func isHigh(_ range: Range<Int>) -> Bool { makesSevenBit && message.bytes.span.hasHighOctet(in: range) }

    private func isLong(_ range: Range<Int>) -> Bool {
        message.bytes.span.hasLine(longerThan: RawFieldEncoder.lineLimit, in: range)
    }

    /// Writes the fields of a part; `adding` are new ones, after the others.
    private mutating func mendFields(of part: MIMEPart, dropsEncoding: Bool = false, adding: [UInt8] = []) {
        let bytes = message.bytes
        for field in part.fields {
            if dropsEncoding, bytes.span.isWord(field.name, "content-transfer-encoding") {
                splices.replace(field.range, with: [])
            } else if needsWork(field.range) {
                splices.replace(field.range, with: RawFieldEncoder.encoded(bytes, field))
            }
        }
        guard !adding.isEmpty else { return }
        let end = part.header.upperBound
        splices.replace(end..<end, with: part.hasEmptyLine ? adding : adding + [0x0D, 0x0A])
    }

    private mutating func mendMultipart(_ part: MIMEPart, isRoot: Bool) {
        mendFields(of: part, dropsEncoding: makesSevenBit && part.encoding != .sevenBit)
        var position = part.body.lowerBound
        for child in part.children {
            mendUnread(position..<child.header.lowerBound)
            mend(child, isRoot: false)
            position = child.body.upperBound
        }
        mendUnread(position..<(isRoot ? message.bytes.count : part.body.upperBound))
    }

    /// Mends the text before, between and after parts, which no reader shows.
    ///
    /// Long lines are cut, octets above 127 become question marks. Delimiters stay as they are.
    private mutating func mendUnread(_ range: Range<Int>) {
        guard needsWork(range) else { return }
        let bytes = message.bytes
        let span = bytes.span
        var start = range.lowerBound
        while start < range.upperBound {
            let lineFeed = span.position(of: 0x0A, from: start, to: range.upperBound)
            let hasReturn = lineFeed < range.upperBound && lineFeed > start && span[lineFeed - 1] == 0x0D
            let line = start..<(hasReturn ? lineFeed - 1 : lineFeed)
            let isDelimiter = span.has("--", at: start) && line.count <= MIMEParser.delimiterLimit
            if !isDelimiter, line.count > RawFieldEncoder.lineLimit || isHigh(line) {
                let text = unread(line)
                splices.replace(line, with: text)
            }
            start = lineFeed + 1
        }
    }

    private func unread(_ line: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(line.count + line.count / 200 + 1)
        for (place, byte) in message.bytes[line].enumerated() {
            // A blank at the start, so that no piece of a line becomes a delimiter.
            if place == 0, byte == UInt8(ascii: "-") { result.append(0x20) }
            if place > 0, place.isMultiple(of: 900) { result += [0x0D, 0x0A, 0x20] }
            result.append(makesSevenBit && byte >= 0x80 ? UInt8(ascii: "?") : byte)
        }
        return result
    }

    private mutating func mendMessage(_ part: MIMEPart) {
        let isMended = depth < Self.depthLimit && part.encoding != .unknown && needsWork(part.body)
        mendFields(of: part, dropsEncoding: isMended && isHigh(part.body))
        guard isMended else { return }
        let inner = Array(message.bytes[part.body])
        splices.replace(part.body, with: Self.mended(inner, makesSevenBit: makesSevenBit, depth: depth + 1))
    }

    private mutating func mendLeaf(_ part: MIMEPart, isRoot: Bool) {
        guard needsWork(part.body), part.encoding != .unknown else {
            mendFields(of: part)
            return
        }
        let content = message.content(of: part)
        let isText = ["text", "multipart", "message"].contains(part.contentType.type) && part.encoding != .base64
        let usesBase64 = !isText || content.reduce(0) { $0 + Int($1 >> 7) } * 6 > content.count
        var body: [UInt8] = []
        if usesBase64 { Base64.appendLines(content, to: &body) } else { body = QuotedPrintable.encoded(content) }
        if body.count > 1, !keepsLastBreak(part, content, usesBase64) { body.removeLast(2) }
        let encoding: TransferEncoding = usesBase64 ? .base64 : .quotedPrintable
        mendFields(of: part, dropsEncoding: true, adding: fields(for: part, encoding, content, isRoot))
        splices.replace(part.body, with: body)
    }

    /// True when the line break at the end of an encoded body belongs to the content, or ends the message.
    ///
    /// Before a delimiter there is another one, which belongs to the delimiter.
    private func keepsLastBreak(_ part: MIMEPart, _ content: [UInt8], _ usesBase64: Bool) -> Bool {
        if depth == 0, part.body.upperBound == message.bytes.count { return true }
        let last = usesBase64 ? message.bytes[part.body].last : content.last
        return last == 0x0A || last == 0x0D
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
