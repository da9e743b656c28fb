// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Reads `multipart/form-data` (RFC 7578) from any client.
enum Multipart {
    private static let headLimit = 16 * 1024

    /// The fields of the form; nil for a body that is not one.
    ///
    /// Line breaks are CRLF or LF. What comes before the first delimiter and after the last one is ignored, and a
    /// missing last delimiter ends the last part. The work is linear.
    static func fields(_ body: [UInt8], contentType: String) -> FormFields? {
        guard let boundary = parameter("boundary", of: contentType), (1...200).contains(boundary.utf8.count) else {
            return nil
        }
        let delimiter = Array("--\(boundary)".utf8)
        var form = FormFields()
        guard var position = next(delimiter, in: body, from: 0)?.end else { return nil }
        while !body[position...].starts(with: "--".utf8) {
            guard form.fields.count < FormFields.countLimit, let start = afterLine(position, in: body) else {
                return nil
            }
            let end = next(delimiter, in: body, from: start)
            let part = body[start..<(end?.start ?? body.count)]
            guard let field = field(part) else { return nil }
            form.append(field)
            guard let end else { break }
            position = end.end
        }
        return form
    }

    /// The next delimiter at the start of a line: where its line break begins, and where it ends.
    private static func next(_ delimiter: [UInt8], in body: [UInt8], from start: Int) -> (start: Int, end: Int)? {
        var position = start
        while true {
            if body[position...].starts(with: delimiter) {
                var before = position
                if before > start, body[before - 1] == 0x0A { before -= 1 }
                if before > start, body[before - 1] == 0x0D { before -= 1 }
                return (before, position + delimiter.count)
            }
            guard let line = afterLine(position, in: body) else { return nil }
            position = line
        }
    }

    /// The position after the next line feed.
    private static func afterLine(_ position: Int, in body: [UInt8]) -> Int? {
        body[position...].firstIndex(of: 0x0A).map { $0 + 1 }
    }

    private static func field(_ part: ArraySlice<UInt8>) -> FormFields.Field? {
        var position = part.startIndex
        var head: [String: String] = [:]
        while true {
            guard let end = part[position...].firstIndex(of: 0x0A), end - part.startIndex <= headLimit else {
                return nil
            }
            var line = part[position..<end]
            if line.last == 0x0D { line = line.dropLast() }
            position = end + 1
            if line.isEmpty { break }
            let text = String(decoding: line, as: UTF8.self)
            let pair = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            head[pair[0].lowercased()] = pair[1].drop { $0 == " " || $0 == "\t" }.description
        }
        guard let disposition = head["content-disposition"], let name = parameter("name", of: disposition) else {
            return nil
        }
        return FormFields.Field(
            name: name,
            file: FormFields.File(
                fileName: extendedName(disposition) ?? parameter("filename", of: disposition),
                contentType: head["content-type"],
                content: Array(part[position...])
            )
        )
    }

    /// The value of a parameter, without its quotes; browsers escape quotes as `%22` or `\"`.
    static func parameter(_ name: String, of field: String) -> String? {
        let text = Array(field.utf8)
        var position = 0
        while let semicolon = text[position...].firstIndex(of: UInt8(ascii: ";")) {
            var start = semicolon + 1
            while start < text.count, text[start] == 0x20 || text[start] == 0x09 { start += 1 }
            guard let equals = text[start...].firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let (value, end) = value(text, from: equals + 1)
            let found = String(decoding: text[start..<equals], as: UTF8.self).lowercased()
            if found == name { return value }
            position = end
        }
        return nil
    }

    private static func value(_ text: [UInt8], from start: Int) -> (String, end: Int) {
        guard start < text.count, text[start] == UInt8(ascii: "\"") else {
            let end = text[start...].firstIndex(of: UInt8(ascii: ";")) ?? text.count
            let word = String(decoding: text[start..<end], as: UTF8.self)
            return (String(word.prefix { $0 != " " && $0 != "\t" }), end)
        }
        let end = text.count
        var (value, position): ([UInt8], Int) = ([], start + 1)
        while position < text.count, text[position] != UInt8(ascii: "\"") {
            if text[position] == UInt8(ascii: "\\"), position + 1 < text.count, text[position + 1] == UInt8(ascii: "\"")
            {
                position += 1
            }
            value.append(text[position])
            position += 1
        }
        let text = String(decoding: value, as: UTF8.self).replacing("%22", with: "\"")
        return (text, min(position + 1, end))
    }

    /// `filename*=UTF-8''…` (RFC 8187).
    private static func extendedName(_ disposition: String) -> String? {
        guard let text = parameter("filename*", of: disposition), text.lowercased().hasPrefix("utf-8'") else {
            return nil
        }
        let parts = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 ? PercentEncoding.decode(parts[2]) : nil
    }
}
