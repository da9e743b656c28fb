// SPDX-License-Identifier: Apache-2.0

/// An opaque CSS colour.
package struct StyleColour: Sendable, Hashable {
    private static let named: [String: UInt32] = [
        "black": 0x000000, "silver": 0xC0C0C0, "gray": 0x808080, "grey": 0x808080, "white": 0xFFFFFF,
        "maroon": 0x800000, "red": 0xFF0000, "purple": 0x800080, "fuchsia": 0xFF00FF, "magenta": 0xFF00FF,
        "green": 0x008000, "lime": 0x00FF00, "olive": 0x808000, "yellow": 0xFFFF00, "navy": 0x000080,
        "blue": 0x0000FF, "teal": 0x008080, "aqua": 0x00FFFF, "cyan": 0x00FFFF, "orange": 0xFFA500,
        "darkgray": 0xA9A9A9, "darkgrey": 0xA9A9A9, "dimgray": 0x696969, "dimgrey": 0x696969,
        "lightgray": 0xD3D3D3, "lightgrey": 0xD3D3D3, "whitesmoke": 0xF5F5F5,
    ]

    let rgb: UInt32

    package init(rgb: UInt32) {
        self.rgb = rgb
    }

    /// Nil for text that is no colour, is transparent, or is not supported here.
    init?(_ text: String) {
        let text = text.lowercased().filter { !$0.isWhitespace }
        if let rgb = Self.named[text] {
            self.rgb = rgb
        } else if text.hasPrefix("#"), let rgb = Self.hex(text.dropFirst()) {
            self.rgb = rgb
        } else if text.hasPrefix("rgb(") || text.hasPrefix("rgba("), text.hasSuffix(")"),
            let rgb = Self.function(text.drop { $0 != "(" }.dropFirst().dropLast())
        {
            self.rgb = rgb
        } else {
            return nil
        }
    }

    private static func hex(_ digits: Substring) -> UInt32? {
        // A number may have a sign, a colour may not.
        guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { return nil }
        switch digits.count {
        case 3: return (value >> 8 & 15) * 0x110000 | (value >> 4 & 15) * 0x1100 | (value & 15) * 0x11
        case 4: return value & 15 == 15 ? hex(digits.dropLast()) : nil
        case 6: return value
        case 8: return value & 0xFF == 0xFF ? value >> 8 : nil
        default: return nil
        }
    }

    private static func function(_ arguments: Substring) -> UInt32? {
        let parts = arguments.split { $0 == "," || $0 == "/" }
        let channels = parts.prefix(3).compactMap { UInt32($0) }.filter { $0 <= 255 }
        guard channels.count == 3, parts.count == 3 || parts.count == 4 && (parts[3] == "1" || parts[3] == "100%")
        else {
            return nil
        }
        return channels[0] << 16 | channels[1] << 8 | channels[2]
    }

    /// In the form `#2f51c4`.
    package var hex: String {
        let digits = String(rgb, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The minimum contrast of text with its background (WCAG 2, success criterion 1.4.3).
    package static let leastContrast = 4.5

    /// The contrast ratio of WCAG 2, from 1 to 21.
    package func contrast(with other: StyleColour) -> Double {
        let (one, two) = (luminance, other.luminance)
        return (max(one, two) + 0.05) / (min(one, two) + 0.05)
    }

    private var luminance: Double {
        func linear(_ shift: UInt32) -> Double {
            let channel = Double(rgb >> shift & 0xFF) / 255
            return channel <= 0.04045 ? channel / 12.92 : power((channel + 0.055) / 1.055)
        }
        return 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
    }

    /// `base` to the power of 2.4, computed as the twelfth power of its fifth root.
    private func power(_ base: Double) -> Double {
        var root = 1.0
        // Newton's method; starting from 1, each base from 0.09 to 1 needs fewer steps.
        for _ in 0..<20 {
            let fourth = root * root * root * root
            root -= (fourth * root - base) / (5 * fourth)
        }
        let third = root * root * root
        return third * third * third * third
    }
}
