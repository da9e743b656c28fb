// SPDX-License-Identifier: Apache-2.0
internal import Delivery

/// A strict parser of multipart/form-data (RFC 7578).
struct FormParts {
    struct Part {
        let name: String
        let fileName: String?
        let content: [UInt8]

        var text: String { String(decoding: content, as: UTF8.self) }
    }

    let parts: [Part]

    /// Nil when the body is no such form, or when a boundary occurs within a line.
    init?(_ request: HTTPRequest) {
        let mark = "boundary="
        guard request.mediaType == "multipart/form-data", let type = request.header("Content-Type"),
            let range = type.firstRange(of: mark)
        else { return nil }
        var boundary = String(type[range.upperBound...])
        if boundary.hasPrefix("\"") { boundary = String(boundary.dropFirst().prefix { $0 != "\"" }) }
        // A line break before the first delimiter makes it like the others.
        let pieces = Self.split([0x0D, 0x0A] + request.body, at: Array("\r\n--\(boundary)".utf8))
        guard !boundary.isEmpty, pieces.count > 1, pieces[0].isEmpty, pieces.last == Array("--\r\n".utf8)[...] else {
            return nil
        }
        var parts: [Part] = []
        for piece in pieces.dropFirst().dropLast() {
            guard let part = Self.part(piece) else { return nil }
            parts.append(part)
        }
        self.parts = parts
    }

    func texts(_ name: String) -> [String] { parts.filter { $0.name == name }.map(\.text) }

    private static func part(_ piece: ArraySlice<UInt8>) -> Part? {
        let sections = split(Array(piece), at: Array("\r\n\r\n".utf8), limit: 1)
        guard sections.count == 2, piece.starts(with: [0x0D, 0x0A]) else { return nil }
        let head = String(decoding: sections[0], as: UTF8.self)
        guard let name = parameter("name", head), head.contains("Content-Disposition: form-data;") else { return nil }
        return Part(name: name, fileName: parameter("filename", head), content: Array(sections[1]))
    }

    private static func parameter(_ name: String, _ head: String) -> String? {
        guard let range = head.firstRange(of: "; \(name)=\"") else { return nil }
        return String(head[range.upperBound...].prefix { $0 != "\"" })
    }

    /// The parts between the marks; after `limit` marks the rest is one part.
    private static func split(_ bytes: [UInt8], at mark: [UInt8], limit: Int = .max) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var (start, position) = (0, 0)
        while pieces.count < limit, let next = bytes[position...].firstIndex(of: mark[0]) {
            if bytes[next...].starts(with: mark) {
                pieces.append(bytes[start..<next])
                start = next + mark.count
                position = start
            } else {
                position = next + 1
            }
        }
        return pieces + [bytes[start...]]
    }
}
