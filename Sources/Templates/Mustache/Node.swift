// SPDX-License-Identifier: Apache-2.0

/// One part of a parsed Mustache file.
enum Node: Sendable {
    /// Text of the file, at most to the end of its line.
    case text(ArraySlice<UInt8>, Position)
    /// The beginning of a line that is not blank, where indentation goes.
    case lineStart
    case value(Name, raw: Bool)
    case section(Section)
    case partial(Partial)
    case parent(Parent)
    case block(Block)
}

/// A dotted name as it stands in a tag.
struct Name: Sendable {
    /// Empty for `.`, the current item.
    let parts: [String]
    let position: Position

    var text: String { parts.isEmpty ? "." : parts.joined(separator: ".") }
}

/// `{{#name}}…{{/name}}` or `{{^name}}…{{/name}}`.
struct Section: Sendable {
    let name: Name
    let isInverted: Bool
    var nodes: [Node]
}

/// `{{>name}}`.
struct Partial: Sendable {
    let target: PartialTarget
    var indentation: ArraySlice<UInt8>
    let position: Position
}

/// What a partial or a parent names.
enum PartialTarget: Sendable {
    case fixed(String)
    /// `*name`: the value of the variable is the name.
    case dynamic(Name)
}

/// `{{<name}}…{{/name}}` with the blocks in it.
struct Parent: Sendable {
    let target: PartialTarget
    var indentation: ArraySlice<UInt8>
    var blocks: [Block]
    let position: Position
}

/// `{{$name}}…{{/name}}`.
struct Block: Sendable {
    let name: String
    /// What each line of the content is indented by at this place.
    var indentation: ArraySlice<UInt8>
    /// Whether the opening tag had a line of its own; only then ``nodes`` are relative to ``indentation``.
    let isStandalone: Bool
    var nodes: [Node]
    let position: Position
}
