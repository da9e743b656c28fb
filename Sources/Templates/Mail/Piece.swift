// SPDX-License-Identifier: Apache-2.0

/// One part of a mail with its layout and partials inserted.
indirect enum Piece: Sendable {
    case text(ArraySlice<UInt8>, Position)
    /// A value that is the same for all brands, in its display form.
    case constant(String, Name, isRaw: Bool)
    case value(Slot)
    case section(Slot, isInverted: Bool, [Piece])
    case lineBreak(blank: Int)
    case softSpace
    /// A change of ordered list numbers in a text part.
    case list(ListStep)
}

/// A placeholder for a variable, or for a value that the brand, the wording or the locale fixes.
struct Slot: Sendable {
    var value: Program.Value
    let type: VariableType
    let isRaw: Bool
    /// The declared names from the data to the variable; items of lists have no name.
    var path: [String] = []
    /// Whether it selects a plural category of a number.
    var isPlural = false
    /// For a fixed value, the section whose item contains it: 0 for global names; nil for a variable.
    var fixedLevel: Int?
    /// For a fixed value, its possible fields.
    var shape: FixedShape?

    var isFixed: Bool { fixedLevel != nil }

    func isSameVariable(_ other: Slot) -> Bool {
        value.frame == other.value.frame && fixedLevel == other.fixedLevel && value.path == other.value.path
    }
}
