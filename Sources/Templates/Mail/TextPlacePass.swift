// SPDX-License-Identifier: Apache-2.0

/// Gives each value of a written text part the escaper of the place it stands in.
///
/// Mail clients make links of addresses in text. So a value within one is percent-encoded as in `href`, and cannot be part of
/// the host.
struct TextPlacePass {
    private static let beginnings = ["http://", "https://"].map { Array($0.utf8) }
    private static let mostTurns = 1_000

    /// The address in hand; nil in other text.
    private var address: AddressPlace?
    /// The last bytes of the word in hand, in small letters.
    private var word: [UInt8] = []
    private var turns = 0

    mutating func run(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count)
        for piece in pieces {
            switch piece {
            case .text(let bytes, _):
                for byte in bytes { follow(byte) }
                result.append(piece)
            case .constant(let text, _, _):
                for byte in text.utf8 { follow(byte) }
                result.append(piece)
            case .value(let slot): result.append(.value(try escaped(slot)))
            case .section(let slot, let isInverted, let inner):
                result.append(.section(slot, isInverted: isInverted, try section(slot, isInverted, inner)))
            case .lineBreak, .softSpace, .list: result.append(piece)
            }
        }
        return result
    }

    private mutating func section(
        _ slot: Slot,
        _ isInverted: Bool,
        _ inner: [Piece]
    ) throws(TemplateError) -> [Piece] {
        let start = address
        var body = try run(inner)
        // A second turn of a list begins where the first one ended.
        if case .list = slot.type, !isInverted, start == nil, address != nil, turns < Self.mostTurns {
            turns += 1
            body = try run(inner)
        }
        if let start { address = address?.joined(start) ?? start }
        return body
    }

    private mutating func follow(_ byte: UInt8) {
        guard !byte.isSpace, !"<>\"".utf8.contains(byte) else {
            (address, word) = (nil, [])
            return
        }
        if address != nil {
            do throws(PlaceRefusal) {
                try address?.consume(byte)
            } catch {
                address = nil
            }
            return
        }
        word = word.suffix(7) + [byte.lowercased]
        guard let beginning = Self.beginnings.first(where: { word.suffix($0.count).elementsEqual($0) }) else { return }
        (address, word) = (AddressPlace(), [])
        for byte in beginning { follow(byte) }
    }

    private mutating func escaped(_ slot: Slot) throws(TemplateError) -> Slot {
        var slot = slot
        if address == nil, slot.type == .url { address = AddressPlace() }
        do throws(PlaceRefusal) {
            slot.value.escaper =
                try address?.acceptValue(.shown) ?? (slot.type == .html ? .htmlAsText : .text)
        } catch {
            throw slot.value.name.position.error("\(error.reason) (`\(slot.value.name.text)`)")
        }
        return slot
    }
}
