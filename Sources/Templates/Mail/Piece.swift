// SPDX-License-Identifier: Apache-2.0

/// One part of a mail with its layout and partials put in.
indirect enum Piece: Sendable {
    case text(ArraySlice<UInt8>, Position)
    /// A value that is the same for all brands, as it is shown.
    case constant(String, Name, isRaw: Bool)
    case value(Slot)
    case section(Slot, isInverted: Bool, [Piece])
    case lineBreak(blank: Int)
    case softSpace
    /// A number of an ordered list in a text part.
    case list(ListStep)
}

/// A place that a variable fills, or a value that the brand, the wording or the locale fixes.
struct Slot: Sendable {
    var value: Program.Value
    let type: VariableType
    let isRaw: Bool
    /// The declared names that lead to the variable from the data; items of lists have no name.
    var path: [String] = []
    /// Whether it asks for the plural category of a number.
    var isPlural = false
    /// For a fixed value the section whose item has it: 0 for names that are always there; nil for a variable.
    var fixedLevel: Int?
    /// For a fixed value, what may stand below it.
    var shape: FixedShape?

    var isFixed: Bool { fixedLevel != nil }

    func isSameVariable(_ other: Slot) -> Bool {
        value.frame == other.value.frame && fixedLevel == other.fixedLevel && value.path == other.value.path
    }
}
