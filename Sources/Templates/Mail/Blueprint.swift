// SPDX-License-Identifier: Apache-2.0

/// One part of a template for all brands: text and values with their escapers, before fixed values are inserted.
struct Blueprint: Sendable {
    enum Step: Sendable {
        /// Bytes of ``Blueprint/text``.
        case text(from: Int, to: Int)
        /// One of ``Blueprint/variables``.
        case value(Int)
        /// One of ``Blueprint/fixed``.
        case fixed(Int)
        /// A section over one of ``Blueprint/variables``; its content ends before `end`.
        case section(Int, isInverted: Bool, end: Int)
        /// A section over one of ``Blueprint/fixed``.
        case fixedSection(Int, isInverted: Bool, end: Int)
        case lineBreak(blank: Int)
        case softSpace
        case list(ListStep)
    }

    /// A use of a value that the brand, the wording or the locale fixes.
    struct FixedUse: Sendable {
        let name: Name
        /// The section whose item contains it; 0 for global names.
        let level: Int
        let escaper: Escaper
        let quotesWhenEmpty: Bool
    }

    private(set) var text: [UInt8] = []
    private(set) var steps: [Step] = []
    private(set) var variables: [Program.SharedValue] = []
    private(set) var fixed: [FixedUse] = []
    /// The declared paths of values that a reader may follow as a link.
    private(set) var links: Set<[String]> = []

    /// Creates a blueprint from pieces whose values have their escapers.
    init(_ pieces: [Piece]) {
        append(pieces)
    }

    private mutating func append(_ pieces: [Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let bytes, _): append(bytes)
            case .constant(let text, _, _): append(Array(text.utf8)[...])
            case .value(let slot): steps.append(slot.isFixed ? .fixed(add(fixed: slot)) : .value(add(slot)))
            case .section(let slot, let isInverted, let inner): append(slot, isInverted, inner)
            case .lineBreak(let blank): steps.append(.lineBreak(blank: blank))
            case .softSpace: steps.append(.softSpace)
            case .list(let step): steps.append(.list(step))
            }
        }
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        text += bytes
        // A step before a section's end is not merged with one after it, because sections refer to steps and not to bytes.
        if steps.count > barrier, case .text(let from, _)? = steps.last {
            steps[steps.count - 1] = .text(from: from, to: text.count)
        } else {
            steps.append(.text(from: text.count - bytes.count, to: text.count))
        }
    }

    /// Steps before this index are final.
    private var barrier = 0

    private mutating func append(_ slot: Slot, _ isInverted: Bool, _ inner: [Piece]) {
        let index = slot.isFixed ? add(fixed: slot) : add(slot)
        let start = steps.count
        steps.append(.softSpace)
        barrier = steps.count
        append(inner)
        barrier = steps.count
        steps[start] =
            slot.isFixed
            ? .fixedSection(index, isInverted: isInverted, end: steps.count)
            : .section(index, isInverted: isInverted, end: steps.count)
    }

    private mutating func add(fixed slot: Slot) -> Int {
        let value = slot.value
        fixed.append(
            FixedUse(
                name: value.name,
                level: slot.fixedLevel ?? 0,
                escaper: value.escaper,
                quotesWhenEmpty: value.quotesWhenEmpty
            )
        )
        return fixed.count - 1
    }

    private mutating func add(_ slot: Slot) -> Int {
        if slot.isLink { links.insert(slot.path) }
        variables.append(.init(slot.value))
        return variables.count - 1
    }
}

extension Slot {
    /// Whether a reader may follow it: a URL in `href`, or one that is shown.
    fileprivate var isLink: Bool {
        if value.isGatewayValue { return false }
        return switch value.escaper {
        case .url(let use): use.isLink
        default: type == .url
        }
    }
}
