// SPDX-License-Identifier: Apache-2.0

/// Finds a similar name for a suggestion.
enum Spelling {
    /// The candidate with the fewest edits, if these are at most a third of the name's length (two for short names).
    static func nearest(to name: String, among candidates: [String]) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let limit = max(2, name.utf8.count / 3)
        let measured = candidates.map {
            (name: $0, edits: edits(Array(name.lowercased().utf8), Array($0.lowercased().utf8)))
        }
        let best = measured.min { $0.edits < $1.edits }
        return best.flatMap { $0.edits <= min(limit, max($0.name.utf8.count - 1, 1)) ? $0.name : nil }
    }

    /// ` (did you mean …?)` or an empty text.
    static func hint(for name: String, among candidates: [String]) -> String {
        nearest(to: name, among: candidates).map { " (did you mean `\($0)`?)" } ?? ""
    }

    private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                let replaced = diagonal + (byte == right[column] ? 0 : 1)
                row[column + 1] = min(replaced, above + 1, row[column] + 1)
                diagonal = above
            }
        }
        return row[right.count]
    }
}
