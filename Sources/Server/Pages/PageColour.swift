// SPDX-License-Identifier: Apache-2.0
internal import JSON
internal import Templates

/// An opaque sRGB colour.
struct PageColour: Sendable, Hashable {
    private let colour: StyleColour

    static let black = PageColour(hex: 0x000000)
    static let white = PageColour(hex: 0xFFFFFF)

    init(hex: UInt32) {
        colour = StyleColour(rgb: hex)
    }

    /// Parses `#2f51c4`, `#25c` and `rgb(47, 81, 196)`; nil for anything else.
    init?(_ text: String) {
        let text = text.lowercased().filter { !$0.isWhitespace }
        if text.hasPrefix("#"), text.utf8.dropFirst().allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(text.dropFirst(), radix: 16)
        {
            switch text.utf8.count {
            case 7: self.init(hex: value)
            case 4: self.init(hex: (value >> 8 & 15) * 0x110000 + (value >> 4 & 15) * 0x1100 + (value & 15) * 0x11)
            default: return nil
            }
        } else if text.hasPrefix("rgb("), text.hasSuffix(")") {
            let channels = text.dropFirst(4).dropLast().split(separator: ",", omittingEmptySubsequences: false)
            let values = channels.compactMap { UInt8($0) }.map(UInt32.init)
            guard channels.count == 3, values.count == 3 else { return nil }
            self.init(hex: values[0] << 16 | values[1] << 8 | values[2])
        } else {
            return nil
        }
    }

    /// In the form `#2f51c4`.
    var css: String { colour.hex }

    /// The contrast ratio of WCAG 2, from 1 to 21.
    func contrast(with other: PageColour) -> Double {
        colour.contrast(with: other.colour)
    }

    /// This colour if it is readable on `ground`, else `other` if that is, else black or white.
    func readable(on ground: PageColour, or other: PageColour? = nil) -> PageColour {
        if contrast(with: ground) >= StyleColour.leastContrast { return self }
        if let other, other.contrast(with: ground) >= StyleColour.leastContrast { return other }
        return Self.black.contrast(with: ground) >= Self.white.contrast(with: ground) ? .black : .white
    }
}

/// The colours of a page for one colour scheme; text has a contrast of at least 4.5:1.
package struct PagePalette: Sendable, Hashable {
    let background: PageColour
    /// The colour of the name in the header and of the footer, on ``background``.
    let head: PageColour
    let foot: PageColour
    /// The background of the card.
    let surface: PageColour
    /// The following colours are used on ``surface``.
    let text: PageColour
    let muted: PageColour
    let link: PageColour
    let fault: PageColour
    let border: PageColour
    /// The button and its label.
    let primary: PageColour
    let onPrimary: PageColour

    /// Reads a brand's `colours.light` or `colours.dark`.
    ///
    /// Missing or invalid colours come from the default palette; unreadable combinations are replaced.
    init(_ colours: JSON?, isDark: Bool) {
        let standard = isDark ? Self.dark : Self.light
        func colour(_ name: String) -> PageColour {
            colours?[name]?.string.flatMap { PageColour($0) } ?? PageColour(hex: standard[name] ?? 0)
        }
        background = colour("background")
        surface = colour("surface")
        text = colour("text").readable(on: surface)
        muted = colour("muted").readable(on: surface, or: text)
        head = colour("text").readable(on: background)
        foot = colour("muted").readable(on: background, or: head)
        primary = colour("primary")
        onPrimary = colour("on_primary").readable(on: primary)
        link = primary.readable(on: surface, or: text)
        fault = PageColour(hex: isDark ? 0xFFB4AB : 0xB3261E).readable(on: surface, or: text)
        border = colour("border")
    }

    private static let light: [String: UInt32] = [
        "background": 0xF3F4F6, "surface": 0xFEFEFE, "text": 0x1C2430, "muted": 0x59636F, "primary": 0x2F51C4,
        "on_primary": 0xFFFFFF, "border": 0xE1E5EA,
    ]
    private static let dark: [String: UInt32] = [
        "background": 0x12151A, "surface": 0x1B2027, "text": 0xE9ECF0, "muted": 0xA7B0BB, "primary": 0x9DB2FF,
        "on_primary": 0x10173A, "border": 0x333B46,
    ]
}
