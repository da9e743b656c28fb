// SPDX-License-Identifier: Apache-2.0

/// Finds the parts of a message in one pass (RFC 2046 section 5.1).
///
/// The open multiparts are a stack. A delimiter line ends everything inside of its multipart, however deep, so that each line is
/// looked at once.
struct MIMEParser {
    /// The deepest multipart whose parts are found.
    static let depthLimit = 100
    /// The most entities of a message.
    static let partLimit = 1000
    /// The longest line that can be a delimiter; RFC 2046 allows a boundary 70 octets.
    static let delimiterLimit = 1000

    private struct Node {
        let block: HeaderBlock
        let type: ContentType
        let encoding: TransferEncoding
        var bodyEnd: Int
        var children: [Int] = []
    }

    /// A multipart whose end was not met yet.
    private struct Level {
        let node: Int
        let boundary: [UInt8]
        let hash: UInt64
    }

    /// A line `--boundary` or `--boundary--`.
    private struct Delimiter {
        let level: Int
        /// Where the line break before it starts, which belongs to it.
        let start: Int
        /// After its own line break.
        let end: Int
        let isClosing: Bool
    }

    private let bytes: [UInt8]
    private var nodes: [Node] = []
    private var levels: [Level] = []
    /// The entity that the current line belongs to; nil in the text before the first and after the last part.
    private var current: Int?
    private var mayGuess = true
    private(set) var defects: [MIMEDefect] = []
    /// The limits that the message exceeds; ``defects`` may be too short to name them.
    private(set) var exceeded: Set<MIMEDefect.Kind> = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The message as a tree of its parts.
    mutating func parse() -> MIMEPart {
        var position = begin(at: afterMailboxLine(), in: nil)
        while true {
            if let delimiter = nextDelimiter(from: position) {
                if let other = guessBoundary(before: delimiter.start, above: delimiter.level) {
                    position = other
                    continue
                }
                position = pass(delimiter)
            } else if let other = guessBoundary(before: bytes.count, above: -1) {
                position = other
            } else {
                break
            }
        }
        closeLevels(above: -1, at: bytes.count)
        return tree(0)
    }

    private func tree(_ index: Int) -> MIMEPart {
        let node = nodes[index]
        return MIMEPart(
            header: node.block.range,
            hasEmptyLine: node.block.ending == .emptyLine,
            body: node.block.bodyStart..<max(node.bodyEnd, node.block.bodyStart),
            fields: node.block.fields,
            contentType: node.type,
            encoding: node.encoding,
            children: node.children.map(tree)
        )
    }

    private mutating func note(_ kind: MIMEDefect.Kind, _ position: Int) {
        if kind.isLimit { exceeded.insert(kind) }
        // Some defects can occur in every part; the list needs no more of them than a person reads.
        if defects.count < 100 { defects.append(MIMEDefect(kind: kind, position: position)) }
    }

    /// The start of the header: after a line `From …` of a mailbox file.
    private mutating func afterMailboxLine() -> Int {
        guard let end = bytes.mailboxLineEnd else { return 0 }
        note(.mailboxLine, 0)
        return end
    }
}

extension [UInt8] {
    /// The end of a first line `From …` or `>From …`, which mailbox files have; nil without one.
    var mailboxLineEnd: Int? {
        let bytes = span
        guard bytes.has("From ", at: 0) || bytes.has(">From ", at: 0) else { return nil }
        let lineFeed = bytes.position(of: 0x0A, from: 0, to: bytes.count)
        // `From : x@y` is an obsolete way to write a field.
        var position = bytes[0] == UInt8(ascii: ">") ? 5 : 4
        while position < lineFeed, bytes[position].isBlank { position += 1 }
        if position < lineFeed, bytes[position] == UInt8(ascii: ":") { return nil }
        return Swift.min(lineFeed + 1, bytes.count)
    }
}

