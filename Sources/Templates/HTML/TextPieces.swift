// SPDX-License-Identifier: Apache-2.0

/// Helper functions for the pieces of a text part.
enum TextPieces {
    static let nowhere = Position(source: SourceFile(name: "", bytes: []), offset: 0)

    /// Words and the blanks between them; characters that only pad a preview line are dropped.
    static func collapsed(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var word = String.UnicodeScalarView()
        func endWord() {
            // Joiners shape letters within a word; without letters they are only padding.
            guard !word.allSatisfy({ isJoiner($0) || $0.value == 0x034F }) else { return word = .init() }
            pieces.append(.text(Array(String(word).utf8)[...], nowhere))
            word = .init()
        }
        for scalar in text.unicodeScalars where !isInvisible(scalar) {
            guard scalar.isBlank || scalar.isControl else {
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
            return .text(HTMLEntities.decoded(Array(bytes), isAttribute: true)[...], position)
        }
    }

    /// The text of `<pre>`, unchanged except for normalized line breaks and removed control characters.
    static func preformatted(_ text: String) -> Piece {
        var bytes: [UInt8] = []
        ControlCharacters.appendText(text, to: &bytes)
        return .text(bytes[...], nowhere)
    }

    /// Whether the words contain a URL, and not as a part of another one.
    static func holds(_ pieces: [Piece], _ address: [Piece]) -> Bool {
        let (text, wanted) = (words(pieces).lowercased(), words(address).lowercased())
        var rest = text[...]
        while let range = rest.firstRange(of: wanted) {
            let isBegun = text[..<range.lowerBound].last.map(continuesAddress) ?? false
            let behind = text[range.upperBound...]
            let isContinued = behind.first.map {
                $0 == "." ? behind.dropFirst().first.map(continuesAddress) ?? false : continuesAddress($0)
            }
            if !isBegun, !(isContinued ?? false) { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }

    private static func continuesAddress(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || ".!#$%&'*+/=?^_`{|}~-@".contains(character)
    }

    /// Whether a value determines the target of the URL.
    static func beginsWithValue(_ address: [Piece]) -> Bool {
        if case .value(let slot)? = address.first { slot.value.escaper == .url(.shown) } else { false }
    }

    /// Whether both show the same words, as far as known before rendering.
    static func areSame(_ left: [Piece], _ right: [Piece]) -> Bool {
        bare(words(left)) == bare(words(right))
    }

    /// A URL in its short form: without scheme and trailing slash.
    private static func bare(_ words: String) -> Substring {
        var rest = words[...]
        for scheme in ["https://", "http://"] where rest.prefix(scheme.count).lowercased() == scheme {
            rest = rest.dropFirst(scheme.count)
        }
        return rest.last == "/" ? rest.dropLast() : rest
    }

    static func words(_ pieces: [Piece]) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let bytes, _): String(decoding: bytes, as: UTF8.self)
            case .constant(let text, _, _): text
            case .value(let slot): "{{\(slot.value.frame ?? 0) \(slot.value.path.joined(separator: "."))}}"
            case .section(let slot, let isInverted, let inner):
                "{{\(isInverted ? "^" : "#")\(slot.value.path.joined(separator: "."))}}\(words(inner))"
            case .softSpace: " "
            case .lineBreak, .list: ""
            }
        }.joined()
    }
}

extension Unicode.Scalar {
    /// White space; ASCII, the usual case, needs no table.
    fileprivate var isBlank: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }
}
