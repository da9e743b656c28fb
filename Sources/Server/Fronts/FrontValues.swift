// SPDX-License-Identifier: Apache-2.0
internal import Basics
package import JSON
internal import Mail
package import Submission

/// Lenient readings of the values that the clients of other APIs send.
extension JSON {
    /// Nil for null, an empty text, an empty list and an empty object, which many clients send for "not given".
    package var given: JSON? {
        // `nil` alone would be JSON's null here.
        switch self {
        case .null, .string(""): Optional.none
        case .array(let items): items.isEmpty ? Optional.none : .some(self)
        case .object(let members): members.isEmpty ? Optional.none : .some(self)
        default: .some(self)
        }
    }

    /// The value as one text: scalars as they are written, lists and objects as compact JSON.
    package var scalarText: String {
        if case .string(let text) = self { return text }
        return text()
    }
}

extension JSONObject {
    /// The member, if it was given; see ``JSON/given``.
    package func given(_ name: String) -> JSON? { self[name]?.given }
}

/// Collects the faults that a front finds by itself; the places are those of the call.
package struct FrontFaults: Sendable {
    package private(set) var faults: [Problem.Fault] = []

    package init() {}

    package mutating func note(_ place: JSONPointer, _ detail: String) {
        if faults.count < 100 { faults.append(Problem.Fault(place, detail)) }
    }

    /// The text of a member; nil when it is not given, and nil with a fault when it is not a text.
    package mutating func text(_ object: JSONObject, _ name: String, at place: JSONPointer) -> String? {
        guard let value = object.given(name) else { return nil }
        if let text = value.string { return text }
        note(place.appending(name), "expected a string, found \(value.typeName)")
        return nil
    }

    /// The object of a member; nil when it is not given, and nil with a fault when it is none.
    package mutating func object(_ object: JSONObject, _ name: String, at place: JSONPointer) -> JSONObject? {
        guard let value = object.given(name) else { return nil }
        if let object = value.object { return object }
        note(place.appending(name), "expected an object, found \(value.typeName)")
        return nil
    }

    /// The items of a member; none with a fault when it is no list.
    package mutating func list(_ object: JSONObject, _ name: String, at place: JSONPointer) -> [JSON] {
        guard let value = object.given(name) else { return [] }
        if let items = value.array { return items }
        note(place.appending(name), "expected a list, found \(value.typeName)")
        return []
    }

    /// The members of an object as texts; nil when it is not given.
    package mutating func texts(
        _ object: JSONObject,
        _ name: String,
        at place: JSONPointer
    ) -> [(name: String, value: String)]? {
        self.object(object, name, at: place).map { members in
            members.filter { !$0.value.isNull }.map { ($0.key, $0.value.scalarText) }
        }
    }
}

