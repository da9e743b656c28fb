// SPDX-License-Identifier: Apache-2.0
import JSON

/// The colours of a page for one colour scheme; all that is read keeps a contrast of 4.5:1 or more.
package struct PagePalette: Sendable, Hashable {
    let background: PageColour
    /// Of the name at the top and the lines at the foot, on ``background``.
    let head: PageColour
    let foot: PageColour
    /// The card.
    let surface: PageColour
    /// The other colours stand on ``surface``.
    let text: PageColour
    let muted: PageColour
    let link: PageColour
    let fault: PageColour
    let border: PageColour
    /// The button, and what is written on it.
    let primary: PageColour
    let onPrimary: PageColour

    /// Takes a brand's `colours.light` or `colours.dark`.
    ///
    /// What is missing or no colour comes from the shipped default; what could not be read is replaced by what can.
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
