// SPDX-License-Identifier: Apache-2.0

/// One `<style>` element of an HTML part.
struct EmbeddedSheet: Sendable {
    var source: StyleSource
    let position: Position
    /// The first byte of its start tag.
    let start: PieceSpot
    let contentStart: PieceSpot
    var contentEnd = PieceSpot(piece: 0, offset: 0)
    /// The position after its end tag.
    var end = PieceSpot(piece: 0, offset: 0)
    let depth: Int
    /// Whether its rules may be inlined: no attributes except `type`, in no section and no conditional comment.
    let isPlain: Bool
    /// Whether it is in a conditional comment for Outlook.
    let isConditional: Bool
    var isEnded = false
}
