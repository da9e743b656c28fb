// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A colour that covers what is behind it, in sRGB.
struct PageColour: Sendable, Hashable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    static let black = PageColour(hex: 0x000000)
    static let white = PageColour(hex: 0xFFFFFF)

    init(hex: UInt32) {
        red = UInt8(truncatingIfNeeded: hex >> 16)
        green = UInt8(truncatingIfNeeded: hex >> 8)
        blue = UInt8(truncatingIfNeeded: hex)
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
    var css: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The contrast ratio of WCAG 2, from 1 to 21.
    func contrast(with other: PageColour) -> Double {
        let (one, two) = (luminance, other.luminance)
        return (max(one, two) + 0.05) / (min(one, two) + 0.05)
    }

    /// This colour if text in it can be read on `ground`, else `other` if that can, else black or white.
    func readable(on ground: PageColour, or other: PageColour? = nil) -> PageColour {
        if contrast(with: ground) >= Self.least { return self }
        if let other, other.contrast(with: ground) >= Self.least { return other }
        return Self.black.contrast(with: ground) >= Self.white.contrast(with: ground) ? .black : .white
    }

    /// WCAG 2, success criterion 1.4.3.
    static let least = 4.5

    private var luminance: Double {
        func linear(_ channel: UInt8) -> Double {
            let value = Double(channel) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
