// SPDX-License-Identifier: Apache-2.0

/// Reads from a connection in the units of a protocol.
struct LoopbackReader {
    private let socket: LoopbackSocket
    private var pending: [UInt8] = []

    init(_ socket: LoopbackSocket) {
        self.socket = socket
    }

    /// Waits for more bytes; false at the end of the connection.
    mutating func receive() -> Bool {
        guard let more = socket.receive() else { return false }
        pending += more
        return true
    }

    /// The next `count` bytes; nil when the connection ends early.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        while pending.count < count {
            guard receive() else { return nil }
        }
        return take(count)
    }

    /// All bytes up to and including `mark`; nil when the connection ends early.
    mutating func bytes(through mark: String) -> [UInt8]? {
        let mark = Array(mark.utf8)
        guard let last = mark.last else { return [] }
        var searched = 0
        while true {
            while let end = pending[searched...].firstIndex(of: last) {
                searched = end + 1
                if pending[..<searched].suffix(mark.count).elementsEqual(mark) { return take(searched) }
            }
            searched = pending.count
            guard receive() else { return nil }
        }
    }

    /// A line without its line end, CRLF or LF; nil when the connection ends early or `limit` bytes contain no line end.
    mutating func line(limit: Int = .max) -> String? {
        while true {
            if let end = pending.firstIndex(of: 0x0A) {
                return String(decoding: take(end + 1).filter { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
            }
            guard pending.count < limit, receive() else { return nil }
        }
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }
}
