// SPDX-License-Identifier: Apache-2.0

/// Reads the content of a mail after DATA, byte by byte (RFC 5321 section 4.1.1.4).
///
/// Only CRLF `.` CRLF ends the content; its start counts as after a CRLF. Other line ends are mended: a bare LF becomes CRLF, a
/// bare CR a space. One dot at the start of a line is removed. A line with a dot alone that is not such an end is dropped, because
/// the next server might take it for one.
struct MailDataReader {
    private enum Place {
        /// At the start of a line; the argument tells whether the line before ended in CRLF.
        case start(afterCRLF: Bool)
        case text
        /// After a CR whose meaning the next byte decides.
        case carriageReturn
        /// After a dot at the start of a line.
        case dot(afterCRLF: Bool)
        /// After a dot at the start of a line and a CR.
        case dotAndCarriageReturn(afterCRLF: Bool)
    }

    private static let (lf, cr, dot, space) = (UInt8(0x0A), UInt8(0x0D), UInt8(ascii: "."), UInt8(0x20))

    /// A client may announce any size and send nothing.
    private static let largestReservation = 256 << 10

    /// The most bytes of content that are kept; of a larger message nothing is kept.
    private let limit: Int
    private let longestLine: Int
    private var place = Place.start(afterCRLF: true)
    private var lineBytes = 0

    /// The content so far, mended.
    private(set) var content: [UInt8] = []
    /// The bytes read so far, as they arrived.
    private(set) var received = 0
    private(set) var isTooLarge = false
    /// The content was dropped by ``drop()``.
    private(set) var isDropped = false
    private(set) var isLineTooLong = false
    private(set) var hasBareNewlines = false
    private(set) var hasNUL = false

    /// `expected` is the size that the client announced, or 0.
    init(limit: Int, longestLine: Int, expected: Int) {
        self.limit = limit
        self.longestLine = longestLine
        content.reserveCapacity(min(max(expected, 0), limit, Self.largestReservation))
    }

    /// Reads bytes until the end mark: how many were read, and whether the end was among them.
    mutating func read(_ bytes: ArraySlice<UInt8>) -> (count: Int, isAtEnd: Bool) {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            if case .text = place {
                let end = bytes[position...].firstIndex { $0 == Self.cr || $0 == Self.lf } ?? bytes.endIndex
                if end > position { keep(bytes[position..<end]) }
                position = end
                guard position < bytes.endIndex else { break }
            }
            let isAtEnd = step(bytes[position])
            position += 1
            if isAtEnd {
                received += position - bytes.startIndex
                return (position - bytes.startIndex, true)
            }
        }
        received += bytes.count
        return (bytes.count, false)
    }

    /// Keeps no content, now and later, for want of memory.
    mutating func drop() {
        isDropped = true
        content = []
    }

    /// Reads one byte; true at the end mark.
    private mutating func step(_ byte: UInt8) -> Bool {
        switch place {
        case .start(let afterCRLF) where byte == Self.dot: place = .dot(afterCRLF: afterCRLF)
        case .start, .text: readText(byte)
        case .carriageReturn where byte == Self.lf: endLine(isBare: false)
        case .carriageReturn:
            keepStrayReturn()
            readText(byte)
        case .dot(let afterCRLF) where byte == Self.cr: place = .dotAndCarriageReturn(afterCRLF: afterCRLF)
        case .dot where byte == Self.lf:
            hasBareNewlines = true
            place = .start(afterCRLF: false)
        case .dot: readText(byte)
        case .dotAndCarriageReturn(let afterCRLF) where byte == Self.lf:
            if afterCRLF { return true }
            place = .start(afterCRLF: true)
        case .dotAndCarriageReturn:
            keepStrayReturn()
            readText(byte)
        }
        return false
    }

    private mutating func readText(_ byte: UInt8) {
        switch byte {
        case Self.cr: place = .carriageReturn
        case Self.lf: endLine(isBare: true)
        default:
            keep([byte])
            place = .text
        }
    }

    private mutating func keepStrayReturn() {
        hasBareNewlines = true
        keep([Self.space])
        place = .text
    }

    private mutating func endLine(isBare: Bool) {
        if isBare { hasBareNewlines = true }
        keep([Self.cr, Self.lf])
        lineBytes = 0
        place = .start(afterCRLF: !isBare)
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        lineBytes += bytes.count
        if lineBytes > longestLine + 2 { isLineTooLong = true }
        if !hasNUL, bytes.contains(0) { hasNUL = true }
        guard !isTooLarge, !isDropped else { return }
        guard content.count + bytes.count <= limit else {
            isTooLarge = true
            content = []
            return
        }
        content += bytes
    }
}
