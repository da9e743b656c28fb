// SPDX-License-Identifier: Apache-2.0

/// The CSS of one `<style>` as one text, with a placeholder byte for each value and section.
struct StyleSource: Sendable {
    private static let standIn: UInt8 = 0

    private(set) var bytes: [UInt8] = []
    private var holes: [Int: Piece] = [:]
    private var starts: [(offset: Int, position: Position)] = []

    mutating func append(_ text: ArraySlice<UInt8>, _ position: Position) {
        guard !text.isEmpty else { return }
        starts.append((bytes.count, position))
        bytes += text
    }

    mutating func append(_ piece: Piece) {
        if let position = piece.position { starts.append((bytes.count, position)) }
        holes[bytes.count] = piece
        bytes.append(Self.standIn)
    }

    /// The value or section at `offset`.
    func hole(at offset: Int) -> Piece? {
        bytes[offset] == Self.standIn ? holes[offset] : nil
    }

    /// The contents of the sections in the sheet.
    var sectionContents: [[Piece]] {
        holes.values.compactMap { if case .section(_, _, let inner) = $0 { inner } else { nil } }
    }

    func hasHole(in range: Range<Int>) -> Bool {
        range.contains { hole(at: $0) != nil }
    }

    func hasSection(in range: Range<Int>) -> Bool {
        range.contains { if case .section? = hole(at: $0) { true } else { false } }
    }

