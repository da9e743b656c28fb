// SPDX-License-Identifier: Apache-2.0

/// The white space around each tag that belongs to the tag and not to the text.
///
/// The published spec removes lines that contain only a tag; inheritance tags may share such a line.
struct TagLayout {
    /// For each tag: the end of the text before it, and the beginning of the text after it.
    private(set) var cuts: [Range<Int>]
    /// For each tag: the white space before it when it is the first on its line, else empty.
    private(set) var indentations: [ArraySlice<UInt8>]
    /// For each tag: whether its line is removed.
    private(set) var standsAlone: [Bool]

    private let bytes: [UInt8]
    private let tags: [Tag]
    /// The beginning of the line when only white space or inheritance tags precede the tag.
    private var blankBefore: [Int?]
    private var isBlankBeforeWithTags: [Bool]
    /// The beginning of the next line when only white space follows on the line.
    private var blankAfter: [Int?]
    private var isBlankAfterWithTags: [Bool]

    /// `openers` has the index of the opening tag for each closing tag.
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

    /// A parent is standalone when nothing precedes it on its first line and nothing follows it on its last.
    private mutating func settleParent(_ open: Int, close: Int) {
        guard let start = blankBefore[open], let end = blankAfter[close] else { return }
        cuts[open] = start..<cuts[open].upperBound
        cuts[close] = cuts[close].lowerBound..<end
        standsAlone[open] = true
        standsAlone[close] = true
    }
}
