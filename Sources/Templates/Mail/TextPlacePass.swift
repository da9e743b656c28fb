// SPDX-License-Identifier: Apache-2.0

/// Assigns each value of a hand-written text part the escaper of its context.
///
/// Mail clients turn URLs in text into links. A value inside a URL is therefore percent-encoded as in `href`, and cannot be part
/// of the host.
struct TextPlacePass {
    private static let beginnings = ["http://", "https://"].map { Array($0.utf8) }
    private static let mostTurns = 1_000

    /// The current URL; nil in other text.
    private var address: AddressPlace?
    /// The last bytes of the current word, in lower case.
    private var word: [UInt8] = []
    private var turns = 0

    mutating func run(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count)
        // The position before and after the preceding section.
        var way = (start: address, end: address)
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let bytes, _):
                for byte in bytes { follow(byte) }
                result.append(piece)
            case .constant(let text, _, _):
                for byte in text.utf8 { follow(byte) }
                result.append(piece)
            case .value(let slot): result.append(.value(try escaped(slot, before: pieces[(index + 1)...].first)))
            case .section(let slot, let isInverted, let inner):
                // {{#x}}…{{/x}}{{^x}}…{{/x}} are two branches from one position, not a sequence.
                let isElse = index > 0 && pieces[index - 1].isOtherWay(than: slot, isInverted)
                let start = isElse ? way.start : address
                way.start = address
                let (body, end) = try section(slot, isInverted, inner, from: start, joining: isElse ? way.end : start)
                result.append(.section(slot, isInverted: isInverted, body))
                way.end = end
            case .lineBreak, .softSpace, .list: result.append(piece)
            }
        }
        return result
    }

    /// Follows one branch of a section and joins its end with the `other` branch; also returns the end of this branch alone.
    private mutating func section(
        _ slot: Slot,
        _ isInverted: Bool,
        _ inner: [Piece],
        from start: AddressPlace?,
        joining other: AddressPlace?
    ) throws(TemplateError) -> (body: [Piece], end: AddressPlace?) {
        address = start
        var body = try run(inner)
        var end = address
        // A second iteration of a list begins where the first one ended.
        if case .list = slot.type, !isInverted, start == nil, address != nil, turns < Self.mostTurns {
            turns += 1
            body = try run(inner)
            end = Self.joined(end, address)
        }
        address = Self.joined(end, other)
        return (body, end)
    }

    /// Text that may be inside a URL is treated as part of it.
    private static func joined(_ one: AddressPlace?, _ other: AddressPlace?) -> AddressPlace? {
        guard let one, let other else { return one ?? other }
        return one.joined(other)
    }

    private mutating func follow(_ byte: UInt8) {
        guard !byte.isSpace, !"<>\"".utf8.contains(byte), !(address?.isClosed == true && byte.endsWholeAddress) else {
            (address, word) = (nil, [])
            return
        }
        if address != nil {
            do throws(MarkupError) {
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

    /// `slot` with the escaper of its context; `next` is the following piece.
    private mutating func escaped(_ slot: Slot, before next: Piece?) throws(TemplateError) -> Slot {
        var slot = slot
        if address == nil, slot.type == .url || slot.shape?.isAddress == true { address = AddressPlace() }
        do throws(MarkupError) {
            slot.value.escaper =
                try address?.acceptValue(.shown) ?? (slot.type == .html ? .htmlAsText : .text)
        } catch {
            throw slot.value.name.position.error("\(error.reason) (`\(slot.value.name.text)`)")
        }
        guard slot.value.escaper == .url(.shown), case .text(let bytes, _)? = next,
            bytes.first?.endsWholeAddress == true
        else { return slot }
        slot.value.escaper = .url(.shownWhole)
        address?.close()
        return slot
    }
}

extension UInt8 {
    /// Whether it typically follows a URL and is not part of it, such as a bracket, a comma, or a Japanese full stop.
    fileprivate var endsWholeAddress: Bool { self >= 0x80 || ")],;".utf8.contains(self) }
}
