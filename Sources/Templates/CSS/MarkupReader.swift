// SPDX-License-Identifier: Apache-2.0

/// Collects the elements and style sheets of an HTML part, along all branches of its sections.
struct MarkupReader {
    /// The markup cannot be followed; the pass that assigns escapers reports the fault.
    private static let unfollowed = MarkupError(reason: "the markup cannot be followed")

    /// The current tag.
    struct OpenTag {
        var position: Position
        var nameEnd: PieceSpot
        var depth: Int
        var attributes: [MarkupAttribute] = []
        var attributeCount = 0
        var isHidden = false
    }

    /// Mail with more tags is far beyond what mail clients show.
    private static let mostElements = 10_000

    /// Names of the attributes to keep; nil for all.
    let wanted: Set<String>?
    var elements: [MarkupElement] = []
    private(set) var sheets: [EmbeddedSheet] = []
    var balance = TagBalance()
    /// The parent of each `{{{…}}}`, whose elements are known only at rendering.
    private(set) var openContents: [Int?] = []
    /// The text between tags with its parent element; kept only when all attributes are.
    private(set) var texts: [(parent: Int?, bytes: [UInt8], position: Position)] = []

    var place = HTMLPlace(isLenient: true)
    var tag: OpenTag?
    var attribute: MarkupAttribute?
    var attributeStart = PieceSpot(piece: 0, offset: 0)
    var sheet: EmbeddedSheet?
    /// The position of the last `<` in the current sheet.
    private var sheetEnd = PieceSpot(piece: 0, offset: 0)
    private var number = 0
    /// The position of the current text piece, for the byte with index 0.
    private var base = Position(source: SourceFile(name: "", bytes: []), offset: 0)
    var depth = 0
    var lastByte: UInt8 = 0

    /// Nil when the markup cannot be followed.
    static func read(_ pieces: [Piece], attributes wanted: Set<String>?) -> MarkupReader? {
        var reader = MarkupReader(wanted: wanted)
        do throws(MarkupError) {
            try reader.read(pieces)
        } catch {
            return nil
        }
        guard reader.place.state == .text, reader.sheet == nil else { return nil }
        reader.balance.finish()
        return reader
    }

    private init(wanted: Set<String>?) {
        self.wanted = wanted
    }

