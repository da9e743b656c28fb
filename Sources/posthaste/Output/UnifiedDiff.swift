// SPDX-License-Identifier: Apache-2.0

/// The difference of two texts in the format of `diff -u`.
struct UnifiedDiff {
    enum Kind: Character {
        case kept = " "
        case removed = "-"
        case added = "+"
    }

    typealias Edit = (kind: Kind, line: Substring)

    /// The number of context lines around a change.
    private static let context = 3
    /// Texts with more changed lines are shown as replaced, because the shortest script would take too long to find.
    private static let mostChanges = 400

    /// All lines of both texts, in order.
    let edits: [Edit]

    init(from old: String, to new: String) {
        let (old, new) = (Self.lines(old), Self.lines(new))
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { $0 == $1 }.count
        let inner = Self.edits(Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
        edits = old[..<head].map { (.kept, $0) } + inner + old[(old.count - tail)...].map { (.kept, $0) }
    }

    /// The lines of the difference, without a header; empty for equal texts.
    var lines: [String] {
        var lines: [String] = []
        for hunk in hunks {
            lines.append(header(hunk))
            for edit in edits[hunk] { lines.append("\(edit.kind.rawValue)\(Self.visible(edit.line))") }
        }
        return lines
    }

    /// A last line with a line break differs from one without.
    private static func lines(_ text: String) -> [Substring] {
        // Splits bytes, because a carriage return and a line feed are one character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Substring.init)
        if lines.last?.isEmpty == true {
            lines.removeLast()
        } else if let last = lines.popLast() {
            lines.append(last + "\n\\ No newline at end of file")
        }
        return lines
    }

    /// Replaces control characters with their Unicode control pictures, so that differences show and the terminal ignores them.
    private static func visible(_ line: Substring) -> String {
        var text = String.UnicodeScalarView()
        for scalar in line.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: text.append(scalar)
            case 0..<0x20: text.append(Unicode.Scalar(0x2400 + scalar.value) ?? scalar)
            case 0x7F..<0xA0: text.append("\u{2421}")
            default: text.append(scalar)
            }
        }
        return String(text)
    }

    /// Ranges of edits that contain a change, with their context.
    private var hunks: [Range<Int>] {
        var hunks: [Range<Int>] = []
        for position in edits.indices where edits[position].kind != .kept {
            let start = max(position - Self.context, 0)
            let end = min(position + Self.context + 1, edits.count)
            if let last = hunks.last, start <= last.upperBound {
                hunks[hunks.count - 1] = last.lowerBound..<end
            } else {
                hunks.append(start..<end)
            }
        }
        return hunks
    }

    private func header(_ hunk: Range<Int>) -> String {
        let old = range(hunk, without: .added)
        let new = range(hunk, without: .removed)
        return "@@ -\(old) +\(new) @@"
    }

    private func range(_ hunk: Range<Int>, without kind: Kind) -> String {
        let before = edits[..<hunk.lowerBound].count { $0.kind != kind }
        let length = edits[hunk].count { $0.kind != kind }
        let start = length == 0 ? before : before + 1
        return length == 1 ? "\(start)" : "\(start),\(length)"
    }

    /// The shortest edit script from `old` to `new` (Myers, An O(ND) Difference Algorithm, 1986).
    private static func edits(_ old: [Substring], _ new: [Substring]) -> [Edit] {
        var furthest = [1: 0]
        var trace: [[Int: Int]] = []
        for changes in 0...min(old.count + new.count, mostChanges) {
            trace.append(furthest)
            for diagonal in stride(from: -changes, through: changes, by: 2) {
                var x = start(diagonal, changes, furthest)
                while x < old.count, x - diagonal < new.count, old[x] == new[x - diagonal] { x += 1 }
                furthest[diagonal] = x
                if x >= old.count, x - diagonal >= new.count { return path(trace, old, new) }
            }
        }
        return old.map { (.removed, $0) } + new.map { (.added, $0) }
    }

    private static func start(_ diagonal: Int, _ changes: Int, _ furthest: [Int: Int]) -> Int {
        let (below, above) = (furthest[diagonal - 1] ?? -1, furthest[diagonal + 1] ?? -1)
        let goesDown = diagonal == -changes || (diagonal != changes && below < above)
        return goesDown ? above : below + 1
    }

    private static func path(_ trace: [[Int: Int]], _ old: [Substring], _ new: [Substring]) -> [Edit] {
        var edits: [Edit] = []
        var (x, y) = (old.count, new.count)
        for changes in trace.indices.reversed() {
            let (diagonal, furthest) = (x - y, trace[changes])
            let (below, above) = (furthest[diagonal - 1] ?? -1, furthest[diagonal + 1] ?? -1)
            let goesDown = diagonal == -changes || (diagonal != changes && below < above)
            let beforeX = changes == 0 ? 0 : (goesDown ? above : below)
            let beforeY = changes == 0 ? 0 : beforeX - (goesDown ? diagonal + 1 : diagonal - 1)
            while x > beforeX, y > beforeY, old[x - 1] == new[y - 1] {
                edits.append((.kept, old[x - 1]))
                (x, y) = (x - 1, y - 1)
            }
            guard changes > 0 else { break }
            edits.append(goesDown ? (.added, new[beforeY]) : (.removed, old[beforeX]))
            (x, y) = (beforeX, beforeY)
        }
        return edits.reversed()
    }
}
