// SPDX-License-Identifier: Apache-2.0
import JSON

/// Puts the fixed values of one brand and locale into pieces, each as a ``Piece/constant(_:_:isRaw:)``.
struct FixedPieces {
    private let values: FixedValues
    private var items: [JSON] = []

    /// Values that are not set are left out.
    static func pieces(_ pieces: [Piece], _ values: FixedValues) -> [Piece] {
        var maker = FixedPieces(values: values)
        return maker.filled(pieces)
    }

    private init(values: FixedValues) {
        self.values = values
    }

    private mutating func filled(_ pieces: [Piece]) -> [Piece] {
        var result: [Piece] = []
        for piece in pieces {
            switch piece {
            case .value(let slot) where slot.isFixed:
                let value = value(of: slot) ?? .null
                result.append(.constant(value.shown, slot.value.name, isRaw: slot.isRaw))
            case .section(let slot, let isInverted, let inner) where slot.isFixed:
                result += section(value(of: slot) ?? .null, isInverted, inner)
            case .section(let slot, _, _) where slot.isPlural && !values.hasForm(slot.value.pluralCategory): break
            case .section(let slot, let isInverted, let inner):
                result.append(.section(slot, isInverted: isInverted, filled(inner)))
            default: result.append(piece)
            }
        }
        return result
    }

    private func value(of slot: Slot) -> JSON? {
        values.value(of: slot.value.name, at: slot.fixedLevel ?? 0, items)
    }

    private mutating func section(_ value: JSON, _ isInverted: Bool, _ inner: [Piece]) -> [Piece] {
        guard value.isTruthy != isInverted else { return [] }
        guard !isInverted else { return filled(inner) }
        var result: [Piece] = []
        for item in value.array ?? [value] {
            items.append(item)
            result += filled(inner)
            items.removeLast()
        }
        return result
    }
}