/// Entities.
extension MIMEParser {
    /// Reads the header at `start` of a part of the multipart `parent`; returns where its body starts.
    private mutating func begin(at start: Int, in parent: Int?) -> Int {
        let limit: HeaderBlock.Limit = parent == nil ? .prepared : .received
        let block = HeaderBlock(bytes.span, from: start, to: bytes.count, limit: limit) { [bytes, levels] line in
            Self.delimiter(bytes, line, levels) != nil
        }
        if block.ending == .otherLine, parent == nil || !block.fields.isEmpty { note(.noEmptyLine, block.bodyStart) }
        if block.ending == .limit { note(.headerTooLarge, block.bodyStart) }
        let isDigest = parent.map { nodes[$0].type.name == "multipart/digest" } ?? false
        let fallback = isDigest ? ContentType("message", "rfc822") : ContentType("text", "plain")
        let index = nodes.count
        let type = type(block, fallback)
        nodes.append(Node(block: block, type: type, encoding: encoding(block), bodyEnd: bytes.count))
        if let parent { nodes[parent].children.append(index) }
        current = index
        if type.isMultipart { open(index, type, block.bodyStart) }
        return block.bodyStart
    }

    private mutating func type(_ block: HeaderBlock, _ fallback: ContentType) -> ContentType {
        guard let field = only("content-type", block) else { return fallback }
        if let type = ContentType(bytes[field.value]) { return type }
        note(.badContentType, field.range.lowerBound)
        return ContentType("text", "plain")
    }

    private mutating func encoding(_ block: HeaderBlock) -> TransferEncoding {
        guard let field = only("content-transfer-encoding", block) else { return .sevenBit }
        let encoding = TransferEncoding(bytes[field.value])
        if encoding == .unknown { note(.unknownEncoding, field.range.lowerBound) }
        return encoding
    }

    private mutating func only(_ name: String, _ block: HeaderBlock) -> ParsedField? {
        let bytes = bytes
        guard let first = block.fields.firstIndex(where: { bytes.span.isWord($0.name, name) }) else { return nil }
        if let second = block.fields[(first + 1)...].first(where: { bytes.span.isWord($0.name, name) }) {
            note(.repeatedField, second.range.lowerBound)
        }
        return block.fields[first]
    }

    /// Makes the multipart the innermost open one, unless it is too deep or its boundary is not known.
    private mutating func open(_ index: Int, _ type: ContentType, _ bodyStart: Int) {
        guard levels.count < Self.depthLimit else {
            note(.tooDeep, bodyStart)
            return
        }
        if let boundary = type.boundary, boundary.count < Self.delimiterLimit - 4 {
            push(index, boundary)
            return
        }
        note(.noBoundary, bodyStart)
        if mayGuess, let boundary = guessedBoundary(in: bodyStart..<bytes.count) {
            mayGuess = false
            push(index, boundary)
        }
    }

    private mutating func push(_ index: Int, _ boundary: [UInt8]) {
        levels.append(Level(node: index, boundary: boundary, hash: Self.hash(boundary[...])))
        current = nil
    }

    /// Ends what is open inside of the level, at `end`.
    private mutating func closeLevels(above level: Int, at end: Int) {
        if let current { nodes[current].bodyEnd = end }
        current = nil
        while levels.count > level + 1, let closed = levels.popLast() {
            nodes[closed.node].bodyEnd = end
            note(nodes[closed.node].children.isEmpty ? .otherBoundary : .unclosedMultipart, end)
        }
    }
}

/// Delimiters.
extension MIMEParser {
    /// Continues after a delimiter: with a part, or with the text after the last part.
    private mutating func pass(_ delimiter: Delimiter) -> Int {
        closeLevels(above: delimiter.level, at: delimiter.start)
        let node = levels[delimiter.level].node
        guard !delimiter.isClosing else {
            nodes[node].bodyEnd = delimiter.end
            levels.removeLast()
            return delimiter.end
        }
        guard nodes.count < Self.partLimit else {
            note(.tooManyParts, delimiter.end)
            levels.removeAll()
            let start = begin(at: delimiter.end, in: node)
            levels.removeAll()
            current = nodes.count - 1
            return start
        }
        return begin(at: delimiter.end, in: node)
    }

