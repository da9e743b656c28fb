// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import PasswordReset
@testable import Server

@Suite struct PagePaletteTests {
    /// Brands from sensible to unreadable.
    private static let brands: [JSON] = [
        .null, ["primary": "#bf400d", "background": "#f5f2ed"],
        ["text": "#cccccc", "muted": "#dddddd", "primary": "#ffff00", "on_primary": "#ffffff", "surface": "#ffffff"],
        ["text": "#000000", "muted": "#111111", "surface": "#000000", "background": "#000000", "primary": "#000000"],
        ["text": "#808080", "muted": "#808080", "surface": "#808080", "background": "#777777", "primary": "#808080"],
    ]

    @Test(arguments: brands, [true, false])
    func whateverIsReadCanBeRead(_ brand: JSON, _ isDark: Bool) {
        let palette = PagePalette(brand, isDark: isDark)
        let pairs = [
            (palette.head, palette.background), (palette.foot, palette.background), (palette.text, palette.surface),
            (palette.muted, palette.surface), (palette.link, palette.surface), (palette.fault, palette.surface),
            (palette.onPrimary, palette.primary),
        ]
        for (front, ground) in pairs { #expect(front.contrast(with: ground) >= 4.5, "\(front.css) on \(ground.css)") }
    }

    @Test func readableColoursOfABrandStay() {
        let palette = PagePalette(["primary": "#bf400d", "on_primary": "#ffffff", "text": "#1b2233"], isDark: false)
        #expect(palette.primary.css == "#bf400d")
        #expect(palette.onPrimary.css == "#ffffff")
        #expect(palette.link.css == "#bf400d")
        #expect(palette.text.css == "#1b2233")
    }

    @Test func contrastIsThatOfWCAG() {
        #expect(abs(PageColour.black.contrast(with: .white) - 21) < 0.001)
        #expect(abs(PageColour(hex: 0x767676).contrast(with: .white) - 4.54) < 0.01)
        #expect(PageColour(hex: 0x2F51C4).contrast(with: PageColour(hex: 0x2F51C4)) == 1)
    }

    @Test func bothSchemesAreInTheStyle() {
        let style = PageStyle(PageFixtures.westside).css
        #expect(style.contains("--primary: #bf400d;"))
        let dark = style.split(separator: "prefers-color-scheme: dark").dropFirst().first.map(String.init) ?? ""
        #expect(dark.contains("--primary: #ffa366;") && dark.contains("--on-primary: #2b1203;"))
        #expect(!style.contains("<"))
    }
}
