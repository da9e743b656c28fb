// SPDX-License-Identifier: Apache-2.0
import JSON

/// A template as a flat list of steps over one buffer of static text.
struct Program: Sendable {
    enum Step: Sendable {
        /// Bytes of ``Program/text``.
        case text(from: Int, to: Int)
        /// A value of ``Program/values``.
        case value(Int)
        /// A section over a value; `end` is the index of its ``close``.
        case open(Int, end: Int)
        /// The end of the section whose ``open`` is at `start`.
        case close(start: Int)
        /// An inverted section: jumps to `end` when the value is true.
        case skip(Int, end: Int)
        /// The beginning of a line, where the current indentation is inserted.
        case lineStart
        case include(Int)
        case extend(Int)
        case block(Int)
        /// Ends the line of a text part and adds `blank` empty lines.
        case lineBreak(blank: Int)
        /// One blank, except at the beginning of a line.
        case softSpace
        /// A number of an ordered list.
        case list(ListStep)
    }

    var text: [UInt8] = []
    var steps: [Step] = []
    var values: [SharedValue] = []
    var inclusions: [Inclusion] = []
    var blocks: [BlockPlace] = []
    /// The allowed link hosts; empty for any.
    var linkHosts: [String] = []
    var locale = LocaleFormats.english
}

extension Program {
    /// A look-up with its formatting.
    struct Value: Sendable {
        let name: Name
        /// The context that has the name, counted from the outermost; nil to search from the innermost.
        var frame: Int?
        var path: [String]
        /// The value used when there is none.
        var fallback: JSON?
        var format = ValueFormat.plain
        var escaper = Escaper.raw
        /// Whether an empty value is written as `""`, because it is unquoted.
        var quotesWhenEmpty = false
        /// Whether the gateway gives the value: its link may lead to a host that is not the brand's.
        var isGatewayValue = false
    }

    /// A class, so that rendering passes one reference instead of ten.
    final class SharedValue: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    /// A partial or parent that is resolved at rendering.
    struct Inclusion: Sendable {
        let target: PartialTarget
        let indentation: [UInt8]
        let position: Position
        /// The block contents that a parent gets.
        var blocks: [Content] = []
        /// The step after the blocks.
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
    /// Adds static text; merges it with the previous step unless a jump leads between the two.
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