    /// The level and kind of the delimiter that the line (without its line break) is; nil when it is not one.
    private static func delimiter(
        _ bytes: [UInt8],
        _ line: Range<Int>,
        _ levels: [Level]
    ) -> (level: Int, isClosing: Bool)? {
        guard !levels.isEmpty, line.count > 2, line.count <= delimiterLimit else { return nil }
        let dash = UInt8(ascii: "-")
        guard bytes[line.lowerBound] == dash, bytes[line.lowerBound + 1] == dash else { return nil }
        var end = line.upperBound
        while end > line.lowerBound + 2, bytes[end - 1].isFoldingBlank { end -= 1 }
        let text = bytes[(line.lowerBound + 2)..<end]
        if let level = level(of: text, levels) { return (level, false) }
        guard text.count > 2, text[end - 1] == dash, text[end - 2] == dash else { return nil }
        return level(of: text.dropLast(2), levels).map { ($0, true) }
    }

    /// The innermost open multipart with this boundary.
    private static func level(of boundary: ArraySlice<UInt8>, _ levels: [Level]) -> Int? {
        let hash = hash(boundary)
        return levels.lastIndex { $0.hash == hash && $0.boundary.elementsEqual(boundary) }
    }

    /// FNV-1a: a line is compared with many boundaries, and this makes each comparison short.
    private static func hash(_ text: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// The next delimiter of an open multipart whose line starts at `start` or later; `start` is the start of a line.
    private func nextDelimiter(from start: Int) -> Delimiter? {
        guard !levels.isEmpty else { return nil }
        let bytes = bytes.span
        var position = start
        while true {
            position = bytes.position(of: UInt8(ascii: "-"), from: position, to: bytes.count)
            guard position + 2 < bytes.count else { return nil }
            guard bytes[position + 1] == UInt8(ascii: "-"), position == start || bytes[position - 1] == 0x0A else {
                position += 1
                continue
            }
            let lineFeed = bytes.position(of: 0x0A, from: position, to: bytes.count)
            if let found = Self.delimiter(self.bytes, position..<lineFeed, levels) {
                var before = position
                if before > start, bytes[before - 1] == 0x0A { before -= 1 }
                if before > start, before < position, bytes[before - 1] == 0x0D { before -= 1 }
                let end = min(lineFeed + 1, bytes.count)
                return Delimiter(level: found.level, start: before, end: end, isClosing: found.isClosing)
            }
            position = lineFeed
        }
    }

    /// Where to continue with another boundary for the innermost multipart, when its own was not met up to `end`.
    ///
    /// Nil when there is none. Done once for a message, so that the work stays linear.
    private mutating func guessBoundary(before end: Int, above level: Int) -> Int? {
        guard mayGuess, levels.count > level + 1, let last = levels.last, nodes[last.node].children.isEmpty else {
            return nil
        }
        mayGuess = false
        let start = nodes[last.node].block.bodyStart
        guard start < end, let boundary = guessedBoundary(in: start..<end) else { return nil }
        note(.otherBoundary, start)
        levels.removeLast()
        push(last.node, boundary)
        return start
    }

    /// The boundary of the first line in the range that reads `--…` and has a Content field after it.
    private func guessedBoundary(in range: Range<Int>) -> [UInt8]? {
        let bytes = bytes.span
        var position = range.lowerBound
        while position < range.upperBound {
            let lineFeed = bytes.position(of: 0x0A, from: position, to: range.upperBound)
            if bytes.has("--", at: position), lineFeed - position <= Self.delimiterLimit, lineFeed + 9 < bytes.count,
                bytes.isWord((lineFeed + 1)..<(lineFeed + 9), "content-")
            {
                let text = self.bytes[(position + 2)..<lineFeed].trimmed
                if !text.isEmpty { return Array(text) }
            }
            position = lineFeed + 1
        }
        return nil
    }
}
