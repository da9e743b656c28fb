// SPDX-License-Identifier: Apache-2.0

/// The languages that a browser asks for (RFC 9110 section 12.5.4).
package enum AcceptLanguage {
    /// The tag that is liked best among those of which there is a translation; nil when there is none.
    ///
    /// `fr-CA` is met by `fr`.
    package static func choose(_ header: String?, among available: [String]) -> String? {
        for tag in tags(header, unreadable: 1000) {
            if let found = match(tag.lowercased(), available) { return found }
        }
        return nil
    }

    /// What a header asks for, the most wanted first; `*` may be among it.
    ///
    /// A weight that cannot be read counts as `unreadable`, in thousandths. What has the weight 0 is not wanted.
    package static func tags(_ header: String?, unreadable: Int) -> [String] {
        // Nobody speaks more languages than that, but anybody can send a header of any length.
        let ranges = (header ?? "").prefix(1000).split(separator: ",").prefix(50).map { text in
            let parts = text.split(separator: ";", omittingEmptySubsequences: false)
                .map { $0.filter { !$0.isWhitespace } }
            return (tag: parts[0], weight: parts.count == 1 ? 1000 : weight(parts[1]) ?? unreadable)
        }
        // Of two with one weight the first one counts, and sorting keeps no order.
        return ranges.enumerated().filter { $0.element.weight > 0 }
            .sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }
            .map(\.element.tag)
    }

    /// Of `q=0.8`, in thousandths; at most three decimals (RFC 9110 section 12.4.2).
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
