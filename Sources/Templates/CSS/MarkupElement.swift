// SPDX-License-Identifier: Apache-2.0

/// The position of a byte in the piece with this number, in document order.
struct PieceSpot: Sendable, Hashable, Comparable {
    let piece: Int
    let offset: Int

    static func < (left: PieceSpot, right: PieceSpot) -> Bool {
        (left.piece, left.offset) < (right.piece, right.offset)
    }
}

/// One start tag and its requested attributes.
///
/// A class, because selectors look at the same elements repeatedly.
final class MarkupElement: Sendable {
    let tag: String
    /// Whether it has the attribute `hidden`.
    let isHidden: Bool
    /// Whether HTML implies the element, which then has no tag.
    let isImplied: Bool
    let position: Position
    /// The parent element, as an index into ``MarkupReader/elements``.
    let parent: Int?
    /// Whether it is in a conditional comment for Outlook.
    let isConditional: Bool
    /// The position after the tag name.
    let nameEnd: PieceSpot
    let attributes: [MarkupAttribute]
    /// The static classes and the id.
    let classes: [String]
    let id: String?

    init(
        tag: String,
        position: Position,
        parent: Int?,
        isConditional: Bool,
        nameEnd: PieceSpot,
        attributes: [MarkupAttribute],
        isHidden: Bool = false,
        isImplied: Bool = false
    ) {
        (self.tag, self.position, self.parent) = (tag, position, parent)
        (self.isHidden, self.isImplied) = (isHidden, isImplied)
        (self.isConditional, self.nameEnd, self.attributes) = (isConditional, nameEnd, attributes)
        // The first of two attributes with the same name counts.
        classes = (attributes.first { $0.name == "class" && !$0.isInSection }.map(MarkupWord.words) ?? [])
            .filter { !$0.isOpen && !$0.isInSection }.map(\.name)
        id = attributes.first { $0.name == "id" && $0.isStatic && !$0.isInSection }?.staticText
    }

    subscript(name: String) -> MarkupAttribute? { attributes.first { $0.name == name } }
}

/// The value of an attribute and its position.
struct MarkupAttribute: Sendable {
    /// A unit of a value: a byte, or one of the marks below.
    typealias Unit = UInt16
    static let hole: Unit = 0x100
    static let sectionStart: Unit = 0x101
    static let sectionEnd: Unit = 0x102

    let name: String
    let position: Position
    /// The first byte of the name.
    let start: PieceSpot
    let valueStart: PieceSpot
    /// The position after the value: its closing quote, if it has one.
    var valueEnd: PieceSpot
    /// The quote around the value; 0 for none.
    let quote: UInt8
    /// Whether it is in a section inside the tag.
    let isInSection: Bool
    var units: [Unit] = []

    /// The value without sections and without values known only at rendering.
    var staticText: String {
        var depth = 0
        var bytes: [UInt8] = []
        for unit in units {
            switch unit {
            case Self.sectionStart: depth += 1
            case Self.sectionEnd: depth -= 1
            case 0...0xFF where depth == 0: bytes.append(UInt8(unit))
            default: break
            }
        }
        return HTMLEntities.decode(bytes, isAttribute: true)
    }

    var isStatic: Bool { units.allSatisfy { $0 <= 0xFF } }

    /// ``units`` with character references decoded.
    fileprivate var decodedUnits: [Unit] {
        guard units.contains(Unit(UInt8(ascii: "&"))) else { return units }
        var result: [Unit] = []
        var bytes: [UInt8] = []
        for unit in units {
            guard unit > 0xFF else {
                bytes.append(UInt8(truncatingIfNeeded: unit))
                continue
            }
            result += HTMLEntities.decoded(bytes, isAttribute: true).map { Unit($0) }
            result.append(unit)
            bytes = []
        }
        return result + HTMLEntities.decoded(bytes, isAttribute: true).map { Unit($0) }
    }
}

/// A word of a `class` or an `id`, as far as it is known at compile time.
struct MarkupWord: Sendable {
    var prefix: [UInt8] = []
    /// The text after the last unknown part.
    var suffix: [UInt8] = []
    /// Whether a part of it is a value or in a section.
    var isOpen = false
    /// Whether it, or a part of it, is in a section.
    var isInSection = false

    var isEmpty: Bool { prefix.isEmpty && !isOpen }
    var name: String { String(decoding: prefix, as: UTF8.self) }

    /// Whether it can be equal to `name` at rendering.
    func mayBe(_ name: String) -> Bool {
        guard isOpen else { return self.name == name }
        let bytes = Array(name.utf8)
        return bytes.count >= prefix.count + suffix.count && bytes.starts(with: prefix)
            && bytes.suffix(suffix.count).elementsEqual(suffix)
    }

    static func words(_ attribute: MarkupAttribute) -> [MarkupWord] {
        var words: [MarkupWord] = []
        var word = MarkupWord()
        var depth = attribute.isInSection ? 1 : 0
        func end() {
            if !word.isEmpty { words.append(word) }
            word = MarkupWord()
        }
        for unit in attribute.decodedUnits {
            switch unit {
            case MarkupAttribute.hole: (word.isOpen, word.suffix) = (true, [])
            case MarkupAttribute.sectionStart, MarkupAttribute.sectionEnd:
                if !word.isEmpty { (word.isOpen, word.suffix) = (true, []) }
                depth += unit == MarkupAttribute.sectionStart ? 1 : -1
            default:
                let byte = UInt8(truncatingIfNeeded: unit)
                if byte.isSpace {
                    end()
                } else if word.isOpen {
                    word.suffix.append(byte)
                } else {
                    word.prefix.append(byte)
                }
            }
            if depth > 0, !word.isEmpty { word.isInSection = true }
        }
        end()
        return words
    }
}
