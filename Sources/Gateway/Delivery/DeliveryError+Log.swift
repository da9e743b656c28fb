// SPDX-License-Identifier: Apache-2.0

extension DeliveryError {
    private static let longestLog = 300
    /// A longer word may be a token.
    private static let longestWord = 40
    private static let mask = "••••••"

    /// ``detail`` in its masked form for the log.
    package var loggedDetail: String { Self.logged(detail) }

    /// Masks a service's words for the log: one short line, without private or possibly secret parts.
    ///
    /// Local parts of addresses, what follows the host in a URL, and long words are masked, because servers quote
    /// recipients, links and keys in their refusals.
    package static func logged(_ words: String) -> String {
        let printable = words.map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } ?? false ? " " : $0 }
        let words = String(printable).split(separator: " ").map { Self.masked(String($0)) }
        return String(words.joined(separator: " ").prefix(Self.longestLog))
    }

    private static func masked(_ word: String) -> String {
        if let scheme = word.firstRange(of: "://") {
            let rest = word[scheme.upperBound...]
            let authority = rest.prefix { !"/?#\\".contains($0) }
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
            let isWhole = authority.endIndex == rest.endIndex && host.count == authority.count
            return isWhole ? word : "\(word[..<scheme.upperBound])\(host)/\(mask)"
        }
        if let at = word.lastIndex(of: "@"), at != word.startIndex {
            let local = word[..<at]
            let start = local.lastIndex { "<(\"'=:;,[".contains($0) }.map { local.index(after: $0) } ?? local.startIndex
            return "\(local[..<start])\(mask)\(word[at...].prefix(longestWord + 1))"
        }
        return word.utf8.count > longestWord ? mask : word
    }
}
