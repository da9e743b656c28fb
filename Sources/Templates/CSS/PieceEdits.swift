// SPDX-License-Identifier: Apache-2.0

/// Replaces ranges in a tree of pieces.
struct PieceEdits {
    struct Edit {
        let from: PieceSpot
        let to: PieceSpot
        let replacement: [Piece]
    }

    private let edits: [Edit]
    private var next = 0
    private var number = 0
    /// The end of the current replaced range.
    private var end: PieceSpot?

    /// `pieces` with all `edits` applied; the edits do not overlap.
    static func apply(_ edits: [Edit], to pieces: [Piece]) -> [Piece] {
        var editor = PieceEdits(edits.sorted { ($0.from, $0.to) < ($1.from, $1.to) })
        return editor.edited(pieces)
    }

    private init(_ edits: [Edit]) {
        self.edits = edits
    }

    private mutating func edited(_ pieces: [Piece]) -> [Piece] {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count + 16)
        for piece in pieces {
            let number = number
            self.number += 1
            switch piece {
            case .text(let bytes, let position): edit(bytes, position, number, &result)
            case .section(let slot, let isInverted, let inner):
                let body = edited(inner)
                if end == nil { result.append(.section(slot, isInverted: isInverted, body)) }
            default: if end == nil { result.append(piece) }
            }
        }
        return result
    }

    private mutating func edit(
        _ bytes: ArraySlice<UInt8>,
        _ position: Position,
        _ number: Int,
        _ result: inout [Piece]
    ) {
        var at = bytes.startIndex
        func keep(to end: Int) {
            guard at < end else { return }
            let offset = position.offset + at - bytes.startIndex
            result.append(.text(bytes[at..<end], Position(source: position.source, offset: offset)))
        }
        if let end {
            guard end.piece == number else { return }
            at = end.offset
            self.end = nil
        }
        while next < edits.count, edits[next].from.piece == number {
            let edit = edits[next]
            next += 1
            keep(to: edit.from.offset)
            result += edit.replacement
            guard edit.to.piece == number else {
                end = edit.to
                return
            }
            at = edit.to.offset
        }
        keep(to: bytes.endIndex)
    }
}
