// SPDX-License-Identifier: Apache-2.0

/// The table of named character references, with a search that allocates nothing.
struct NamedReferences: Sendable {
    /// A name at a position of a text.
    struct Match {
        let scalars: (Unicode.Scalar, Unicode.Scalar?)
        /// The position after the name and its semicolon.
        let end: Int
        let hasSemicolon: Bool
    }

    private struct Entry {
        let start: Int
        let length: Int
        let isAllowedBare: Bool
        let scalars: (Unicode.Scalar, Unicode.Scalar?)
    }

    /// Parsed when the first reference is decoded.
    static let standard = NamedReferences(NamedReferenceData.text)

    private var names: [UInt8] = []
    private var entries: [Entry] = []

    private init(_ text: String) {
        for item in text.utf8.split(whereSeparator: \.isSpace) {
            guard let mark = item.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "!") }) else {
                continue
            }
            let digits = Substring(item[item.index(after: mark)...]).split(separator: "+")
            let scalars = digits.compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
            guard let first = scalars.first else { continue }
            let start = names.count
            names += item[..<mark]
            entries.append(
                Entry(
                    start: start,
                    length: names.count - start,
                    isAllowedBare: item[mark] == UInt8(ascii: "!"),
                    scalars: (first, scalars.dropFirst().first)
                )
            )
        }
    }

    /// The longest name that begins at `start`, with its semicolon, or without one where the standard permits.
    func longest(in bytes: ArraySlice<UInt8>, from start: Int) -> Match? {
        var (low, high) = (0, entries.count)
        var best: Match?
        var index = start
        while index < bytes.endIndex {
            let depth = index - start
            let byte = bytes[index]
            if byte == UInt8(ascii: ";") {
                guard entries[low].length == depth, depth > 0 else { break }
                return Match(scalars: entries[low].scalars, end: index + 1, hasSemicolon: true)
            }
            guard byte.isLetter || byte.isDigit else { break }
            (low, high) = (bound(low, high, depth, byte), bound(low, high, depth, byte + 1))
            guard low < high else { break }
            index += 1
            // A name sorts before all longer ones that begin with it.
            if entries[low].length == depth + 1, entries[low].isAllowedBare {
                best = Match(scalars: entries[low].scalars, end: index, hasSemicolon: false)
            }
        }
        return best
    }

    /// The first entry from `low` whose byte at `depth` is not less than `byte`.
    private func bound(_ low: Int, _ high: Int, _ depth: Int, _ byte: UInt8) -> Int {
        var (low, high) = (low, high)
        while low < high {
            let middle = (low + high) / 2
            let entry = entries[middle]
            if entry.length > depth, names[entry.start + depth] >= byte { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
