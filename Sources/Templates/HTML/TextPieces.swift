// SPDX-License-Identifier: Apache-2.0

/// Small rules over the pieces of a text part.
enum TextPieces {
    private static let nowhere = Position(source: SourceFile(name: "", bytes: []), offset: 0)

    /// Words and the blanks between them; what only fills a preview line is left out.
    static func collapsed(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var word: [UInt8] = []
        for scalar in text.unicodeScalars where !isFiller(scalar) {
            if scalar.properties.isWhitespace {
                if !word.isEmpty { pieces.append(.text(word[...], nowhere)) }
                word = []
                if case .softSpace? = pieces.last { continue }
                pieces.append(.softSpace)
            } else {
                word += UTF8.encode(scalar).map(Array.init) ?? []
            }
        }
        if !word.isEmpty { pieces.append(.text(word[...], nowhere)) }
        return pieces
    }

    private static func isFiller(_ scalar: Unicode.Scalar) -> Bool {
        [0x034F, 0x200B, 0x200C, 0x200D, 0xFEFF, 0xAD].contains(scalar.value)
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
        words(left) == words(right)
    }

    private static func words(_ pieces: [Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let bytes, _): String(decoding: bytes, as: UTF8.self)
            case .constant(let text, _, _): text
            case .value(let slot): "{{\(slot.value.frame ?? 0) \(slot.value.path.joined(separator: "."))}}"
            case .section(let slot, let isInverted, let inner):
                "{{\(isInverted ? "^" : "#")\(slot.value.path.joined(separator: "."))}}\(words(inner))"
            case .lineBreak, .softSpace: ""
            }
        }.joined()
    }
}
