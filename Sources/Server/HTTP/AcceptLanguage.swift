// SPDX-License-Identifier: Apache-2.0

/// Parses `Accept-Language` (RFC 9110 section 12.5.4).
package enum AcceptLanguage {
    /// The preferred tag among `available`; nil when none matches.
    ///
    /// `fr-CA` matches `fr`.
    package static func choose(_ header: String?, among available: [String]) -> String? {
        for tag in tags(header, unreadable: 1000) {
            if let found = match(tag.lowercased(), available) { return found }
        }
        return nil
    }

    /// The tags of a header, most preferred first; may contain `*`.
    ///
    /// A weight that cannot be parsed counts as `unreadable`, in thousandths. Tags with weight 0 are left out.
    package static func tags(_ header: String?, unreadable: Int) -> [String] {
        // Bounds the work for a header of any length.
        let ranges = (header ?? "").prefix(1000).split(separator: ",").prefix(50).map { text in
            let parts = text.split(separator: ";", omittingEmptySubsequences: false)
                .map { $0.filter { !$0.isWhitespace } }
            return (tag: parts[0], weight: parts.count == 1 ? 1000 : weight(parts[1]) ?? unreadable)
        }
        // The first of two tags with equal weights counts; the sort is not stable.
        return ranges.enumerated().filter { $0.element.weight > 0 }
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
            .map(\.element.tag)
    }

    /// The weight of `q=0.8` in thousandths; at most three decimals (RFC 9110 section 12.4.2).
    private static func weight(_ text: String) -> Int? {
        guard text.lowercased().hasPrefix("q=") else { return nil }
        let digits = text.dropFirst(2).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first.flatMap({ Int($0) }), (0...1).contains(whole) else { return nil }
        guard digits.count == 2, !digits[1].isEmpty else { return whole * 1000 }
        let decimals = digits[1].prefix(3)
        guard digits[1].count <= 3, let value = Int(decimals), value >= 0 else { return nil }
        let weight = whole * 1000 + value * [100, 10, 1][decimals.count - 1]
        return weight <= 1000 ? weight : nil
    }

    private static func match(_ tag: String, _ available: [String]) -> String? {
        var tag = tag[...]
        while !tag.isEmpty {
            if let found = available.first(where: { $0.lowercased() == tag }) { return found }
            tag = tag[..<(tag.lastIndex(of: "-") ?? tag.startIndex)]
        }
        return nil
    }
}
