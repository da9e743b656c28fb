// SPDX-License-Identifier: Apache-2.0

/// The languages that a browser asks for (RFC 9110 section 12.5.4).
package enum AcceptLanguage {
    /// The tag that is liked best among those of which there is a translation; nil when there is none.
    ///
    /// `fr-CA` is met by `fr`.
    package static func choose(_ header: String?, among available: [String]) -> String? {
        guard let header, header.utf8.count <= 1024 else { return nil }
        let wishes = header.split(separator: ",").prefix(20).compactMap(wish)
        // The order counts among equals, and sorting keeps none.
        let ranked = wishes.enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
        for (_, wish) in ranked where wish.quality > 0 {
            if let found = match(wish.tag, available) { return found }
        }
        return nil
    }

    private static func wish(_ item: Substring) -> (tag: String, quality: Double)? {
        let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
        guard let tag = parts.first, !tag.isEmpty else { return nil }
        let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
        return (tag.lowercased(), quality)
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
