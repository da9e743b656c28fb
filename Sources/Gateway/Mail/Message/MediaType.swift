// SPDX-License-Identifier: Apache-2.0

/// Media types as `Content-Type` has them (RFC 2045 section 5.1).
enum MediaType {
    static let unknown = "application/octet-stream"

    /// `type/subtype` in lower case and its parameters, but for `name`, which the writer sets.
    static func checked(_ text: String, _ flaws: inout [AttachmentFault.Flaw]) -> String {
        var scanner = MediaTypeScanner(text.utf8)
        guard text.utf8.count <= 200, let parsed = scanner.parse() else {
            let rule = "A content type reads like application/pdf or text/csv; charset=utf-8: ASCII, up to 200 bytes."
            flaws.append(.init(.contentType, rule))
            return unknown
        }
        if parsed.hasPrefix("multipart/") || parsed.hasPrefix("message/") {
            // RFC 2046 section 5.2.1 forbids base64 in them, and receivers would take their parts for parts of this message.
            let advice = "A multipart or message type cannot be attached; send it as application/octet-stream."
            flaws.append(.init(.contentType, advice))
        }
        return parsed
    }

    static func guessed(fromFileName name: String) -> String {
        FileName.fileExtension(of: name).flatMap { byExtension[$0] } ?? unknown
    }

    private static let byExtension = [
        "txt": "text/plain", "csv": "text/csv", "html": "text/html", "htm": "text/html", "ics": "text/calendar",
        "vcf": "text/vcard", "md": "text/markdown", "xml": "application/xml", "json": "application/json",
        "pdf": "application/pdf", "zip": "application/zip", "gz": "application/gzip",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
        "svg": "image/svg+xml", "ico": "image/vnd.microsoft.icon", "avif": "image/avif",
        "mp3": "audio/mpeg", "ogg": "audio/ogg", "wav": "audio/wav", "mp4": "video/mp4", "webm": "video/webm",
        "doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "rtf": "application/rtf", "epub": "application/epub+zip", "pkpass": "application/vnd.apple.pkpass",
    ]
}

private struct MediaTypeScanner {
    private var rest: Substring.UTF8View

    init(_ text: String.UTF8View) {
        rest = text[...]
    }

    /// The type in its plainest spelling; nil when the text is none.
    mutating func parse() -> String? {
        guard let type = token(), take("/"), let subtype = token() else { return nil }
        var result = "\(type)/\(subtype)".lowercased()
        skipBlanks()
        while take(";") {
            skipBlanks()
            guard let name = token()?.lowercased(), take("="), let value = token() ?? quoted() else { return nil }
            if name != "name", !name.hasPrefix("name*") { result += "; \(name)=\(value)" }
            skipBlanks()
        }
        return rest.isEmpty ? result : nil
    }

    private mutating func token() -> String? {
        let run = rest.prefix { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?=".utf8.contains($0) }
        guard !run.isEmpty else { return nil }
        rest = rest.dropFirst(run.count)
        return String(Substring(run))
    }

    /// A quoted string with its quotes; escapes are not worth the trouble they make.
    private mutating func quoted() -> String? {
        guard take("\"") else { return nil }
        let run = rest.prefix { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        rest = rest.dropFirst(run.count)
        return take("\"") ? "\"\(String(Substring(run)))\"" : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    }
}
