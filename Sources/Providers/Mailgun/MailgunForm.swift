// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import Mail

/// The form of a submission to `messages.mime`: multipart/form-data (RFC 7578) with the whole message as its last part.
struct MailgunForm {
    private static let mostTags = 10
    private static let longestTag = 128
    /// Below the 16 kB that Mailgun allows for all options and variables together.
    private static let roomForOptions = 15_000

    private(set) var bytes: [UInt8] = []
    private let boundary: String
    private var optionBytes = 0

    var contentType: String { "multipart/form-data; boundary=\"\(boundary)\"" }

    /// A form without fields but one option, which Mailgun refuses without sending anything.
    init() {
        boundary = Self.boundary(for: "probe")
        option("o:testmode", "yes")
        append("--\(boundary)--\r\n")
    }

    init(_ message: OutgoingMessage, isTracked: Bool) {
        let content = MIMEWriter.message(message)
        boundary = Self.boundary(for: message.messageID)
        bytes.reserveCapacity(content.count + message.envelope.count * 200 + Self.roomForOptions * 2)
        for address in message.envelope { field("to", address.description) }
        if !isTracked {
            for name in ["o:tracking", "o:tracking-clicks", "o:tracking-opens"] { option(name, "no") }
        }
        option("v:\(serviceIDKey)", message.id)
        for tag in Self.tags(of: message) { option("o:tag", tag) }
        for (key, value) in message.metadata.sorted(by: { $0.key < $1.key }) where key != serviceIDKey {
            option("v:\(key)", value)
        }
        open("message", "; filename=\"message.eml\"\r\nContent-Type: message/rfc822")
        bytes += content
        append("\r\n--\(boundary)--\r\n")
    }

    /// No text of a message can contain it: it starts with `=_`, as those of `MIMEBoundary` do, and is none of theirs.
    private static func boundary(for seed: String) -> String {
        "=_f_\(String(ContentHash(of: Array(seed.utf8)).description.prefix(32)))"
    }

    /// The category and the tags, as far as Mailgun takes them: ASCII only, and no two that differ in case alone.
    private static func tags(of message: OutgoingMessage) -> [String] {
        var seen: Set<String> = []
        let fitting = ([message.category].compactMap(\.self) + message.tags).filter { tag in
            (1...longestTag).contains(tag.utf8.count) && tag.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
                && seen.insert(tag.lowercased()).inserted
        }
        return Array(fitting.prefix(mostTags))
    }

    /// Adds an option or a variable while there is room for it.
    private mutating func option(_ name: String, _ value: String) {
        let size = name.utf8.count + value.utf8.count
        guard optionBytes + size <= Self.roomForOptions else { return }
        optionBytes += size
        field(name, value)
    }

    private mutating func field(_ name: String, _ value: String) {
        open(name)
        append(value)
        append("\r\n")
    }

    private mutating func open(_ name: String, _ more: String = "") {
        // The escapes of browsers, which RFC 7578 section 2 leaves open; by scalar, because CR and LF are one character.
        var escaped = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": escaped += "%22"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        append("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(escaped)\"\(more)\r\n\r\n")
    }

    private mutating func append(_ text: String) {
        bytes += text.utf8
    }
}