    private mutating func read(_ pieces: [Piece]) throws(MarkupError) {
        var before = (place: place, balance: balance)
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let bytes, let position): try read(bytes, position)
            case .constant(let text, let name, let isRaw):
                try accept(piece, at: name.position, isRaw: isRaw, Array(text.utf8))
            case .value(let slot): try accept(piece, at: slot.value.name.position, isRaw: slot.isRaw, nil)
            case .section(let slot, let isInverted, let inner):
                if sheet?.depth == depth { sheet?.source.append(piece) }
                let isElse = index > 0 && pieces[index - 1].isOtherWay(than: slot, isInverted)
                let start = isElse ? before : (place: place, balance: balance)
                let skipped = (place: place, balance: balance)
                before = skipped
                (place, balance) = start
                number += 1
                try read(inner, under: (isInverted ? "^" : "#") + slot.value.name.text)
                guard let joined = place.joined(isElse ? skipped.place : start.place), start.place.joined(place) != nil
                else { throw Self.unfollowed }
                place = joined
                if isElse { balance.join(skipped.balance, since: start.balance) }
                continue
            case .lineBreak, .softSpace, .list: break
            }
            number += 1
        }
    }

    private mutating func read(_ pieces: [Piece], under condition: String) throws(MarkupError) {
        depth += 1
        balance.conditions.append(condition)
        attribute?.units.append(MarkupAttribute.sectionStart)
        try read(pieces)
        attribute?.units.append(MarkupAttribute.sectionEnd)
        balance.conditions.removeLast()
        depth -= 1
    }

    /// Handles a value: part of an attribute, of a sheet or of the text.
    private mutating func accept(
        _ piece: Piece,
        at position: Position,
        isRaw: Bool,
        _ known: [UInt8]?
    ) throws(MarkupError) {
        if sheet?.depth == depth { sheet?.source.append(piece) }
        if place.state == .text, place.raw == nil {
            if isRaw {
                imply(balance.prepare("", [], isConditional: place.isConditional), at: position)
                openContents.append(balance.parent(isConditional: place.isConditional))
            }
            if wanted == nil, let known { keepText(known[...], position) }
        }
        let state = place.state
        _ = try place.acceptValue(isRaw: isRaw)
        if state == .beforeValue { beginAttribute(PieceSpot(piece: number, offset: 0), position) }
        guard place.state == .value else { return }
        attribute?.units += known?.map { MarkupAttribute.Unit($0) } ?? [MarkupAttribute.hole]
    }

    private mutating func read(_ bytes: ArraySlice<UInt8>, _ position: Position) throws(MarkupError) {
        base = Position(source: position.source, offset: position.offset - bytes.startIndex)
        var index = bytes.startIndex
        var sheetStart = bytes.startIndex
        while index < bytes.endIndex {
            if let next = skippable(bytes[index...]) {
                if wanted == nil, place.state == .text, place.raw == nil {
                    keepText(bytes[index..<next], self.position(at: index))
                }
                attribute?.units += bytes[index..<next].lazy.map { MarkupAttribute.Unit($0) }
                index = next
                guard index < bytes.endIndex else { break }
            }
            let byte = bytes[index]
            let state = place.state
            if state == .attributeName, byte.isSpace || "=/>".utf8.contains(byte) { noteName() }
            let wasSheet = sheet != nil
            if byte == UInt8(ascii: "<"), wasSheet { sheetEnd = PieceSpot(piece: number, offset: index) }
            let event = try place.consume(byte)
            follow(from: state, event, byte, PieceSpot(piece: number, offset: index))
            guard elements.count <= Self.mostElements else { throw Self.unfollowed }
            lastByte = byte
            index += 1
            if wasSheet, place.raw == nil, var ended = sheet, place.state != .text || byte == UInt8(ascii: ">") {
                if !ended.isEnded {
                    guard sheetEnd.piece == number else { throw Self.unfollowed }
                    if ended.depth == depth {
                        ended.source.append(bytes[sheetStart..<sheetEnd.offset], self.position(at: sheetStart))
                    }
                    (ended.isEnded, ended.contentEnd) = (true, sheetEnd)
                }
                ended.end = PieceSpot(piece: number, offset: index)
                sheet = place.state == .text ? nil : ended
                if place.state == .text { sheets.append(ended) }
            }
            if !wasSheet, sheet != nil { sheetStart = index }
        }
        if sheet?.isEnded == false, sheet?.depth == depth {
            let start = self.position(at: sheetStart)
            sheet?.source.append(bytes[sheetStart...], start)
        }
    }

    func position(at index: Int) -> Position {
        Position(source: base.source, offset: base.offset + index)
    }

    /// The position of the next byte that can change the state, if bytes without effect precede it.
    private func skippable(_ rest: ArraySlice<UInt8>) -> Int? {
        switch place.state {
        case .text where place.raw == nil || place.word.isEmpty:
            return rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex
        case .value where place.quote != 0: return rest.firstIndex(of: place.quote) ?? rest.endIndex
        default: return nil
        }
    }

    private mutating func keepText(_ bytes: ArraySlice<UInt8>, _ position: Position) {
        guard !bytes.isEmpty, !place.isConditional else { return }
        texts.append((balance.parent(isConditional: false), Array(bytes), position))
    }
}

extension Piece {
    /// Whether this section and the one over `slot` exclude each other.
    func isOtherWay(than slot: Slot, _ isInverted: Bool) -> Bool {
        guard case .section(let other, let otherIsInverted, _) = self else { return false }
        return other.isSameVariable(slot) && otherIsInverted != isInverted
    }
}
