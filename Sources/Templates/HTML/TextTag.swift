// SPDX-License-Identifier: Apache-2.0

/// The attributes of the current tag that affect the text part.
struct TextTag {
    private static let wanted: Set<String> = [
        "href", "alt", "style", "role", "hidden", "start", "reversed", "value", "type", "open",
    ]

    /// The attribute values by name.
    private(set) var pieces: [String: [Piece]] = [:]
    /// The current attribute; nil for an irrelevant one.
    private(set) var current: String?

    /// Handles a complete attribute name.
    ///
    /// The first of two attributes with the same name counts.
    mutating func name(_ word: [UInt8]) {
        let name = String(decoding: word, as: UTF8.self)
        let isNew = Self.wanted.contains(name) && pieces[name] == nil
        current = isNew ? name : nil
        if isNew { pieces[name] = [] }
    }

    mutating func append(_ piece: Piece) {
        if let current { pieces[current, default: []].append(piece) }
    }

    mutating func endAttribute() { current = nil }

    /// The state for a section inside this tag.
    func inSection(ofValue isValue: Bool) -> TextTag {
        var inner = TextTag()
        if isValue, let current { (inner.current, inner.pieces[current]) = (current, []) }
        return inner
    }

    /// Adds the attributes of a section; only URLs and alternative texts may depend on one.
    mutating func add(_ inner: TextTag, _ slot: Slot, isInverted: Bool) {
        for name in ["href", "alt"] {
            guard let new = inner.pieces[name], !new.isEmpty else { continue }
            let old = pieces[name] ?? []
            let isOther = name != current && !old.isEmpty
            // {{#x}}href="…"{{/x}} may be followed by {{^x}}href="…"{{/x}}, but a static attribute overrides later ones.
            if isOther, case .section? = old.last {} else if isOther { continue }
            pieces[name] = old + [.section(slot, isInverted: isInverted, new)]
        }
    }

    func has(_ name: String) -> Bool { pieces[name] != nil }

    /// The decoded part of an attribute that is known before rendering; nil when there is no such attribute.
    func text(_ name: String) -> String? {
        guard let parts = pieces[name] else { return nil }
        var bytes: [UInt8] = []
        for case .text(let part, _) in parts { bytes += part }
        return HTMLEntities.decode(bytes, isAttribute: true)
    }

    /// Whether the attributes hide an element with this name, and what they set as its visibility.
    func hiding(_ name: String) -> (isHidden: Bool, isInvisible: Bool?) {
        var display: (word: String, isImportant: Bool)?
        var isHidden = false
        var isInvisible: Bool?
        let keywords = text("style").map { StyleParser.keywords(ofAttribute: $0) } ?? []
        for keyword in keywords {
            switch keyword.property {
            case "display" where keyword.isImportant || display?.isImportant != true:
                display = (keyword.word, keyword.isImportant)
            case "mso-hide" where keyword.word == "all": isHidden = true
            case "visibility": isInvisible = keyword.word == "hidden" || keyword.word == "collapse"
            default: break
            }
        }
        let hides = has("hidden") || name == "dialog" && !has("open")
        return (isHidden || (display.map { $0.word == "none" } ?? hides), isInvisible)
    }
}

extension StyleParser {
    /// The properties of a `style` attribute whose values begin with a word, and the words in lower case.
    static func keywords(ofAttribute text: String) -> [(property: String, word: String, isImportant: Bool)] {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return [] }
        var source = StyleSource()
        let file = SourceFile(name: "style", text: text)
        source.append(file.bytes[...], Position(source: file, offset: 0))
        return declarations(of: source).compactMap { declaration in
            var rest = source.bytes[declaration.value]
            guard let word = StyleName.read(&rest) else { return nil }
            return (declaration.name, word.lowercasedInASCII, declaration.isImportant)
        }
    }
}
