// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import PasswordReset
@testable import Server

/// A hostile brand file or address stays a value.
@Suite struct HostilePageTests {
    private static let hostile = "\"'`><script>alert(1)</script></title></style><img src=x onerror=alert(2)>&amp;\u{0}"

    @Test func hostileValuesAreEscapedWhereverTheyStand() {
        let brand = PageBrand(
            name: Self.hostile,
            fields: [
                "footer": .string(Self.hostile), "address_lines": [.string(Self.hostile)],
                "logo": ["url": "https://cdn.example/?a='b'&c", "alt": .string(Self.hostile)],
                "links": ["home": "https://home.example/'><script>", "support": "javascript:alert(1)"],
            ]
        )
        var context = PageFixtures.context(.english, brand)
        context.requestPath = "/\(Self.hostile)"
        context.confirmPath = "/\(Self.hostile)"
        for (name, page) in PageFixtures.all(context, token: Self.hostile, account: Self.hostile) {
            #expect(page.html.ranges(of: "<script>").count <= 1, "\(name)")
            #expect(page.html.ranges(of: "<title>").count == 1 && page.html.ranges(of: "</style>").count == 1)
            #expect(!page.html.contains("<img src=x") && !page.html.contains("javascript:"))
            #expect(!page.html.contains("\u{0}"))
            #expect(page.html.ranges(of: "<h1>").count == 1)
        }
    }

    @Test(arguments: [
        "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;", "`": "&#96;", "\u{0}": "\u{FFFD}",
        "\u{85}": "\u{FFFD}", "\n": "\n", "é": "é", "م": "م",
    ])
    func interpolationEscapes(_ text: String, _ expected: String) {
        let markup: Markup = "<p>\(text)</p>"
        #expect(markup.html == "<p>\(expected)</p>")
    }

    @Test(arguments: [
        "red;}body{background:url(https://evil.example)}", "#12345", "#1234567", "#gggggg", "#+12345", "rgb(1,2)",
        "rgb(1,2,300)", "rgb(1,2,3,0.5)", "var(--x)", "", "#", "</style>", "rgb(-1,2,3)",
    ])
    func whatIsNoColourIsReplacedByTheDefault(_ text: String) {
        let palette = PagePalette(["primary": .string(text)], isDark: false)
        #expect(palette.primary.css == "#2f51c4")
    }

    @Test(arguments: [
        "#BF400D": "#bf400d", "#fa0": "#ffaa00", "rgb(191, 64, 13)": "#bf400d", " #bf400d ": "#bf400d",
    ])
    func coloursAreReadInTheirForms(_ text: String, _ css: String) {
        #expect(PageColour(text)?.css == css)
    }

    @Test(arguments: [
        "Arial; } body { display: none", "url(https://evil.example/font)", "Arial, ", "'Arial", "Arial</style>", "\\41",
        "a{b", "\"A'", "''",
    ])
    func whatIsNoFontIsReplacedByTheSystems(_ font: String) {
        #expect(PageBrand(name: "a", fields: ["font": .string(font)]).font.hasPrefix("system-ui"))
    }

    @Test(arguments: [
        "Arial", "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, sans-serif", "\"Inter Tight\", serif",
    ])
    func fontsAreTakenAsTheyAre(_ font: String) {
        #expect(PageBrand(name: "a", fields: ["font": .string(font)]).font == font)
    }

    @Test(arguments: [
        "https://a.example;script-src 'unsafe-inline'", "https://a.example;script-src/x", "https://*/logo.png",
        "https://a.example,b.example/x", "javascript:alert(1)", "cid:logo", "data:image/png;base64,AA",
        "//a.example/logo.png", "/logo.png", "https://'self'/x", "https://user:pass@a.example/x",
    ])
    func logoThatCouldWidenThePolicyIsLeftOut(_ url: String) {
        let brand = PageBrand(name: "Bare", fields: ["logo": ["url": .string(url)]])
        let page = ResetPages(PageFixtures.context(.english, brand)).linkNotGood()
        #expect(brand.logo == nil)
        #expect(page.policy("img-src") == nil && page.html.contains("<header><span dir=\"auto\">Bare</span></header>"))
    }
}
