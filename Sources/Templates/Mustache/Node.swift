// SPDX-License-Identifier: Apache-2.0

/// One part of a parsed Mustache file.
enum Node: Sendable {
    /// Text of the file, up to the end of its line at most.
    case text(ArraySlice<UInt8>, Position)
    /// The beginning of a non-blank line, where indentation is inserted.
    case lineStart
    case value(Name, raw: Bool)
    case section(Section)
    case partial(Partial)
    case parent(Parent)
    case block(Block)
}

/// A dotted name in a tag.
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

/// The target of a partial or a parent.
enum PartialTarget: Sendable {
    case fixed(String)
    /// `*name`: the value of the variable is the name.
    case dynamic(Name)
}

/// `{{<name}}…{{/name}}` with its blocks.
struct Parent: Sendable {
    let target: PartialTarget
    var indentation: ArraySlice<UInt8>
    var blocks: [Block]
    let position: Position
}

/// `{{$name}}…{{/name}}`.
struct Block: Sendable {
    let name: String
    /// The indentation of each line of the content at this position.
    var indentation: ArraySlice<UInt8>
    /// Whether the opening tag had a line of its own; only then are ``nodes`` relative to ``indentation``.
    let isStandalone: Bool
    var nodes: [Node]
    let position: Position
}
