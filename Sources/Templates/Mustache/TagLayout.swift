// SPDX-License-Identifier: Apache-2.0

/// Which white space around each tag belongs to the tag and not to the text.
///
/// The published spec takes out lines that hold nothing but a tag; inheritance tags may share such a line.
struct TagLayout {
    /// For each tag: where the text before it ends, and where the text after it begins.
    private(set) var cuts: [Range<Int>]
    /// For each tag: the white space before it when it is the first on its line, else empty.
    private(set) var indentations: [ArraySlice<UInt8>]
    /// For each tag: whether its line is taken out.
    private(set) var standsAlone: [Bool]

    private let bytes: [UInt8]
    private let tags: [Tag]
    /// Where the line begins that holds only white space, or inheritance tags, before the tag.
    private var blankBefore: [Int?]
    private var isBlankBeforeWithTags: [Bool]
    /// Where the next line begins, when only white space follows on the line.
    private var blankAfter: [Int?]
    private var isBlankAfterWithTags: [Bool]

    /// `openers` holds for each closing tag the place of the tag that it closes.
    init(bytes: [UInt8], tags: [Tag], openers: [Int?]) {
        self.bytes = bytes
        self.tags = tags
        cuts = tags.map(\.range)
        indentations = Array(repeating: [], count: tags.count)
        standsAlone = Array(repeating: false, count: tags.count)
        blankBefore = Array(repeating: nil, count: tags.count)
        isBlankBeforeWithTags = Array(repeating: false, count: tags.count)
        blankAfter = Array(repeating: nil, count: tags.count)
        isBlankAfterWithTags = Array(repeating: false, count: tags.count)
        let isInheritance = tags.indices.map { Self.isInheritance(tags[openers[$0] ?? $0].kind) }
        scanBefore(isInheritance)
        scanAfter(isInheritance)
        for index in tags.indices { settle(index, opener: openers[index]) }
    }

    private static func isInheritance(_ kind: Tag.Kind) -> Bool { kind == .parent || kind == .block }

    private mutating func scanBefore(_ isInheritance: [Bool]) {
        for index in tags.indices {
            let start = tags[index].range.lowerBound
            let previousEnd = index == 0 ? 0 : tags[index - 1].range.upperBound
            var position = start
            while position > previousEnd, bytes[position - 1].isBlank { position -= 1 }
            if position == 0 || position > previousEnd && bytes[position - 1] == .lineFeed {
                blankBefore[index] = position
                indentations[index] = bytes[position..<start]
                isBlankBeforeWithTags[index] = true
            } else if position == previousEnd, index > 0, isInheritance[index - 1] {
                isBlankBeforeWithTags[index] = isBlankBeforeWithTags[index - 1]
            }
        }
    }

    private mutating func scanAfter(_ isInheritance: [Bool]) {
        for index in tags.indices.reversed() {
            let end = tags[index].range.upperBound
            let limit = index + 1 < tags.count ? tags[index + 1].range.lowerBound : bytes.count
            var position = end
            while position < limit, bytes[position].isBlank || bytes[position] == .carriageReturn { position += 1 }
            if position == bytes.count || position < limit && bytes[position] == .lineFeed {
                blankAfter[index] = min(position + 1, bytes.count)
                isBlankAfterWithTags[index] = true
            } else if position == limit, isInheritance[index + 1] {
                isBlankAfterWithTags[index] = isBlankAfterWithTags[index + 1]
            }
        }
    }

    private mutating func settle(_ index: Int, opener: Int?) {
        let opened = opener.map { tags[$0].kind }
        switch (tags[index].kind, opened) {
        case (.block, _): settleBlockOpening(index)
        case (.close, .block): settleBlockClosing(index)
        case (.close, .parent): if let opener { settleParent(opener, close: index) }
        case (let kind, _) where kind.mayStandAlone:
            guard let start = blankBefore[index], let end = blankAfter[index] else { return }
            cuts[index] = start..<end
            standsAlone[index] = true
        default: break
        }
    }

    private mutating func settleBlockOpening(_ index: Int) {
        guard isBlankBeforeWithTags[index], let end = blankAfter[index] else { return }
        cuts[index] = (blankBefore[index] ?? tags[index].range.lowerBound)..<end
        standsAlone[index] = true
    }

    private mutating func settleBlockClosing(_ index: Int) {
        guard let start = blankBefore[index], isBlankAfterWithTags[index] else { return }
        cuts[index] = start..<(blankAfter[index] ?? tags[index].range.upperBound)
        standsAlone[index] = true
    }

    /// A parent stands alone when nothing is before it on its first line and nothing behind it on its last.
    private mutating func settleParent(_ open: Int, close: Int) {
        guard let start = blankBefore[open], let end = blankAfter[close] else { return }
        cuts[open] = start..<cuts[open].upperBound
        cuts[close] = cuts[close].lowerBound..<end
        standsAlone[open] = true
        standsAlone[close] = true
    }
}
