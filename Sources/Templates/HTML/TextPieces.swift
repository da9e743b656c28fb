// SPDX-License-Identifier: Apache-2.0

/// Small rules over the pieces of a text part.
enum TextPieces {
    static let nowhere = Position(source: SourceFile(name: "", bytes: []), offset: 0)

    /// Words and the blanks between them; what only fills a preview line is left out.
    static func collapsed(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var word = String.UnicodeScalarView()
        func endWord() {
            // Joiners shape letters within a word, and only fill where there are no letters.
            guard !word.allSatisfy({ isJoiner($0) || $0.value == 0x034F }) else { return word = .init() }
            pieces.append(.text(Array(String(word).utf8)[...], nowhere))
            word = .init()
        }
        for scalar in text.unicodeScalars where !isInvisible(scalar) {
            guard scalar.isBlank else {
                word.append(scalar)
                continue
            }
            endWord()
            if case .softSpace? = pieces.last { continue }
            pieces.append(.softSpace)
        }
        endWord()
        return pieces
    }

    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0x200C || scalar.value == 0x200D }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        [0x200B, 0x2060, 0xFEFF, 0xAD].contains(scalar.value)
    }

    static func decoded(_ pieces: [Piece]) -> [Piece] {
        pieces.map { piece in
            guard case .text(let bytes, let position) = piece else { return piece }
            return .text(Array(HTMLEntities.decode(Array(bytes)).utf8)[...], position)
        }
    }

    static func withoutMailto(_ pieces: [Piece]) -> [Piece] {
        guard case .text(let bytes, let position)? = pieces.first else { return pieces }
        for scheme in ["mailto:", "tel:"] where bytes.starts(with: scheme.utf8) {
            let rest = bytes.dropFirst(scheme.utf8.count)
            return (rest.isEmpty ? [] : [.text(rest, position)]) + pieces.dropFirst()
        }
        return pieces
    }

    /// Whether both show the same words, as far as that is known before rendering.
    static func areSame(_ left: [Piece], _ right: [Piece]) -> Bool {
        bare(words(left)) == bare(words(right))
    }

    /// An address as people write it: without its scheme and without a slash at its end.
    private static func bare(_ words: String) -> Substring {
        var rest = words[...]
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        return rest.last == "/" ? rest.dropLast() : rest
    }

    private static func words(_ pieces: [Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let bytes, _): String(decoding: bytes, as: UTF8.self)
            case .constant(let text, _, _): text
            case .value(let slot): "{{\(slot.value.frame ?? 0) \(slot.value.path.joined(separator: "."))}}"
            case .section(let slot, let isInverted, let inner):
                "{{\(isInverted ? "^" : "#")\(slot.value.path.joined(separator: "."))}}\(words(inner))"
            case .softSpace: " "
            case .lineBreak: ""
            }
        }.joined()
    }
}

extension Unicode.Scalar {
    /// White space; most text is ASCII, where no table has to be asked.
    fileprivate var isBlank: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }
}
