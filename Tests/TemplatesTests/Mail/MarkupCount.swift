// SPDX-License-Identifier: Apache-2.0

/// The tags and attribute names of a text, counted with rules independent of the compiler's.
struct MarkupCount: Equatable {
    private(set) var tags: [String] = []
    private(set) var attributes: [String] = []

    init(_ html: String) {
        var rest = Substring(html)
        while let open = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: open)...]
            if rest.hasPrefix("!--") {
                rest = rest.range(of: "-->").map { rest[$0.upperBound...] } ?? ""
            } else {
                rest = readTag(rest)
            }
        }
    }

    private mutating func readTag(_ text: Substring) -> Substring {
        let name = text.prefix { !$0.isHTMLSpace && $0 != ">" }
        tags.append(String(name))
        var rest = text[name.endIndex...]
        while let first = rest.first, first != ">" {
            guard !first.isHTMLSpace else {
                rest = rest.dropFirst()
                continue
            }
            let attribute = rest.prefix { !$0.isHTMLSpace && $0 != "=" && $0 != ">" }
            attributes.append(String(attribute))
            rest = rest[attribute.endIndex...].drop { $0 == "=" }
            if let quote = rest.first, quote == "\"" || quote == "'" {
                rest = rest.dropFirst().drop { $0 != quote }.dropFirst()
            } else {
                rest = rest.drop { !$0.isHTMLSpace && $0 != ">" }
            }
        }
        let isRaw = name == "style" || name == "title"
        guard isRaw, let end = rest.range(of: "</") else { return rest }
        return rest[end.lowerBound...]
    }
}

extension Substring {
    fileprivate func range(of text: String) -> Range<Index>? { self.firstRange(of: text) }
}

extension Character {
    /// HTML's white space, which is a subset of Unicode's.
    fileprivate var isHTMLSpace: Bool {
        self == " " || self == "\n" || self == "\t" || self == "\r" || self == "\r\n" || self == "\u{C}"
    }
}
