// SPDX-License-Identifier: Apache-2.0
import Templates

/// A colour that covers what is behind it, in sRGB.
struct PageColour: Sendable, Hashable {
    private let colour: StyleColour

    static let black = PageColour(hex: 0x000000)
    static let white = PageColour(hex: 0xFFFFFF)

    init(hex: UInt32) {
        colour = StyleColour(rgb: hex)
    }

    /// Reads `#2f51c4`, `#25c` and `rgb(47, 81, 196)`; nil for anything else.
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

    /// As `#2f51c4`.
    var css: String { colour.hex }

    /// The contrast ratio of WCAG 2, from 1 to 21.
    func contrast(with other: PageColour) -> Double {
        colour.contrast(with: other.colour)
    }

    /// This colour if text in it can be read on `ground`, else `other` if that can, else black or white.
    func readable(on ground: PageColour, or other: PageColour? = nil) -> PageColour {
        if contrast(with: ground) >= StyleColour.leastContrast { return self }
        if let other, other.contrast(with: ground) >= StyleColour.leastContrast { return other }
        return Self.black.contrast(with: ground) >= Self.white.contrast(with: ground) ? .black : .white
    }
}