    /// Whether `range` contains a value known only at rendering.
    func hasVariable(in range: Range<Int>) -> Bool {
        range.contains { if case .value(let slot)? = hole(at: $0) { !slot.isFixed } else { false } }
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    func position(at offset: Int) -> Position {
        var (low, high) = (0, starts.count)
        while low < high {
            let middle = (low + high) / 2
            if starts[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        guard !starts.isEmpty else { return Position(source: SourceFile(name: "", bytes: []), offset: 0) }
        let start = starts[max(0, low - 1)]
        return Position(source: start.position.source, offset: start.position.offset + offset - start.offset)
    }

    func error(_ message: String, at offset: Int) -> TemplateError { position(at: offset).error(message) }

    /// The text of `range` with each value replaced by the byte `values`; without the values when that is nil.
    func part(_ range: Range<Int>, values: UInt8? = nil) -> StyleSource {
        var part = StyleSource()
        for (index, start) in starts.enumerated() {
            let end = index + 1 < starts.count ? starts[index + 1].offset : bytes.count
            let shared = range.clamped(to: start.offset..<end)
            guard !shared.isEmpty else { continue }
            if hole(at: start.offset) != nil {
                if let values { part.append([values], start.position) }
                continue
            }
            let offset = start.position.offset + shared.lowerBound - start.offset
            part.append(bytes[shared], Position(source: start.position.source, offset: offset))
        }
        return part
    }

    /// `range` without leading and trailing white space.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first].isSpace { range = first + 1..<range.upperBound }
        while let last = range.last, bytes[last].isSpace, !isEscaped(last, from: range.lowerBound) {
            range = range.lowerBound..<last
        }
        return range
    }
}

extension StyleSource {
    /// Whether the byte at `index` is escaped.
    private func isEscaped(_ index: Int, from start: Int) -> Bool {
        !bytes[start..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }
}

/// Writes ranges of a ``StyleSource`` as pieces.
struct StyleWriter {
    private let source: StyleSource
    private var run: Range<Int>?
    private var pieces: [Piece] = []

    /// `range` for `<style>`: without comments and indentation.
    static func kept(_ range: Range<Int>, of source: StyleSource) -> [Piece] {
        var writer = StyleWriter(source)
        writer.write(range, quote: nil)
        return writer.finished()
    }

    /// A declaration's value for a `style` attribute in the quotes `quote`; nil when it cannot be written there.
    static func moved(_ range: Range<Int>, of source: StyleSource, quote: UInt8) -> [Piece]? {
        var writer = StyleWriter(source)
        return writer.write(range, quote: quote) ? writer.finished() : nil
    }

    private init(_ source: StyleSource) {
        self.source = source
    }

    private mutating func finished() -> [Piece] {
        flush()
        return pieces
    }

    @discardableResult
    private mutating func write(_ range: Range<Int>, quote: UInt8?) -> Bool {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = source.bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let end =
                    StyleScanner.endOfString(source.bytes, from: index, limit: range.upperBound) ?? range.upperBound
                guard writeString(index..<end, quote) else { return false }
                index = end
                continue
            case UInt8(ascii: "/") where source.bytes[index...].starts(with: "/*".utf8):
                flush()
                index = StyleScanner.endOfComment(source.bytes, from: index) ?? range.upperBound
                continue
            case UInt8(ascii: "\\"):
                let end = StyleName.escape(in: source.bytes[..<range.upperBound], at: index)?.end ?? index + 1
                // The bytes of an escape are kept exactly: a blank may end it.
                for index in index..<end { keep(index, in: quote) }
                index = end
                continue
            case _ where byte.isSpace:
                let end = source.bytes[index..<range.upperBound].firstIndex { !$0.isSpace } ?? range.upperBound
                writeSpace(index..<end, quote)
                index = end
                continue
            case UInt8(ascii: "&") where quote != nil: put("&amp;", at: index)
            default: keep(index)
            }
            index += 1
        }
        return true
    }

    /// Keeps line breaks in `<style>`, and writes only single blanks in an attribute.
    private mutating func writeSpace(_ range: Range<Int>, _ quote: UInt8?) {
        let breaks = quote == nil ? source.bytes[range].firstIndex(of: .lineFeed) : nil
        if let shown = breaks ?? range.first(where: { source.bytes[$0] == .space }) {
            flush()
            keep(shown)
        } else {
            put(" ", at: range.lowerBound)
        }
    }

    private mutating func writeString(_ range: Range<Int>, _ quote: UInt8?) -> Bool {
        guard let quote, source.bytes[range].contains(quote) || source.bytes[range].contains(UInt8(ascii: "&")) else {
            for index in range { keep(index) }
            return true
        }
        let other = quote == UInt8(ascii: "\"") ? UInt8(ascii: "'") : UInt8(ascii: "\"")
        let inner = range.dropFirst().dropLast()
        let swaps = source.bytes[range.lowerBound] == quote && !source.bytes[inner].contains(other)
        guard swaps || !source.hasHole(in: range) else { return false }
        for index in range {
            switch source.bytes[index] {
            case quote where swaps && !inner.contains(index): put(other == UInt8(ascii: "'") ? "'" : "\"", at: index)
            case quote: put(quote == UInt8(ascii: "\"") ? "&quot;" : "&#39;", at: index)
            case UInt8(ascii: "&"): put("&amp;", at: index)
            default: keep(index)
            }
        }
        return true
    }

    private mutating func keep(_ index: Int, in quote: UInt8?) {
        switch source.bytes[index] {
        case UInt8(ascii: "&") where quote != nil: put("&amp;", at: index)
        case UInt8(ascii: "\"") where quote == UInt8(ascii: "\""): put("&quot;", at: index)
        case UInt8(ascii: "'") where quote == UInt8(ascii: "'"): put("&#39;", at: index)
        default: keep(index)
        }
    }

    private mutating func keep(_ index: Int) {
        if let hole = source.hole(at: index) {
            flush()
            pieces.append(hole)
        } else if let current = run, current.upperBound == index {
            run = current.lowerBound..<index + 1
        } else {
            flush()
            run = index..<index + 1
        }
    }

    private mutating func put(_ text: String, at index: Int) {
        flush()
        pieces.append(.text(Array(text.utf8)[...], source.position(at: index)))
    }

    private mutating func flush() {
        guard let range = run else { return }
        pieces.append(.text(source.bytes[range], source.position(at: range.lowerBound)))
        run = nil
    }
}

/// Finds the ends of CSS strings and comments.
enum StyleScanner {
    /// The position after the closing quote; nil when the line or the text ends first.
    static func endOfString(_ bytes: [UInt8], from start: Int, limit: Int) -> Int? {
        var index = start + 1
        while index < limit {
            switch bytes[index] {
            case bytes[start]: return index + 1
            case UInt8(ascii: "\\"): index += 1
            case .lineFeed: return nil
            default: break
            }
            index += 1
        }
        return nil
    }

    /// The position after `*/`; nil when there is none.
    static func endOfComment(_ bytes: [UInt8], from start: Int) -> Int? {
        var index = start + 2
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") { return index + 2 }
            index += 1
        }
        return nil
    }
}
