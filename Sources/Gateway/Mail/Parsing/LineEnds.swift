// SPDX-License-Identifier: Apache-2.0

/// Line ends of received messages (RFC 5321 section 2.3.8).
enum LineEnds {
    /// The octets with CRLF for each LF without a CR, and a blank for each CR without an LF; the last line is ended.
    static func mended(_ bytes: [UInt8]) -> [UInt8] {
        let isEnded = bytes.last == 0x0A
        guard !isEnded || needsWork(bytes.span) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 32 + 2)
        var position = 0
        let span = bytes.span
        while position < span.count {
            let byte = span[position]
            switch byte {
            case 0x0D where position + 1 < span.count && span[position + 1] == 0x0A:
                result.append(0x0D)
                result.append(0x0A)
                position += 1
            case 0x0D where position + 1 == span.count: break
            case 0x0D: result.append(0x20)
            case 0x0A:
                result.append(0x0D)
                result.append(0x0A)
            default: result.append(byte)
            }
            position += 1
        }
        if result.last != 0x0A { result += [0x0D, 0x0A] }
        return result
    }

    /// True when some CR has no LF after it, or some LF no CR before it.
    private static func needsWork(_ bytes: borrowing Span<UInt8>) -> Bool {
        guard bytes.count > 0 else { return false }
        if bytes[0] == 0x0A || bytes[bytes.count - 1] == 0x0D { return true }
        var position = 1
        while position < bytes.count {
            let end = Swift.min(position + 4096, bytes.count)
            let (before, here) = (bytes.extracting((position - 1)..<(end - 1)), bytes.extracting(position..<end))
            var fault: UInt8 = 0
            for index in here.indices { fault |= (before[index] == 0x0D ? 1 : 0) ^ (here[index] == 0x0A ? 1 : 0) }
            if fault != 0 { return true }
            position = end
        }
        return false
    }
}
