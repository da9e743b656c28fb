// SPDX-License-Identifier: Apache-2.0
import JSON

/// A template as a flat list of steps over one buffer of static text.
struct Program: Sendable {
    enum Step: Sendable {
        /// Bytes of ``Program/text``.
        case text(from: Int, to: Int)
        /// A value of ``Program/values``.
        case value(Int)
        /// A section over a value; `end` is the place of its ``close``.
        case open(Int, end: Int)
        /// The end of the section whose ``open`` is at `start`.
        case close(start: Int)
        /// An inverted section: leads to `end` when the value is true.
        case skip(Int, end: Int)
        /// The beginning of a line, for the indentation in force.
        case lineStart
        case include(Int)
        case extend(Int)
        case block(Int)
        /// Ends the line of a text part and leaves `blank` empty lines.
        case lineBreak(blank: Int)
        /// One blank, unless a line begins here.
        case softSpace
        /// A number of an ordered list.
        case list(ListStep)
    }

    var text: [UInt8] = []
    var steps: [Step] = []
    var values: [SharedValue] = []
    var inclusions: [Inclusion] = []
    var blocks: [BlockPlace] = []
    /// Hosts that links may lead to; empty for any.
    var linkHosts: [String] = []
    var locale = LocaleFormats.english
}

extension Program {
    /// A look-up, and how its outcome is shown.
    struct Value: Sendable {
        let name: Name
        /// The context that holds the name, counted from the outermost; nil to search from the innermost.
        var frame: Int?
        var path: [String]
        /// What stands in for a missing value.
        var fallback: JSON?
        var format = ValueFormat.plain
        var escaper = Escaper.raw
        /// Whether an empty value must be written as `""`, because no quotes stand around it.
        var quotesWhenEmpty = false
    }

    /// Shared, so that rendering passes one reference and not ten.
    final class SharedValue: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    /// A partial or parent that is found while rendering.
    struct Inclusion: Sendable {
        let target: PartialTarget
        let indentation: [UInt8]
        let position: Position
        /// What a parent is given: the content of each block.
        var blocks: [Content] = []
        /// The step behind the blocks.
        var end = 0
    }

    struct Content: Sendable {
        let name: String
        let steps: Range<Int>
    }

    struct BlockPlace: Sendable {
        let name: String
        let indentation: [UInt8]
        let isStandalone: Bool
        /// The steps of the default content.
        var steps: Range<Int>
    }
}

extension Program {
    /// Adds static text; joins it to the step before unless a jump leads between the two.
    mutating func append(text bytes: some Collection<UInt8>, barrier: Int) {
        guard !bytes.isEmpty else { return }
        let start = text.count
        text.append(contentsOf: bytes)
        if steps.count > barrier, case .text(let from, let to) = steps.last, to == start {
            steps[steps.count - 1] = .text(from: from, to: text.count)
        } else {
            steps.append(.text(from: start, to: text.count))
        }
    }

    /// Begins a section over a value; returns its first step.
    mutating func beginSection(_ value: Int) -> Int {
        steps.append(.skip(value, end: 0))
        return steps.count - 1
    }

    /// Ends the section that begins with the step `start`.
    mutating func endSection(_ value: Int, isInverted: Bool, from start: Int) {
        if isInverted {
            steps[start] = .skip(value, end: steps.count)
        } else {
            steps[start] = .open(value, end: steps.count)
            steps.append(.close(start: start))
        }
    }
}
