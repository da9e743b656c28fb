// SPDX-License-Identifier: Apache-2.0
import Basics

/// A text body with a suitable transfer encoding (RFC 2045 section 6).
struct TextPart {
    enum Encoding: String {
        case sevenBit = "7bit"
        case quotedPrintable = "quoted-printable"
        case base64
    }

    /// The longest line that is sent unencoded; RFC 5322 allows 998, but old relays wrap long lines.
    private static let longestLine = 200

    let subtype: String
    let text: [UInt8]
    let encoding: Encoding
    /// An upper bound for the octets of the encoded text.
    let sizeBound: Int

    /// The text's lines may end in CRLF, LF or CR; they are sent with CRLF.
    init(subtype: String, _ text: String) {
        self.subtype = subtype
        self.text = Array(text.utf8)
        encoding = Self.encoding(of: self.text)
        sizeBound = Self.sizeBound(of: self.text, encoding)
    }

    static func sizeBound(of text: [UInt8], _ encoding: Encoding) -> Int {
        // The bit is set for the control characters, including line breaks.
        let breaks = total(text) { (($0 &- 0x20) & ~$0) >> 7 }
        switch encoding {
        case .sevenBit: return text.count + breaks + 2
        case .base64: return Base64.encodedLineSize(of: text.count + breaks)
        case .quotedPrintable:
            // Two more octets for each escape, for a blank or a dot at either end of each line, and one for each CR.
            let plain = total(text) {
                // The top bit of x | -x is 0 only for 0, here for the equals sign.
                let difference = $0 ^ 0x3D
                return ((difference | (0 &- difference)) & ~(($0 &- 0x20) | $0 | ($0 &+ 1))) >> 7
            }
            let escapes = text.count - plain + 2 * (breaks + 1)
            let unfolded = text.count + 2 * escapes + breaks + 2
            // A soft break takes three octets, and a line holds at least 73 others; `From ` and dots may begin each.
            return unfolded + 5 * (unfolded / 73 + 1)
        }
    }

    /// The sum of one bit for each octet, in branchless one-octet sums, so that the compiler can vectorize it.
    private static func total(_ text: [UInt8], _ bit: (UInt8) -> UInt8) -> Int {
        var (total, start) = (0, 0)
        while start < text.count {
            let end = min(start + 255, text.count)
            total += Int(text[start..<end].reduce(UInt8(0)) { $0 &+ bit($1) })
            start = end
        }
        return total
    }

    private static func encoding(of text: [UInt8]) -> Encoding {
        let foreign = total(text) { $0 >> 7 }
        if foreign * 6 > text.count { return .base64 }
        return foreign == 0 && isSafe(text.span) ? .sevenBit : .quotedPrintable
    }

    /// True when every relay passes the ASCII text on unchanged, and no line of it looks like a boundary.
    private static func isSafe(_ text: borrowing Span<UInt8>) -> Bool {
        var start = 0
        for position in 0..<text.count {
            let byte = text[position]
            if byte >= 0x20 && byte < 0x7F { continue }
            switch byte {
            case 0x09: continue
            case 0x0A, 0x0D:
                guard isSafe(lineOf: text, start, position) else { return false }
                start = position + 1
            default: return false
            }
        }
        return isSafe(lineOf: text, start, text.count)
    }

    private static func isSafe(lineOf text: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return true }
        guard end - start <= longestLine, text[end - 1] > 0x20 else { return false }
        switch text[start] {
        case UInt8(ascii: "."): return false
        case UInt8(ascii: "F"): return !text.hasFrom(at: start, end)
        case UInt8(ascii: "-"): return end - start < 2 || text[start + 1] != UInt8(ascii: "-")
        default: return true
        }
    }

    /// The text with CRLF at the end of each line, as base64 requires (RFC 2046 section 4.1.1).
    var normalized: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + text.count / 32)
        var previous = UInt8(0)
        for byte in text {
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D || previous != 0x0D { result.append(contentsOf: [0x0D, 0x0A]) }
            } else {
                result.append(byte)
            }
            previous = byte
        }
        return result
    }
}

extension Span<UInt8> {
    /// True when `From ` starts at this position, which mailbox files take for the start of a message.
    func hasFrom(at start: Int, _ end: Int) -> Bool {
        end - start >= 5 && self[start] == UInt8(ascii: "F") && self[start + 1] == UInt8(ascii: "r")
            && self[start + 2] == UInt8(ascii: "o") && self[start + 3] == UInt8(ascii: "m") && self[start + 4] == 0x20
    }
}
