// SPDX-License-Identifier: Apache-2.0

/// Parses media types of `Content-Type` (RFC 2045 section 5.1).
enum MediaType {
    static let unknown = "application/octet-stream"

    /// `type/subtype` in lower case and its parameters, without `name`, which the writer sets.
    static func checked(_ text: String, _ flaws: inout [AttachmentError.Flaw]) -> String {
        var scanner = MediaTypeScanner(text.utf8)
        guard text.utf8.count <= 200, let parsed = scanner.parse() else {
            let rule = "A content type reads like application/pdf or text/csv; charset=utf-8: ASCII, up to 200 bytes."
            flaws.append(.init(.contentType, rule))
            return unknown
        }
        if parsed.hasPrefix("multipart/") || parsed.hasPrefix("message/") {
            // RFC 2046 section 5.2.1 forbids base64 in them, and receivers would take their parts for parts of this
            // message.
            let advice = "A multipart or message type cannot be attached; send it as application/octet-stream."
            flaws.append(.init(.contentType, advice))
        }
        return parsed
    }

    static func guessed(fromFileName name: String) -> String {
        FileName.fileExtension(of: name).flatMap { byExtension[$0] } ?? unknown
    }

    /// The usual extension of a type, without a dot; nil when none is known.
    static func fileExtension(of type: String) -> String? {
        byExtension.filter { $0.value == type }.keys.min { ($0.utf8.count, $0) < ($1.utf8.count, $1) }
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

    /// The type in canonical form; nil when the text is not a media type.
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

    /// A quoted string with its quotes; escapes are not supported.
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

/// All faults of one attachment.
public struct AttachmentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The invalid member of a send request's attachment; the raw value is its name there.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case fileName = "filename"
        case contentType = "content_type"
        case contentID = "content_id"
        case disposition
    }

    /// One fault, in one sentence that quotes nothing.
    public struct Flaw: Sendable, Hashable {
        public let field: Field
        public let detail: String

        init(_ field: Field, _ detail: String) {
            self.field = field
            self.detail = detail
        }
    }

    /// One or more.
    public let flaws: [Flaw]

    init(_ flaws: [Flaw]) {
        self.flaws = flaws
    }

    public var description: String { flaws.map(\.detail).joined(separator: " ") }
}

/// File names of attachments: safe on any system, in any script.
enum FileName {
    private static let limit = 200

    static func clean(_ text: String, _ flaws: inout [AttachmentError.Flaw]) -> String {
        if let reason = HeaderText.fault(in: text) {
            flaws.append(.init(.fileName, "The file name \(reason)."))
            return ""
        }
        let name = stripped(HeaderText.tidy(text))
        if name.isEmpty {
            flaws.append(.init(.fileName, "The file name is empty once path and dots are taken off."))
        }
        return shortened(isReserved(name) ? "_" + name : name)
    }

    /// The part after the last `.`, in lower case; nil without one.
    static func fileExtension(of name: String) -> String? {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return nil }
        return name[name.utf8.index(after: dot)...].lowercased()
    }

    /// Without path parts, drive letters, leading dots, and trailing dots and blanks.
    private static func stripped(_ text: String) -> String {
        var name = text.unicodeScalars[...]
        if let cut = name.lastIndex(where: { $0 == "/" || $0 == "\\" }) { name = name[name.index(after: cut)...] }
        if name.dropFirst().first == ":", name.first?.properties.isAlphabetic == true, name.first?.isASCII == true {
            name = name.dropFirst(2)
        }
        while let first = name.first, first == "." || first == " " { name.removeFirst() }
        while let last = name.last, last == "." || last == " " { name.removeLast() }
        return String(name)
    }

    /// At most 200 bytes, never cut inside a character, with the extension kept.
    private static func shortened(_ name: String) -> String {
        guard name.utf8.count > limit else { return name }
        let tail = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name[$0...] } ?? ""
        let kept = tail.utf8.count <= 20 ? tail : ""
        var result = ""
        var room = limit - kept.utf8.count
        for character in name {
            room -= character.utf8.count
            guard room >= 0 else { break }
            result.append(character)
        }
        while let last = result.unicodeScalars.last, last == "." || last == " " { result.unicodeScalars.removeLast() }
        // One character may exceed the limit: a letter with many combining marks.
        return (result.isEmpty ? "file" : result) + kept
    }

    /// Names that Windows reserves for devices, with any extension.
    private static func isReserved(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }.uppercased()
        switch stem {
        case "CON", "PRN", "AUX", "NUL": return true
        default:
            let digit = stem.utf8.last.map { (0x31...0x39).contains($0) } ?? false
            return digit && stem.utf8.count == 4 && (stem.hasPrefix("COM") || stem.hasPrefix("LPT"))
        }
    }
}
