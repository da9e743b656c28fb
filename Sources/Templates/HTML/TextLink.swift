// SPDX-License-Identifier: Apache-2.0
import Text

/// A link under construction, with the URL to show for it.
struct TextLink {
    /// The decoded URL.
    let href: [Piece]
    /// The position of its text in the output.
    let start: Int
    /// Whether it contains an image, which may have no text.
    var hasImage = false

    /// Schemes of URLs that are useless in a text.
    private static let hiddenSchemes: Set<String> = ["javascript", "vbscript", "data"]

    /// The URL to show after the text `shown`; nil when there is none, or when the text is the URL.
    func address(behind shown: [Piece]) -> [Piece]? {
        guard case .text(let first, let position)? = href.first else {
            return href.isEmpty || TextPieces.areSame(shown, href) ? nil : href
        }
        let start = first.drop(while: \.isSpace)
        let rest = [Piece.text(start, position)] + href.dropFirst()
        guard !(start.isEmpty && href.count == 1), start.first != UInt8(ascii: "#") else { return nil }
        guard let scheme = Self.scheme(start) else { return TextPieces.areSame(shown, rest) ? nil : rest }
        if Self.hiddenSchemes.contains(scheme) { return nil }
        let behind = start.dropFirst(scheme.utf8.count + 1)
        let bare = (behind.isEmpty ? [] : [.text(behind, position)]) + href.dropFirst()
        switch scheme {
        case "mailto": return Self.mailbox(bare, behind: shown)
        case "tel", "sms": return bare.isEmpty || Self.holdsNumber(shown, bare) ? nil : bare
        default: return TextPieces.areSame(shown, rest) ? nil : rest
        }
    }

    /// In lower case.
    private static func scheme(_ address: ArraySlice<UInt8>) -> String? {
        guard let end = address.firstIndex(of: UInt8(ascii: ":")),
            address[..<end].allSatisfy({ $0.isStyleName || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ".") })
        else { return nil }
        return String(decoding: address[..<end].map(\.lowercased), as: UTF8.self)
    }

    /// The mailboxes of a `mailto:` without subject, body and other fields.
    private static func mailbox(_ bare: [Piece], behind shown: [Piece]) -> [Piece]? {
        var kept: [Piece] = []
        for piece in bare {
            guard case .text(let bytes, let position) = piece else {
                kept.append(piece)
                continue
            }
            let end = bytes.firstIndex(of: UInt8(ascii: "?"))
            let part = unescaped(bytes[..<(end ?? bytes.endIndex)])
            if !part.isEmpty { kept.append(.text(part[...], position)) }
            if end != nil { break }
        }
        return kept.isEmpty || TextPieces.holds(shown, kept) ? nil : kept
    }

    /// Percent-decoded, unless the result is not valid text.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let result = bytes.percentDecoded
        let text = String(validating: result, as: UTF8.self)
        return text?.unicodeScalars.contains { $0.isControl || $0.breaksLine || $0.overridesDirection } == false
            ? result : Array(bytes)
    }

    /// Whether the text contains the number in any formatting of its digits.
    private static func holdsNumber(_ shown: [Piece], _ number: [Piece]) -> Bool {
        func digits(_ pieces: [Piece]) -> String { TextPieces.words(pieces).filter { !" -.()/\u{A0}".contains($0) } }
        return TextPieces.areSame(shown, number) || digits(shown) == digits(number)
    }
}
