// SPDX-License-Identifier: Apache-2.0

/// Converts pieces without fixed values to a program.
struct PieceEmitter {
    private(set) var program: Program
    private var barrier = 0

    init(_ program: Program = Program()) {
        self.program = program
    }

    mutating func emit(_ pieces: [Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let bytes, _): program.append(text: bytes, barrier: barrier)
            case .constant(let text, _, _): program.append(text: Array(text.utf8), barrier: barrier)
            case .value(let slot): program.steps.append(.value(add(slot)))
            case .section(let slot, let isInverted, let inner): emit(slot, isInverted, inner)
            case .lineBreak(let blank): program.steps.append(.lineBreak(blank: blank))
            case .softSpace: program.steps.append(.softSpace)
            case .list(let step): program.steps.append(.list(step))
            }
        }
    }

    private mutating func add(_ slot: Slot) -> Int {
        program.values.append(.init(slot.value))
        return program.values.count - 1
    }

    private mutating func emit(_ slot: Slot, _ isInverted: Bool, _ inner: [Piece]) {
        let value = add(slot)
        let start = program.beginSection(value)
        barrier = program.steps.count
        emit(inner)
        program.endSection(value, isInverted: isInverted, from: start)
        barrier = program.steps.count
    }
}
