// SPDX-License-Identifier: Apache-2.0

/// The relaxed canonical form of header fields and bodies (RFC 6376 section 3.4), in one pass over the octets.
///
/// Only CRLF ends a line; a lone CR or LF is an octet like any other.
enum DKIMCanonicalForm {
    /// How many octets of a body are passed on at a time, about.
    private static let blockSize = 64 << 10

    /// Appends the canonical form of one field, without its final CRLF (RFC 6376 section 3.4.2).
    ///
    /// `range` is the field in `message`, folds included, with or without the CRLF after it.
    static func appendField(_ message: borrowing Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        var position = range.lowerBound
        while position < range.upperBound, message[position] != UInt8(ascii: ":") {
            let byte = message[position]
            if !byte.isBlank { output.append(byte.asciiLowercased) }
            position += 1
        }
        output.append(UInt8(ascii: ":"))
        var (hasGap, isBegun) = (false, false)
        position += 1
        while position < range.upperBound {
            let byte = message[position]
            if byte.isBlank {
                hasGap = isBegun
            } else if message.hasLineEnd(at: position, before: range.upperBound) {
                position += 1
            } else {
                if hasGap { output.append(0x20) }
                (hasGap, isBegun) = (false, true)
                output.append(byte)
            }
            position += 1
        }
    }

    /// Passes on the canonical form of the body that begins at `start`, block by block (RFC 6376 section 3.4.4).
    ///
    /// The canonical form of a body of empty lines is empty; any other ends in one CRLF.
    static func body(_ message: [UInt8], from start: Int, _ take: ([UInt8]) -> Void) {
        let bytes = message.span
        var block: [UInt8] = []
        block.reserveCapacity(2 * blockSize)
        var (hasGap, breaks, isEmpty) = (false, 0, true)
        var position = start
        while position < bytes.count {
            if bytes[position].isBlank {
                hasGap = true
                position += 1
            } else if bytes.hasLineEnd(at: position, before: bytes.count) {
                // A gap before it is dropped; whether the line end itself counts depends on what follows.
                hasGap = false
                breaks += 1
                position += 2
            } else {
                while breaks > 0 {
                    block.append(0x0D)
                    block.append(0x0A)
                    breaks -= 1
                    pass(&block, take)
                }
                if hasGap { block.append(0x20) }
                (hasGap, isEmpty) = (false, false)
                let end = bytes.wordEnd(after: position, limit: blockSize)
                block.append(contentsOf: message[position..<end])
                position = end
                pass(&block, take)
            }
        }
        if !isEmpty {
            block.append(0x0D)
            block.append(0x0A)
        }
        take(block)
    }

    private static func pass(_ block: inout [UInt8], _ take: ([UInt8]) -> Void) {
        guard block.count >= blockSize else { return }
        take(block)
        block.removeAll(keepingCapacity: true)
    }
}

extension Span<UInt8> {
    /// The end of the visible octets that follow this position, at most `limit` octets away.
    fileprivate func wordEnd(after position: Int, limit: Int) -> Int {
        let last = Swift.min(count, position + limit)
        var end = position + 1
        while end < last, self[end] > 0x20 { end += 1 }
        return end
    }

    /// True when a CRLF begins at this position and ends before `end`.
    fileprivate func hasLineEnd(at position: Int, before end: Int) -> Bool {
        self[position] == 0x0D && position + 1 < end && self[position + 1] == 0x0A
    }
}
