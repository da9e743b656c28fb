// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Templates

@Suite struct StyleColourTests {
    @Test(
        arguments: [
            ("#fff", 0xFFFFFF), ("#2F51c4", 0x2F51C4), ("#2f51c4ff", 0x2F51C4), ("#123f", 0x112233),
            ("White", 0xFFFFFF),
            ("rgb(1, 2,3)", 0x010203), ("rgba(1,2,3,1)", 0x010203), ("rgb(1,2,3/100%)", 0x010203),
        ] as [(String, UInt32)]
    )
    func solidColourIsRead(_ text: String, _ rgb: UInt32) {
        #expect(StyleColour(text)?.rgb == rgb)
    }

    @Test(arguments: [
        "", "#12", "#ggg", "#+12345", "#-00", "#1238", "#2f51c480", "transparent", "rgb(1,2)", "rgb(256,0,0)",
        "rgba(1,2,3,.5)", "url(x)",
        "red blue",
    ])
    func anythingElseIsNot(_ text: String) {
        #expect(StyleColour(text) == nil)
    }

    /// Contrast ratios from the W3C's own examples and from common checkers.
    @Test(arguments: [
        ("#000", "#fff", 21.0), ("#fff", "#fff", 1.0), ("#777", "#fff", 4.478), ("#767676", "#fff", 4.542),
        ("#00f", "#fff", 8.592), ("#f00", "#000", 5.252), ("#2f51c4", "#fff", 6.785),
    ])
    func contrastIsThatOfWCAG(_ one: String, _ two: String, _ ratio: Double) throws {
        let (one, two) = (try #require(StyleColour(one)), try #require(StyleColour(two)))
        #expect(abs(one.contrast(with: two) - ratio) < 0.01 && one.contrast(with: two) == two.contrast(with: one))
    }
}
