// SPDX-License-Identifier: Apache-2.0
import Basics

extension HeaderField {
    /// The most extra fields of one message.
    package static let countLimit = 100
    /// The most octets of all extra fields of one message together.
    package static let blockLimit = 48 * 1024
    /// The longest word for a line that cannot be folded (RFC 5322 section 2.1.1), with room for the field's name.
    private static let wordLimit = 900

    /// An extra field that cannot break a header and sets nothing that the gateway, a mail server or a provider owns.
    ///
    /// TABs in the value become blanks, blanks at its ends are removed. Throws for a name that is not a header name
    /// or not for senders, and for a value that is empty, too long, or contains line breaks, control characters or
    /// direction controls.
    public init(name: String, value: String) throws(FieldError) {
        try Self.check(name: name)
        if let reason = HeaderText.fault(in: value) {
            throw FieldError(.value, "The value of the header \(name) \(reason).")
        }
        guard name.utf8.count + 2 + value.utf8.count <= HeaderText.limit else {
            throw FieldError(.value, "The header \(name) is longer than \(HeaderText.limit) bytes.")
        }
        let value = HeaderText.tidy(value)
        guard !value.isEmpty else {
            throw FieldError(.value, "The header \(name) is empty; leave it out instead.")
        }
        if Self.isStructured(name) { try Self.check(structured: value, of: name) }
        self.init(checkedName: name, checkedValue: value)
    }

    /// The faults of the fields as a set: too many, too large, or a repeat of one that RFC 5322 section 3.6 allows
    /// once.
    ///
    /// Gmail refuses messages with such a repeat. The position is that of the invalid field, nil for the set as a
    /// whole.
    package static func faults(in fields: [HeaderField]) -> [(position: Int?, fault: FieldError)] {
        var faults: [(Int?, FieldError)] = []
        if fields.count > countLimit {
            faults.append((nil, FieldError(.name, "A message has at most \(countLimit) extra headers.")))
        }
        if fields.reduce(0, { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }) > blockLimit {
            faults.append((nil, FieldError(.value, "The extra headers are longer than \(blockLimit) bytes together.")))
        }
        var seen: Set<String> = []
        for (position, field) in fields.enumerated() where isStructured(field.name) || field.isListID {
            guard !seen.insert(field.name.lowercased()).inserted else { continue }
            faults.append((position, FieldError(.name, "The header \(field.name) may occur only once.")))
        }
        return faults
    }

    /// Only once (RFC 2919 section 3), though its phrase may be in any script.
    private var isListID: Bool { name.lowercased() == "list-id" }

    /// Fields with a grammar of their own, in which encoded words are not allowed.
    static func isStructured(_ name: String) -> Bool {
        switch name.lowercased() {
        case "in-reply-to", "references", "feedback-id", "precedence", "importance", "content-language",
            "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-subscribe", "list-owner", "list-archive",
            "list-post", "disposition-notification-to", "return-receipt-to", "errors-to":
            true
        default: false
        }
    }

    private static func check(structured value: String, of name: String) throws(FieldError) {
        guard value.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw FieldError(.value, "The header \(name) may hold only ASCII; percent-encode the rest of a URL.")
        }
        let words = value.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.allSatisfy({ $0.count <= wordLimit }) else {
            throw FieldError(.value, "The header \(name) has more than \(wordLimit) bytes without a blank.")
        }
        guard words.allSatisfy({ !$0.isEmpty }) else {
            throw FieldError(.value, "The header \(name) has two blanks in a row.")
        }
    }

    /// True for a name that senders may not use, because the gateway, a mail server or a provider owns it.
    package static func isOwned(_ name: String) -> Bool {
        let lower = name.lowercased()
        return owners[lower] != nil || ownedPrefixes.contains { lower.hasPrefix($0.0) }
    }

    private static func check(name: String) throws(FieldError) {
        guard (1...76).contains(name.utf8.count), name.utf8.allSatisfy(\.isHeaderName) else {
            let rule = "A header name has 1 to 76 characters, of A-Z a-z 0-9 ! # $ % & ' * + . ^ _ | ~ -."
            throw FieldError(.name, rule)
        }
        let lower = name.lowercased()
        if let owner = owners[lower] { throw FieldError(.name, "The header \(name) cannot be set here: \(owner)") }
        for (prefix, owner) in ownedPrefixes where lower.hasPrefix(prefix) {
            throw FieldError(.name, "The header \(name) cannot be set here: \(owner)")
        }
    }

    private static let gateway = "the gateway writes it."
    private static let servers = "mail servers write it on the way."
    private static let provider = "it steers a mail provider, which is the operator's business."

    private static let owners = [
        "from": "use the field `from`.",
        "sender": "the gateway sends as the From address.",
        "to": "use the field `to`.",
        "cc": "use the field `cc`.",
        "bcc": "use the field `bcc`.",
        "apparently-to": "use the field `to`.",
        "reply-to": "use the field `reply_to`.",
        "subject": "use the field `subject`.",
        "date": gateway,
        "message-id": gateway,
        "auto-submitted": gateway,
        "received": servers,
        "received-spf": servers,
        "return-path": servers,
        "delivered-to": servers,
        "x-original-to": servers,
        "authentication-results": servers,
        "x-smtpapi": provider,
        "x-msys-api": provider,
    ]

    private static let ownedPrefixes = [
        ("mime-", gateway), ("content-", gateway), ("x-posthaste-", gateway),
        ("dkim-", "signatures are made after the message is built."),
        ("domainkey-", "signatures are made after the message is built."),
        ("arc-", servers), ("resent-", servers), ("x-google-", servers), ("x-gm-", servers),
        ("x-ms-exchange-", servers),
        ("x-ses-", provider), ("x-mailgun-", provider), ("x-mj-", provider), ("x-pm-", provider), ("x-mc-", provider),
        ("x-mailin-", provider), ("x-sib-", provider),
    ]
}

