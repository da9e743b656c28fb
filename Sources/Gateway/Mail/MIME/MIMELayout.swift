// SPDX-License-Identifier: Apache-2.0
import Basics

/// The body of a message: its texts and files, and how they nest.
///
/// `mixed[alternative[text, related[html, images]], files]`, each multipart only where it has content. Apple Mail and
/// Thunderbird show this order best; the plainest alternative comes first (RFC 2046 section 5.1.4).
struct MIMELayout {
    /// An upper bound for the octets around one part: its fields and the boundary.
    static let partOverhead = 2048

    private let text: TextPart
    private let html: TextPart?
    /// The images that the HTML references by `cid:`.
    private let images: [Attachment]
    private let files: [Attachment]
    private let boundary: MIMEBoundary

    init(_ message: OutgoingMessage) {
        text = TextPart(subtype: "plain", message.text)
        html = message.html.map { TextPart(subtype: "html", $0) }
        let isShown = { (file: Attachment) in
            message.html != nil && file.disposition == .inline && file.contentID != nil
        }
        images = message.attachments.filter(isShown)
        files = message.attachments.filter { !isShown($0) }
        boundary = MIMEBoundary(messageID: message.messageID)
    }

    /// An upper bound for the octets that ``append(to:)`` writes.
    var sizeBound: Int {
        let parts = (images + files).reduce(0) {
            $0 + Self.partOverhead + Base64.encodedLineSize(of: $1.content.count)
        }
        return Self.partOverhead + text.sizeBound + (html?.sizeBound ?? 0) + parts
    }

    /// The remaining header fields, the empty line and the body.
    func append(to buffer: inout MessageBuffer) {
        guard !files.isEmpty else {
            appendTexts(to: &buffer)
            // A message ends with a line break; only the text of a single part may lack it.
            if buffer.bytes.last != 0x0A { buffer.newLine() }
            return
        }
        open(.mixed, "multipart/mixed", &buffer)
        appendTexts(to: &buffer)
        for file in files {
            delimit(.mixed, &buffer)
            append(file, to: &buffer)
        }
        close(.mixed, &buffer)
    }

    private func appendTexts(to buffer: inout MessageBuffer) {
        guard let html else {
            buffer.append(text)
            return
        }
        open(.alternative, "multipart/alternative", &buffer)
        buffer.append(text)
        delimit(.alternative, &buffer)
        if images.isEmpty {
            buffer.append(html)
        } else {
            // RFC 2387 section 3.1: the type of the root part.
            open(.related, "multipart/related; type=\"text/html\"", &buffer)
            buffer.append(html)
            for image in images {
                delimit(.related, &buffer)
                append(image, to: &buffer)
            }
            close(.related, &buffer)
        }
        close(.alternative, &buffer)
    }

    /// The fields of a multipart, and its first delimiter.
    private func open(_ level: MIMEBoundary.Level, _ type: String, _ buffer: inout MessageBuffer) {
        let boundary = boundary.text(level)
        buffer.append("Content-Type: \(type);\r\n boundary=\"\(boundary)\"\r\n\r\n--\(boundary)\r\n")
    }

    /// The delimiter between two parts; the preceding line break belongs to it (RFC 2046 section 5.1.1).
    private func delimit(_ level: MIMEBoundary.Level, _ buffer: inout MessageBuffer) {
        buffer.append("\r\n--\(boundary.text(level))\r\n")
    }

    private func close(_ level: MIMEBoundary.Level, _ buffer: inout MessageBuffer) {
        buffer.append("\r\n--\(boundary.text(level))--\r\n")
    }

    private func append(_ file: Attachment, to buffer: inout MessageBuffer) {
        let name = Array(file.fileName.utf8)
        // Many readers decode encoded words in a quoted name, although RFC 2047 does not allow them there.
        let isPlain = name.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !name[...].hasEncodedWordMark
        buffer.beginField("Content-Type")
        for byte in file.contentType.utf8 where byte >= 0x20 && byte < 0x7F { buffer.append(byte) }
        // A non-ASCII name is written in full in Content-Disposition only. Its ASCII fallback is written here and not
        // as `filename=`, because some parsers (Python's, for one) prefer the plain one of two.
        buffer.appendQuotedParameter("name", file.fileName)
        buffer.newLine()
        buffer.beginField("Content-Disposition")
        buffer.append(file.disposition.rawValue)
        if isPlain {
            buffer.appendQuotedParameter("filename", file.fileName)
        } else {
            buffer.appendExtendedParameter("filename", file.fileName)
        }
        buffer.newLine()
        if let id = file.contentID {
            buffer.beginField("Content-ID")
            buffer.append(UInt8(ascii: "<"))
            buffer.appendVisible(id)
            buffer.append(UInt8(ascii: ">"))
            buffer.newLine()
        }
        buffer.append("Content-Transfer-Encoding: base64\r\n\r\n")
        Base64.appendLines(file.content, to: &buffer.bytes)
    }
}

/// The boundaries of one message's multiparts (RFC 2046 section 5.1.1).
///
/// They are derived from the message's id, so that building it again gives the same bytes. No body can contain one:
/// each starts with `=_`, which neither quoted-printable nor base64 can contain, and text with a line that starts
/// with `--` is always encoded.
struct MIMEBoundary {
    /// One for each multipart of the message.
    enum Level: String {
        case mixed = "m"
        case alternative = "a"
        case related = "r"
    }

    private let seed: String

    init(messageID: String) {
        // FNV-1a, twice from different starts: only its distribution matters here.
        var (left, right): (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x6C62_272E_07BB_0142)
        for byte in messageID.utf8 {
            left = (left ^ UInt64(byte)) &* 0x100_0000_01B3
            right = (right ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        seed = String(left, radix: 36) + String(right, radix: 36)
    }

    func text(_ level: Level) -> String { "=_\(level.rawValue)_\(seed)" }
}