/// Addresses as texts, in the forms that clients send them.
package enum FrontAddress {
    /// One mailbox: `a@b`, `<a@b>`, `Ana <a@b>`, `"Ana, B" <a@b>`, and `Ana, B <a@b>` without quotes.
    ///
    /// The last pair of angle brackets holds the address, everything before it is the name. Encoded words (RFC 2047)
    /// in the name are decoded. The gateway checks the result.
    package static func one(_ text: String) -> SendRequest.Address {
        let text = trimmed(text)
        guard text.utf8.last == UInt8(ascii: ">"), let open = text.utf8.lastIndex(of: UInt8(ascii: "<")) else {
            return .parts(email: text, name: nil)
        }
        let email = text[text.utf8.index(after: open)..<text.utf8.index(before: text.endIndex)]
        let name = decoded(unquoted(trimmed(String(text[..<open]))))
        return .parts(email: trimmed(String(email)), name: name.isEmpty ? nil : name)
    }

    /// The mailboxes of a comma list; a comma in quotes, in angle brackets or in an unquoted name does not separate.
    package static func list(_ text: String) -> [SendRequest.Address] {
        var (items, item): ([String], String.UnicodeScalarView) = ([], String.UnicodeScalarView())
        var (isQuoted, isInside, isEscaped) = (false, false, false)
        for scalar in text.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if isQuoted, scalar == "\\" {
                isEscaped = true
            } else if scalar == "\"" {
                isQuoted.toggle()
            } else if !isQuoted, scalar == "<" || scalar == ">" {
                isInside = scalar == "<"
            } else if scalar == ",", !isQuoted, !isInside, item.isEmpty || item.contains("@") {
                items.append(String(item))
                item.removeAll()
                continue
            }
            item.append(scalar)
        }
        items.append(String(item))
        return items.filter { !trimmed($0).isEmpty }.map(one)
    }

    /// A text or a list of texts, each of them one mailbox or a comma list; nil when nothing is given.
    ///
    /// A value of another type is noted as a fault at `place`, and nil in the list.
    package static func addresses(
        _ value: JSON?,
        at place: JSONPointer,
        _ faults: inout FrontFaults
    ) -> SendRequest.Addresses? {
        guard let value = value?.given else { return nil }
        if let text = value.string {
            let items = list(text)
            return SendRequest.Addresses(items, isSingle: items.count == 1)
        }
        guard let values = value.array else {
            faults.note(place, "expected an address or a list of them, found \(value.typeName)")
            return SendRequest.Addresses([nil])
        }
        var items: [SendRequest.Address?] = []
        for (position, value) in values.enumerated() where value.given != nil {
            if let text = value.string {
                items += list(text).map(Optional.some)
            } else {
                faults.note(place.appending(position), "expected an address, found \(value.typeName)")
                items.append(nil)
            }
        }
        return items.isEmpty ? nil : SendRequest.Addresses(items)
    }

    /// Header text with its encoded words (RFC 2047) decoded.
    package static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "=")), text.contains("=?") else { return text }
        return EncodedWords.decode(Array(text.utf8)[...])
    }

    private static func unquoted(_ phrase: String) -> String {
        let text = phrase.unicodeScalars
        guard text.count > 1, text.first == "\"", text.last == "\"" else { return phrase }
        var (name, isEscaped) = (String.UnicodeScalarView(), false)
        for scalar in text.dropFirst().dropLast() {
            if scalar == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            isEscaped = false
            name.append(scalar)
        }
        return String(name)
    }

    private static func trimmed(_ text: String) -> String {
        let blanks: Set<Unicode.Scalar> = [" ", "\t"]
        let start = text.unicodeScalars.drop { blanks.contains($0) }
        guard let last = start.lastIndex(where: { !blanks.contains($0) }) else { return "" }
        return String(start[...last])
    }
}

/// Attachments, in the forms that clients send them.
package enum FrontFile {
    /// Base64 with line breaks, blanks, missing padding, the URL-safe alphabet, or as a data URI; nil for anything else.
    package static func decoded(_ text: String) -> [UInt8]? {
        if let bytes = Base64.decode(text) { return bytes }
        var digits = Array(text.utf8)
        if digits.starts(with: "data:".utf8), let comma = digits.prefix(300).firstIndex(of: UInt8(ascii: ",")) {
            digits.removeSubrange(...comma)
        }
        digits.removeAll { [0x0A, 0x0D, 0x20, 0x09, UInt8(ascii: "=")].contains($0) }
        for position in digits.indices {
            if digits[position] == UInt8(ascii: "-") { digits[position] = UInt8(ascii: "+") }
            if digits[position] == UInt8(ascii: "_") { digits[position] = UInt8(ascii: "/") }
        }
        digits += Array(repeating: UInt8(ascii: "="), count: (4 - digits.count % 4) % 4)
        return Base64.decode(String(decoding: digits, as: UTF8.self))
    }
}

extension SendRequest {
    /// Adds a header, unless it is empty or one that the gateway owns.
    package mutating func addHeader(_ name: String, _ value: String) {
        guard !value.isEmpty, !HeaderField.isOwned(name) else { return }
        headers = (headers ?? []) + [(name, value)]
    }

    package mutating func addMetadata(_ name: String, _ value: String) {
        metadata = (metadata ?? []).filter { $0.name != name } + [(name, value)]
    }

    /// Adds a tag once.
    package mutating func addTag(_ tag: String) {
        guard !tag.isEmpty, !(tags ?? []).contains(tag) else { return }
        tags = (tags ?? []) + [tag]
    }

    /// Makes the first tag the category, if the settings say so and it is one word.
    package mutating func chooseCategory(_ settings: FrontSettings) {
        guard settings.usesFirstTagAsCategory, category == nil, let tag = tags?.first ?? nil else { return }
        let isWord = tag.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) }
        if isWord, (1...64).contains(tag.utf8.count) { category = tag }
    }
}

extension JSONPointer {
    /// The names of the pointer, unescaped: `/to/0` has `to` and `0`.
    package var names: [String] {
        description.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    /// The names joined by dots, for APIs that write places so.
    package var dotted: String { names.joined(separator: ".") }

    package init(_ names: some Sequence<String>) {
        self = names.reduce(.root) { $0.appending($1) }
    }
}