extension UInt8 {
    /// Narrower than `ftext` of RFC 5322: no brackets, quotes, slashes and the like.
    fileprivate var isHeaderName: Bool {
        isASCIIAlphanumeric || "!#$%&'*+.^_|~-".utf8.contains(self)
    }
}

/// One extra header field; built only through ``HeaderField/init(name:value:)``, which refuses what could break a header.
public struct HeaderField: Sendable, Hashable {
    public let name: String
    public let value: String

    /// For values that were already checked.
    package init(checkedName: String, checkedValue: String) {
        name = checkedName
        value = checkedValue
    }
}

/// Why a header field (RFC 5322, 2.2), or an address or a text for one, is refused: one sentence that never quotes a value, so
/// that it may be shown and logged.
public struct FieldError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The part of the field that is invalid.
    public enum Part: Sendable, Hashable {
        case name
        case value
    }

    public let part: Part
    public let description: String

    init(_ part: Part, _ description: String) {
        self.part = part
        self.description = description
    }

    init(_ description: String) {
        self.init(.value, description)
    }
}

/// Checks free text for a header: a subject, a display name, a field's value.
package enum HeaderText {
    /// The most octets of one unfolded value.
    package static let limit = 16 * 1024

    /// The subject with TABs as blanks and without leading and trailing blanks.
    ///
    /// Throws for line breaks, control characters, direction controls and more than ``limit`` octets. An empty
    /// subject is valid.
    package static func subject(_ text: String) throws(FieldError) -> String {
        if let reason = fault(in: text) { throw FieldError(.value, "The subject \(reason).") }
        guard text.utf8.count <= limit else {
            throw FieldError(.value, "The subject is longer than \(limit) bytes.")
        }
        return tidy(text)
    }

    /// The fault of the text, such as `contains a line break (U+000A)`; nil when there is none.
    package static func fault(in text: String) -> String? {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return nil }
        for scalar in text.unicodeScalars where scalar != "\t" {
            if let name = forbiddenName(scalar) { return "contains \(name) (\(codePoint(scalar)))" }
        }
        return nil
    }

    /// TABs become blanks; blanks at the ends, which headers do not preserve, are removed.
    static func tidy(_ text: String) -> String {
        let needsWork = text.utf8.contains(0x09) || text.utf8.first == 0x20 || text.utf8.last == 0x20
        guard needsWork else { return text }
        let scalars = text.unicodeScalars.map { $0 == "\t" ? " " : $0 }
        guard let first = scalars.firstIndex(where: { $0 != " " }), let last = scalars.lastIndex(where: { $0 != " " })
        else { return "" }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[first...last])
        return String(result)
    }

    /// `U+202E` and the like.
    static func codePoint(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The name of a character that header text must not contain; nil for all others.
    static func forbiddenName(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: "a line break"
        case 0x00..<0x20, 0x7F..<0xA0: "a control character"
        // These reorder the following text, so that a name can look like another one.
        case 0x202A...0x202E, 0x2066...0x2069: "a direction control"
        default: nil
        }
    }
}
