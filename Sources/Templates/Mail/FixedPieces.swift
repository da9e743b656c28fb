// SPDX-License-Identifier: Apache-2.0
import JSON

/// Inserts the fixed values of one brand and locale into pieces whose values have their escapers.
struct FixedPieces {
    private let values: FixedValues
    private var items: [JSON] = []

    /// Values that are not set are left out; throws when a value is refused in its context.
    static func pieces(_ pieces: [Piece], _ values: FixedValues) throws(TemplateError) -> [Piece] {
        var maker = FixedPieces(values: values)
        return try maker.filled(pieces)
    }

    private init(values: FixedValues) {
        self.values = values
    }

    private mutating func filled(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        var result: [Piece] = []
        for piece in pieces {
            switch piece {
            case .value(let slot) where slot.isFixed:
                let bytes = try slot.value.escaper.bytes(
                    (value(of: slot) ?? .null).shown,
                    of: slot.value.name,
                    linkHosts: values.brand.linkHosts,
                    quotesWhenEmpty: slot.value.quotesWhenEmpty
                )
                result.append(.text(bytes[...], slot.value.name.position))
            case .section(let slot, let isInverted, let inner) where slot.isFixed:
                result += try section(value(of: slot) ?? .null, isInverted, inner)
            case .section(let slot, _, _) where slot.isPlural && !values.hasForm(slot.value.pluralCategory): break
            case .section(let slot, let isInverted, let inner):
                result.append(.section(slot, isInverted: isInverted, try filled(inner)))
            default: result.append(piece)
            }
        }
        return result
    }

    private func value(of slot: Slot) -> JSON? {
        values.value(of: slot.value.name, at: slot.fixedLevel ?? 0, items)
    }

    private mutating func section(_ value: JSON, _ isInverted: Bool, _ inner: [Piece]) throws(TemplateError) -> [Piece]
    {
        guard value.isTruthy != isInverted else { return [] }
        guard !isInverted else { return try filled(inner) }
        var result: [Piece] = []
        for item in value.array ?? [value] {
            items.append(item)
            result += try filled(inner)
            items.removeLast()
        }
        return result
    }
}
